"""Items for tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from service.catalogue.item import Item, ItemKind
from service.identifiers import ItemId, ProjectId, new_id
from tiling.models import BandDescription, Profile, ProfileKind, RasterDescription

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


def make_profile(**changes: Any) -> Profile:
    """Return a profile of one stretched band, the default one."""
    profile = Profile(
        id="default", label="Default", kind=ProfileKind.RAW, bands=(1,), rescale=((0.0, 255.0),), is_default=True
    )
    return replace(profile, **changes)


def make_raster(nodata: float | None = None) -> RasterDescription:
    """Return what was read from a raster of one band."""
    band = BandDescription(index=1, dtype="float32", description="", colorinterp="gray", nodata=nodata)
    return RasterDescription(
        kind=ProfileKind.RAW,
        bounds=(-10.5, 40.25, 10.0, 50.0),
        center=(0.0, 45.0, 5),
        minzoom=3,
        maxzoom=9,
        crs="EPSG:32631",
        width=1000,
        height=800,
        bands=(band,),
        has_overviews=True,
        profiles=(make_profile(nodata=nodata),),
        warnings=(),
    )


def make_item(**changes: Any) -> Item:
    """Return a raster item, with some fields of one's own."""
    item = Item(
        id=ItemId(new_id("itm")),
        project_id=ProjectId(new_id("prj")),
        kind=ItemKind.RASTER,
        name="A raster",
        description="Some *words*",
        root="files",
        path="a.tif",
        raster=make_raster(),
        profiles=(make_profile(),),
        warnings=("slow",),
        version=1,
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(item, **changes)
