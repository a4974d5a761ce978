"""What a link shares, as its recipients get it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from service.catalogue.membership import raster_of
from service.operations.admission.recipient_models import CollectionItem, TileInfo
from service.operations.catalogue.tileset_models import vector_layers_of
from tiling.geometry.footprint import box_bounds
from tiling.geometry.union import union_footprint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from service.catalogue.collection import Collection, LinkTarget, Member
    from service.catalogue.item import Item
    from tiling.geometry.clip import Clip
    from tiling.geometry.union import Extent
    from tiling.models import Bounds, Profile, RasterDescription

MAX_ITEMS_TOLD = 1000


def described(target: LinkTarget, extent: Extent | RasterDescription | None) -> dict[str, Any]:
    """Return the fields of `Target`; `extent`: where that lies which is shared of it."""
    return {
        "name": target.name,
        "description": target.description,
        "kind": target.kind,
        "minzoom": extent and extent.minzoom,
        "maxzoom": extent and extent.maxzoom,
        "center": extent and extent.center,
    }


def bounds_around(extents: Sequence[Extent | RasterDescription]) -> Bounds | None:
    """Return the bounds in degrees around some extents, west < east; None where there are none."""
    if len(extents) == 1:
        return extents[0].bounds
    return union_footprint([extent.box for extent in extents]).bounds if extents else None


def item_info(item: Item, extent: Extent | RasterDescription, profiles: tuple[Profile, ...]) -> TileInfo:
    """Describe a raster; `extent`: where that lies which is shared of it."""
    raster = raster_of(item)
    is_whole = extent is raster
    return TileInfo(
        name=item.name,
        description=item.description,
        attribution=item.attribution,
        license=item.license,
        kind=raster.kind,
        bounds=extent.bounds,
        center=extent.center,
        minzoom=extent.minzoom,
        maxzoom=extent.maxzoom,
        crs=raster.crs,
        width=raster.width if is_whole else None,
        height=raster.height if is_whole else None,
        bands=raster.bands,
        profiles=profiles,
    )


def dataset_info(item: Item, extent: Extent | RasterDescription) -> TileInfo:
    """Describe an archive of tiles, or features; `extent`: where that lies which is shared of it."""
    tileset, features = item.tileset, item.features
    return TileInfo(
        name=item.name,
        description=item.description,
        kind=item.kind,
        bounds=extent.bounds,
        center=extent.center,
        minzoom=extent.minzoom,
        maxzoom=extent.maxzoom,
        profiles=(),
        tile_format=tileset and tileset.format,
        vector_layers=vector_layers_of(tileset),
        feature_count=features and features.features,
        attribution=item.attribution,
        license=item.license,
    )


def collection_info(
    collection: Collection,
    extent: Extent | RasterDescription,
    members: Sequence[Member],
    profiles: tuple[Profile, ...],
    clip: Clip | None,
) -> TileInfo:
    """Describe a collection and the first thousand of its items, as far as they lie in a clip."""
    boxes = [(member, _box_in(clip, member)) for member in members]
    items = [
        CollectionItem(id=member.item_id, bounds=box_bounds(box), datetime=member.period and str(member.period))
        for member, box in boxes
        if box is not None
    ]
    return TileInfo(
        name=collection.name,
        description=collection.description,
        attribution=collection.attribution,
        license=collection.license,
        kind=collection.kind,
        bounds=extent.bounds,
        center=extent.center,
        minzoom=extent.minzoom,
        maxzoom=extent.maxzoom,
        profiles=profiles,
        item_count=collection.item_count if clip is None else len(items),
        items=tuple(items[:MAX_ITEMS_TOLD]),
    )


def _box_in(clip: Clip | None, member: Member) -> Bounds | None:
    return member.footprint if clip is None else clip.bounds_within(member.footprint)
