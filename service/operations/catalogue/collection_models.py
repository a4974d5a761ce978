"""Request and response bodies of the operations on collections."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from service.catalogue.collection import MAX_ITEMS
from service.catalogue.credit import License
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
from tiling.models import PixelSelection, Profile

ItemIds = Annotated[
    tuple[Identifier, ...],
    Field(min_length=1, max_length=MAX_ITEMS, description="Raster items of the project, the first on top"),
]
Profiles = Annotated[
    tuple[Profile, ...],
    Field(max_length=50, description="For all items; none: the first item's, as far as all items share them by id"),
]


Selection = Annotated[
    PixelSelection,
    Field(description="Which pixel shows where several items lie: the first item's, or what a method makes of all"),
]


class CollectionCreate(Request):
    """Which items, in which order. All of them are rendered by the same profiles, so that no seams show."""

    project_id: Identifier
    name: Annotated[Name, Field(min_length=1)]
    item_ids: ItemIds
    description: Description = ""
    attribution: Attribution = ""
    license: LicenseOrNone = None
    profiles: Profiles = ()
    pixel_selection: Selection = PixelSelection.FIRST


class CollectionRef(Request):
    """Name a collection."""

    collection_id: Identifier


class CollectionList(Request):
    """Without a project: the collections of all your projects."""

    project_id: Identifier | None = None
    limit: Limit = 50
    cursor: Cursor = None


class CollectionUpdate(Request):
    """What is left out stays as it is; item_ids take the place of all it has."""

    collection_id: Identifier
    name: Annotated[Name, Field(min_length=1)] | None = None
    description: Description | None = None
    attribution: Attribution | None = None
    license: LicenseOrNone = None
    item_ids: ItemIds | None = None
    profiles: Profiles | None = None
    pixel_selection: Selection | None = None


class CollectionOutput(Response):
    """A collection. Bounds are degrees west, south, east, north (WGS 84) of all its items."""

    id: str
    organization_id: str
    project_id: str
    name: str
    description: str
    attribution: str
    license: License | None
    item_count: int
    bounds: tuple[float, float, float, float]
    center: tuple[float, float, int]
    minzoom: int
    maxzoom: int
    profiles: tuple[Profile, ...]
    pixel_selection: PixelSelection
    created_at: Instant
    updated_at: Instant


class CollectionDetail(CollectionOutput):
    """A collection with its items."""

    item_ids: tuple[str, ...]
    """The first one is on top."""


class CollectionPage(Response):
    """Collections, oldest first."""

    collections: tuple[CollectionOutput, ...]
    next_cursor: str | None


class CollectionDeleted(Response):
    """The collection is gone; its items are untouched, its links answer 410."""

    id: str
    ok: bool
