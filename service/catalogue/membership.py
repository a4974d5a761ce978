"""Putting a collection together from its items."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from service.catalogue.collection import Collection, Member
from service.catalogue.item import ItemKind
from service.errors import BadInput
from tiling.geometry.union import common_profiles, profile_fits, union_extent
from tiling.models import RasterDescription

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from service.catalogue.item import Item
    from service.identifiers import ItemId, ProjectId


def in_order(item_ids: Sequence[ItemId], found: Mapping[ItemId, Item], project_id: ProjectId) -> list[Item]:
    """Return items in their order. Raises BadInput for one that is not a raster of the project, or is named twice."""
    for position, item_id in enumerate(item_ids):
        item = found.get(item_id)
        if item is None or item.deleted_at is not None or item.project_id != project_id:
            raise _refused(position, "There is no such item in this project.")
        if item.kind is not ItemKind.RASTER or item.raster is None:
            raise _refused(position, "This item is not a raster.")
    if len(found) < len(item_ids):
        raise BadInput("field_invalid", "An item is listed twice.", field="item_ids")
    return [found[item_id] for item_id in item_ids]


def put_together(collection: Collection, items: Sequence[Item]) -> Collection:
    """Return a collection with the profiles, the extent and the number of its items, at least one.

    Raises BadInput where its own profiles do not fit an item, or where it has none and its items share none.
    """
    for profile in collection.own_profiles:
        if not all(profile_fits(profile, raster_of(item)) for item in items):
            raise BadInput("field_invalid", f"Profile {profile.id} does not fit every item.", field="profiles")
    profiles = collection.own_profiles or common_profiles([(raster_of(item), item.profiles) for item in items])
    if not profiles:
        raise BadInput(
            "field_missing", "The items have no profile in common; give profiles for the collection.", field="profiles"
        )
    return _placed(replace(collection, profiles=profiles), items)


def put_together_again(collection: Collection, items: Sequence[Item]) -> Collection:
    """Return a collection after one of its items changed. Where they share no profile any more it keeps what it has."""
    if not items:
        return replace(collection, item_count=0)
    shared = collection.own_profiles or common_profiles([(raster_of(item), item.profiles) for item in items])
    return _placed(replace(collection, profiles=shared or collection.profiles), items)


def member_of(item: Item) -> Member:
    """Return what a mosaic needs of an item."""
    raster, default = raster_of(item), item.profile(None)
    return Member(
        item_id=item.id,
        root=item.root,
        path=item.path,
        footprint=raster.box,
        nodata=default.nodata,
        period=item.period,
    )


def as_in(collection: Collection, item: Item) -> Item:
    """Return an item as it looks in a collection: by its profiles, with its own nodata where they say none."""
    nodata = item.profile(None).nodata
    profiles = (
        replace(profile, nodata=nodata) if profile.nodata is None else profile for profile in collection.profiles
    )
    return replace(item, profiles=tuple(profiles))


def raster_of(item: Item) -> RasterDescription:
    """Return what is known of an item that is a raster."""
    if item.raster is None:
        raise RuntimeError("an item that is no raster is in a collection")
    return item.raster


def _placed(collection: Collection, items: Sequence[Item]) -> Collection:
    extent = union_extent([raster_of(item) for item in items])
    return replace(collection, extent=extent, item_count=len(items))


def _refused(position: int, why: str) -> BadInput:
    return BadInput("field_invalid", why, field=f"item_ids.{position}")
