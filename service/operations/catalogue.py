"""Items: register a file of a storage root, describe it, set its profiles."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from service.accounts.api_keys import Scope
from service.accounts.members import Role
from service.catalogue.item import Item, ItemKind
from service.errors import BadInput, NotFound
from service.identifiers import ItemId, ProjectId, new_id
from service.operations.fields import read_cursor, write_cursor
from service.operations.item_models import (
    ItemCreate,
    ItemDeleted,
    ItemList,
    ItemOutput,
    ItemPage,
    ItemProfilesSet,
    ItemRef,
    ItemUpdate,
)
from service.operations.operation import Bucket, Context, Effect, Operation
from tiling.models import Profile, RasterDescription

if TYPE_CHECKING:
    from service.operations.services import Services

RASTER_SUFFIXES = frozenset({".tif", ".tiff", ".gtiff", ".cog", ".jp2", ".j2k"})
KIND_OF_SUFFIX = {
    **dict.fromkeys((".md", ".txt", ".markdown"), ItemKind.TEXT),
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".webp", ".gif"), ItemKind.IMAGE),
}


async def create_item(context: Context, request: ItemCreate) -> ItemOutput:
    """Register a file of a storage root as an item."""
    services = context.services
    project_id = ProjectId(request.project_id)
    await services.access.project_for(context.sharer, project_id, Role.EDITOR)
    await services.roots.find(request.root, request.path)
    kind, raster = await _read(services, request)
    now = datetime.now(UTC)
    item = Item(
        id=ItemId(new_id("itm")),
        project_id=project_id,
        kind=kind,
        name=request.name or PurePosixPath(request.path).name,
        description=request.description,
        root=request.root,
        path=request.path,
        raster=raster,
        profiles=() if raster is None else with_one_default(request.profiles or raster.profiles),
        warnings=() if raster is None else raster.warnings,
        version=1,
        created_at=now,
        updated_at=now,
    )
    await services.items.add(item)
    return item_output(item)


async def _read(services: Services, request: ItemCreate) -> tuple[ItemKind, RasterDescription | None]:
    """Find out what the file is. Raises BadInput where it should be a raster and cannot be read."""
    suffix = PurePosixPath(request.path).suffix.lower()
    if request.kind is not None and request.kind is not ItemKind.RASTER:
        return request.kind, None
    if request.kind is None and suffix not in RASTER_SUFFIXES:
        return KIND_OF_SUFFIX.get(suffix, ItemKind.FILE), None
    return ItemKind.RASTER, await services.tiles.inspect(request.root, request.path)


async def get_item(context: Context, request: ItemRef) -> ItemOutput:
    """Return an item."""
    return item_output(await item_for(context, request.item_id, Role.VIEWER))


async def list_items(context: Context, request: ItemList) -> ItemPage:
    """List items of a project, or of all your projects."""
    project_ids = await projects_for(context, request.project_id)
    after = read_cursor(request.cursor)
    found = await context.services.items.list(project_ids, after=after, limit=request.limit + 1)
    page = found[: request.limit]
    more = write_cursor(page[-1].created_at, page[-1].id) if len(found) > request.limit else None
    return ItemPage(items=tuple(item_output(item) for item in page), next_cursor=more)


async def update_item(context: Context, request: ItemUpdate) -> ItemOutput:
    """Change an item's name or description."""
    item = await item_for(context, request.item_id, Role.EDITOR)
    description = item.description if request.description is None else request.description
    return await _save(context, replace(item, name=request.name or item.name, description=description))


async def set_profiles(context: Context, request: ItemProfilesSet) -> ItemOutput:
    """Replace an item's render profiles."""
    item = await item_for(context, request.item_id, Role.EDITOR)
    if item.raster is None:
        raise BadInput("field_invalid", "Only a raster has profiles.", field="item_id")
    return await _save(context, replace(item, profiles=with_one_default(request.profiles)))


async def delete_item(context: Context, request: ItemRef) -> ItemDeleted:
    """Take an item out of the catalogue; its links answer 410 from then on."""
    item = await item_for(context, request.item_id, Role.EDITOR)
    await _save(context, replace(item, deleted_at=datetime.now(UTC)))
    return ItemDeleted(id=item.id, ok=True)


async def item_for(context: Context, item_id: str, role: Role) -> Item:
    """Return a live item on whose project the caller has the role.

    Raises NotFound `target_not_found` alike for one that is not there and one that the caller may not know of.
    """
    item = await context.services.items.get(ItemId(item_id))
    missing = NotFound("target_not_found", "There is no such item, or you are not a member of its project.")
    if item is None or item.deleted_at is not None:
        raise missing
    try:
        await context.services.access.project_for(context.sharer, item.project_id, role)
    except NotFound as exc:
        raise missing from exc
    return item


async def projects_for(context: Context, project_id: str | None) -> list[ProjectId]:
    """Return the one project that was asked for, or all of the caller's. Raises NotFound."""
    services, sharer = context.services, context.sharer
    if project_id is not None:
        return [(await services.access.project_for(sharer, ProjectId(project_id), Role.VIEWER)).id]
    return [project.id for project in await services.accounts.projects_of(sharer.user_id, sharer.organization_id)]


def with_one_default(profiles: tuple[Profile, ...]) -> tuple[Profile, ...]:
    """Return profiles of which one is the default: the first that says so, else the first.

    Raises BadInput where two have the same id.
    """
    if len({profile.id for profile in profiles}) < len(profiles):
        raise BadInput("field_invalid", "Two profiles have the same id.", field="profiles")
    default = next((profile for profile in profiles if profile.is_default), profiles[0])
    return tuple(replace(profile, is_default=profile is default) for profile in profiles)


async def _save(context: Context, item: Item) -> ItemOutput:
    """Save a changed item, and return it when it is known everywhere. Raises Conflict, Unavailable."""
    services = context.services
    services.outbox.wake()
    holders = await services.collections.holding(item.id)
    saved = await services.items.save(item)
    await services.outbox.spread(saved)
    for before in holders:
        collection = await services.collections.get(before.id)
        if collection is not None and collection.version > before.version:
            await services.outbox.spread(collection)
    return item_output(saved)


def item_output(item: Item) -> ItemOutput:
    """Return an item as it is told."""
    raster = item.raster
    return ItemOutput(
        id=item.id,
        project_id=item.project_id,
        kind=item.kind,
        name=item.name,
        description=item.description,
        root=item.root,
        path=item.path,
        bounds=raster and raster.bounds,
        center=raster and raster.center,
        minzoom=raster and raster.minzoom,
        maxzoom=raster and raster.maxzoom,
        crs=raster and raster.crs,
        width=raster and raster.width,
        height=raster and raster.height,
        bands=raster.bands if raster else (),
        profiles=item.profiles,
        warnings=item.warnings,
        created_at=item.created_at,
        updated_at=item.updated_at,
    )


OPERATIONS = (
    Operation("item.create", Scope.ITEMS_WRITE, Effect.WRITE, Bucket.UPDATE, create_item),
    Operation("item.get", Scope.ITEMS_READ, Effect.READ, Bucket.READ, get_item),
    Operation("item.list", Scope.ITEMS_READ, Effect.READ, Bucket.LIST, list_items),
    Operation("item.update", Scope.ITEMS_WRITE, Effect.WRITE, Bucket.UPDATE, update_item),
    Operation("item.delete", Scope.ITEMS_WRITE, Effect.DESTRUCTIVE, Bucket.UPDATE, delete_item),
    Operation("item.profiles.set", Scope.ITEMS_WRITE, Effect.WRITE, Bucket.UPDATE, set_profiles),
)
