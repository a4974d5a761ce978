"""Request and response bodies of the operations on items."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from service.catalogue.credit import License
from service.catalogue.item import ItemKind
from service.catalogue.period import LONGEST
from service.operations.catalogue.content_models import Content
from service.operations.catalogue.tileset_models import VectorLayerOutput
from service.operations.core.fields import (
    Attribution,
    Cursor,
    Description,
    Identifier,
    Instant,
    LicenseOrNone,
    Limit,
    Name,
)
from service.operations.core.operation import Request, Response
from tiling.archives.tile_format import TileFormat
from tiling.models import BandDescription, Profile

ROOT = "Name of a storage root; required without content"
PATH = "Path inside the root of a file or a folder; empty: the whole root; required without content"


Datetime = Annotated[
    str, Field(max_length=LONGEST, description="When that was which it shows: RFC 3339, or an interval a/b, a/.., ../b")
]


class ItemCreate(Request):
    """Where the file is. A raster is read once: its profiles and warnings come back.

    A text or a map may be given as content instead of root and path.
    """

    project_id: Identifier
    root: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(None, description=ROOT)
    path: Annotated[str, Field(max_length=1024)] | None = Field(None, description=PATH)
    content: Content | None = None
    name: Name | None = Field(None, description="Default: the file's name")
    description: Description = ""
    datetime: Datetime | None = None
    attribution: Attribution = ""
    license: LicenseOrNone = None
    kind: ItemKind | None = Field(None, description="Default: found out from the file")
    profiles: tuple[Profile, ...] = Field((), max_length=50, description="Instead of the default profiles")


class ItemRef(Request):
    """Name an item."""

    item_id: Identifier


class ItemList(Request):
    """Without a project: the items of all your projects."""

    project_id: Identifier | None = None
    limit: Limit = 50
    cursor: Cursor = None


class ItemUpdate(Request):
    """What is left out stays as it is."""

    item_id: Identifier
    name: Name | None = None
    description: Description | None = None
    attribution: Attribution | None = None
    license: LicenseOrNone = None
    content: Content | None = Field(None, description="Of a text or a map that was made with content")
    datetime: Datetime | None = Field(None, description="Of what it shows; empty: of no known time")


class ItemProfilesSet(Request):
    """These take the place of all it has; the first that says so is the default, else the first."""

    item_id: Identifier
    profiles: tuple[Profile, ...] = Field(min_length=1, max_length=50)


class ItemOutput(Response):
    """An item. Bounds are degrees west, south, east, north (WGS 84)."""

    id: str
    project_id: str
    kind: ItemKind
    name: str
    description: str
    attribution: str
    license: License | None
    root: str
    path: str
    bounds: tuple[float, float, float, float] | None
    center: tuple[float, float, int] | None
    minzoom: int | None
    maxzoom: int | None
    crs: str | None
    width: int | None
    height: int | None
    bands: tuple[BandDescription, ...]
    tile_format: TileFormat | None
    """Of a PMTiles archive: what its tiles are."""
    vector_layers: tuple[VectorLayerOutput, ...]
    """Of an archive of vector tiles."""
    feature_count: int | None
    """Of GeoJSON."""
    datetime: str | None
    """When that was which it shows: an instant or an interval, in UTC."""
    profiles: tuple[Profile, ...]
    warnings: tuple[str, ...]
    quarantined: bool
    """Whether its file is not read any more, as reading it has ended processes of the service."""
    created_at: Instant
    updated_at: Instant


class ItemDetail(ItemOutput):
    """An item with what it holds itself."""

    content: Content | None
    """Of a text or a map that lies in no file."""


class ItemPage(Response):
    """Items, oldest first."""

    items: tuple[ItemOutput, ...]
    next_cursor: str | None


class ItemDeleted(Response):
    """The item is gone from the catalogue; its file is untouched, its links answer 410."""

    id: str
    ok: bool
