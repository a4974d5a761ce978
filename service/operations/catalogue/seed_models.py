"""Request and response bodies of seeding."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, FiniteFloat

from service.delivery.images.seeds.seed import SeedState
from service.operations.core.fields import Identifier
from service.operations.core.operation import Request, Response

MAX_ZOOM = 24
TileWidth = Annotated[int, Field(ge=256, le=512, multiple_of=256, description="256 or 512 pixels")]
Degrees = tuple[FiniteFloat, FiniteFloat, FiniteFloat, FiniteFloat]


def _on_earth(box: Degrees) -> Degrees:
    west, south, east, north = box
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south < north <= 90 and west != east):  # noqa: PLR2004
        raise ValueError("bbox must be west, south, east, north in degrees, with south less than north")
    return box


Box = Annotated[
    Degrees,
    AfterValidator(_on_earth),
    Field(description="Degrees west, south, east, north; west above east where it crosses 180°"),
]
SeedZoom = Annotated[int, Field(ge=0, le=MAX_ZOOM)]


class ItemSeed(Request):
    """Which tiles of a raster item are rendered ahead, and how. One seed of each profile, format and size is kept.

    With `dry_run` nothing is begun: the answer says what it would take.
    """

    item_id: Identifier
    profile: Annotated[str, Field(max_length=64)] | None = Field(None, description="Default: the item's default one")
    format: Literal["png", "jpg", "webp"] = "png"
    tilesize: TileWidth = 256
    minzoom: SeedZoom | None = Field(None, description="Default: the item's minzoom")
    maxzoom: SeedZoom | None = Field(None, description="Default: the item's maxzoom")
    bbox: Box | None = Field(None, description="Default: all of the raster")
    dry_run: bool = False


class ItemSeedsList(Request):
    """Of which item."""

    item_id: Identifier


class ItemSeedsDelete(Request):
    """Which one, as it was asked for."""

    item_id: Identifier
    profile: Annotated[str, Field(max_length=64)] | None = Field(None, description="Default: the item's default one")
    format: Literal["png", "jpg", "webp"] = "png"
    tilesize: TileWidth = 256


class SeedOutput(Response):
    """A seed, and how far it is."""

    item_id: str
    profile: str
    format: str
    tilesize: int
    minzoom: int
    maxzoom: int
    bbox: tuple[float, float, float, float]
    """Degrees; east is above 180 where it crosses 180°."""
    state: SeedState | None
    """None: nothing was begun, as of a dry run."""
    tiles: int
    """How many there are in all, empty ones too."""
    done: int
    failed: int
    """Tiles that could not be rendered. They are rendered when somebody asks for them."""
    bytes: int
    """On the disk, by now."""
    detail: str
    """Why it has stopped, or is not served; else empty."""
    estimated_bytes: int | None
    """In all, from some tiles; only of `item.seed`."""
    estimated_minutes: float | None
    """Of one processor core, from some tiles; only of `item.seed`."""


class SeedPage(Response):
    """All seeds of an item on the machine that answers."""

    seeds: tuple[SeedOutput, ...]


class SeedDeleted(Response):
    """The seed is gone, and its tiles are rendered again when somebody asks."""

    item_id: str
    ok: bool
