"""Collections: put raster items in an order, to be shared as one mosaic."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from service.accounts.api_keys import Scope
from service.accounts.members import Role
from service.catalogue.collection import Collection
from service.delivery.images.tile_cache import as_drawn
from service.errors import NotFound
from service.identifiers import CollectionId, ItemId, ProjectId, new_id
from service.operations.catalogue.collection_models import (
    CollectionCreate,
    CollectionDeleted,
    CollectionDetail,
    CollectionList,
    CollectionOutput,
    CollectionPage,
    CollectionRef,
    CollectionUpdate,
)
from service.operations.catalogue.items import projects_for, with_one_default
from service.operations.catalogue.register import changed_credit
from service.operations.core.fields import read_cursor, write_cursor
from service.operations.core.operation import Bucket, Context, Effect, Operation

if TYPE_CHECKING:
    from collections.abc import Sequence


async def create_collection(context: Context, request: CollectionCreate) -> CollectionDetail:
    """Make a collection of raster items, which renders as one mosaic."""
    services, now = context.services, datetime.now(UTC)
    project = await services.accounts.access.project_for(context.sharer, ProjectId(request.project_id), Role.EDITOR)
    collection = Collection(
        id=CollectionId(new_id("col")),
        project_id=project.id,
        name=request.name,
        description=request.description,
        attribution=request.attribution,
        license=request.license,
        own_profiles=with_one_default(request.profiles) if request.profiles else (),
        pixel_selection=request.pixel_selection,
        version=1,
        created_at=now,
        updated_at=now,
    )
    item_ids = tuple(ItemId(item_id) for item_id in request.item_ids)
    added = await services.catalogue.collections.add(collection, item_ids)
    await _prepare(context, added)
    return _detail(context, added, item_ids)


async def get_collection(context: Context, request: CollectionRef) -> CollectionDetail:
    """Return a collection with the ids of its items."""
    collection = await collection_for(context, request.collection_id, Role.VIEWER)
    return _detail(context, collection, await _item_ids(context, collection))


async def list_collections(context: Context, request: CollectionList) -> CollectionPage:
    """List collections of a project, or of all your projects."""
    project_ids = await projects_for(context, request.project_id)
    after = read_cursor(request.cursor)
    found = await context.services.catalogue.collections.list(project_ids, after=after, limit=request.limit + 1)
    page = found[: request.limit]
    more = write_cursor(page[-1].created_at, page[-1].id) if len(found) > request.limit else None
    outputs = tuple(CollectionOutput(**_fields(context, collection)) for collection in page)
    return CollectionPage(collections=outputs, next_cursor=more)


async def update_collection(context: Context, request: CollectionUpdate) -> CollectionDetail:
    """Change a collection's name, description, items, profiles or pixel selection."""
    before = await collection_for(context, request.collection_id, Role.EDITOR)
    after = replace(
        before,
        name=request.name or before.name,
        description=before.description if request.description is None else request.description,
        pixel_selection=request.pixel_selection or before.pixel_selection,
        **changed_credit(request),
    )
    item_ids = None if request.item_ids is None else tuple(ItemId(item_id) for item_id in request.item_ids)
    if request.profiles is not None:
        after = replace(after, own_profiles=with_one_default(request.profiles) if request.profiles else ())
        item_ids = item_ids or await _item_ids(context, before)
    saved = await _save(context, before, after, item_ids)
    await _prepare(context, saved)
    return _detail(context, saved, item_ids or await _item_ids(context, saved))


async def delete_collection(context: Context, request: CollectionRef) -> CollectionDeleted:
    """Take a collection out of the catalogue; its items stay, its links answer 410 from then on."""
    collection = await collection_for(context, request.collection_id, Role.EDITOR)
    await _save(context, collection, replace(collection, deleted_at=datetime.now(UTC)))
    await context.services.images.overviews.remove(collection.id)
    return CollectionDeleted(id=collection.id, ok=True)


async def collection_for(context: Context, collection_id: str, role: Role) -> Collection:
    """Return a live collection on whose project the caller has the role.

    Raises NotFound `target_not_found` alike for one that is not there and one that the caller may not know of.
    """
    collection = await context.services.catalogue.collections.get(CollectionId(collection_id))
    missing = NotFound("target_not_found", "There is no such collection, or you are not a member of its project.")
    if collection is None or collection.deleted_at is not None:
        raise missing
    try:
        await context.services.accounts.access.project_for(context.sharer, collection.project_id, role)
    except NotFound as exc:
        raise missing from exc
    return collection


async def _item_ids(context: Context, collection: Collection) -> tuple[ItemId, ...]:
    found = await context.services.catalogue.collections.members(collection.id)
    return tuple(member.item_id for member in found[1]) if found else ()


async def _save(
    context: Context, before: Collection, after: Collection, item_ids: Sequence[ItemId] | None = None
) -> Collection:
    """Save a changed collection, and return it when it is known everywhere. Raises Conflict, Unavailable, BadInput."""
    services = context.services
    services.records.outbox.wake()
    saved = await services.catalogue.collections.save(before, after, item_ids)
    await services.records.outbox.spread(saved)
    return saved


async def _prepare(context: Context, collection: Collection) -> None:
    """Have the overview that most will look at built before they do."""
    await context.services.images.mosaics.prepare(collection, as_drawn(collection.profile(None)))


def _detail(context: Context, collection: Collection, item_ids: Sequence[ItemId]) -> CollectionDetail:
    return CollectionDetail(**_fields(context, collection), item_ids=tuple(item_ids))


def _fields(context: Context, collection: Collection) -> dict[str, Any]:
    extent = collection.extent
    return {
        "id": collection.id,
        "organization_id": context.sharer.organization_id,
        "project_id": collection.project_id,
        "name": collection.name,
        "description": collection.description,
        "attribution": collection.attribution,
        "license": collection.license,
        "item_count": collection.item_count,
        "bounds": extent.bounds,
        "center": extent.center,
        "minzoom": extent.minzoom,
        "maxzoom": extent.maxzoom,
        "profiles": collection.profiles,
        "pixel_selection": collection.pixel_selection,
        "created_at": collection.created_at,
        "updated_at": collection.updated_at,
    }


OPERATIONS = (
    Operation("collection.create", Scope.ITEMS_WRITE, Effect.WRITE, Bucket.UPDATE, create_collection),
    Operation("collection.get", Scope.ITEMS_READ, Effect.READ, Bucket.READ, get_collection),
    Operation("collection.list", Scope.ITEMS_READ, Effect.READ, Bucket.LIST, list_collections),
    Operation("collection.update", Scope.ITEMS_WRITE, Effect.WRITE, Bucket.UPDATE, update_collection),
    Operation("collection.delete", Scope.ITEMS_WRITE, Effect.DESTRUCTIVE, Bucket.UPDATE, delete_collection),
)
