"""A collection: an ordered set of raster items, which render as one mosaic, the first on top."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeAlias

from service.catalogue.credit import License
from service.catalogue.item import Item, choose_profile
from service.catalogue.period import Period
from service.identifiers import CollectionId, ItemId, ProjectId
from tiling.geometry.union import Extent
from tiling.models import Bounds, PixelSelection, Profile

MAX_ITEMS = 10_000
NOWHERE = Extent(footprint=(0, 0, 0, 0), bounds=(0, 0, 0, 0), center=(0, 0, 0), minzoom=0, maxzoom=0)
"""The extent of no items."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """What a mosaic needs to know of one of its items. A frozen copy, renewed when the item changes."""

    __pydantic_config__: ClassVar = {"ser_json_inf_nan": "strings"}

    item_id: ItemId
    root: str
    path: str
    footprint: Bounds
    """Degrees, unwrapped: east is above 180 where the raster crosses 180°."""
    nodata: float | None
    """Of the item's default profile: the file's own value is overridden by it, where the collection says nothing."""
    period: Period | None = None
    """When that was which it shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A collection without its members, which may be thousands: cheap to keep as a record and to read again."""

    id: CollectionId
    project_id: ProjectId
    name: str
    description: str
    own_profiles: tuple[Profile, ...]
    """Given by its editor; empty: those that its items share."""
    version: int
    """Rises on every change, so that an old record never overwrites a newer one in a cache."""
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    profiles: tuple[Profile, ...] = ()
    """In use: exactly one of them is the default."""
    extent: Extent = NOWHERE
    """Where its items lie together."""
    pixel_selection: PixelSelection = PixelSelection.FIRST
    """Which pixel shows where several of its items lie."""
    attribution: str = ""
    """Whom it is due to, in one line of plain text."""
    license: License | None = None
    item_count: int = 0
    members_version: int = 0
    """The collection's version when a member last came, went, moved in order, or changed."""
    during: Period | None = None
    """Which of its items are drawn: those of this time; None: all. It is never stored, but asked for."""

    @property
    def is_gone(self) -> bool:
        """Whether it was deleted, or all of its items were."""
        return self.deleted_at is not None or self.item_count == 0

    @property
    def kind(self) -> str:
        """The kind that recipients see."""
        return "collection"

    @property
    def warnings(self) -> tuple[str, ...]:
        """None of its own: each item got its own when it was registered."""
        return ()

    def profile(self, profile_id: str | None, allowed: tuple[str, ...] = ()) -> Profile:
        """Return a profile as `choose_profile` does."""
        return choose_profile(self.profiles, profile_id, allowed)


LinkTarget: TypeAlias = Item | Collection
"""What a link can point at today."""
