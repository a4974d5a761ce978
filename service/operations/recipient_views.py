"""What a link shares, as it is told to its recipients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.catalogue.membership import raster_of
from service.operations.recipient_models import CollectionItem, TileInfo
from tiling.footprint import box_bounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from service.catalogue.collection import Collection, LinkTarget, Member
    from service.catalogue.item import Item
    from tiling.models import Profile, RasterDescription
    from tiling.union import Extent

MAX_ITEMS_TOLD = 1000


def extent_of(target: LinkTarget) -> Extent | RasterDescription:
    """Return where a target lies. Raises NotFound `profile_not_found` where it is no raster."""
    if target.extent is None:
        target.profile(None)
        raise RuntimeError("an item without a raster has a profile")
    return target.extent


def item_info(item: Item, profiles: tuple[Profile, ...]) -> TileInfo:
    """Describe a raster. Raises NotFound as `extent_of`."""
    extent_of(item)
    raster = raster_of(item)
    return TileInfo(
        name=item.name,
        description=item.description,
        kind=raster.kind,
        bounds=raster.bounds,
        center=raster.center,
        minzoom=raster.minzoom,
        maxzoom=raster.maxzoom,
        crs=raster.crs,
        width=raster.width,
        height=raster.height,
        bands=raster.bands,
        profiles=profiles,
    )


def collection_info(collection: Collection, members: Sequence[Member], profiles: tuple[Profile, ...]) -> TileInfo:
    """Describe a collection and the first thousand of its items."""
    extent, told = collection.extent, members[:MAX_ITEMS_TOLD]
    return TileInfo(
        name=collection.name,
        description=collection.description,
        kind=collection.kind,
        bounds=extent.bounds,
        center=extent.center,
        minzoom=extent.minzoom,
        maxzoom=extent.maxzoom,
        profiles=profiles,
        item_count=collection.item_count,
        items=tuple(CollectionItem(id=member.item_id, bounds=box_bounds(member.footprint)) for member in told),
    )
