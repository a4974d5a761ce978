"""Items: register a file of a storage root, describe it, set its profiles."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from service.accounts.api_keys import Scope
from service.accounts.members import Role
from service.catalogue.grants import require_grant
from service.catalogue.item import Item
from service.catalogue.period import Period
from service.errors import BadInput, NotFound
from service.identifiers import Flow, ItemId, ProjectId, new_id
from service.operations.catalogue.item_models import (
    ItemCreate,
    ItemDeleted,
    ItemDetail,
    ItemList,
    ItemOutput,
    ItemPage,
    ItemProfilesSet,
    ItemRef,
    ItemUpdate,
)
from service.operations.catalogue.register import changed_content, changed_credit, read_content, read_file
from service.operations.catalogue.tileset_models import vector_layers_of
from service.operations.core.fields import read_cursor, write_cursor
from service.operations.core.operation import Bucket, Context, Effect, Operation
from tiling.models import Profile

if TYPE_CHECKING:
    from service.accounts.members import Project


async def create_item(context: Context, request: ItemCreate) -> ItemDetail:
    """Register a file of a storage root as an item, or a text or a map that lies in no file."""
    services = context.services
    project = await services.accounts.access.project_for(context.sharer, ProjectId(request.project_id), Role.EDITOR)
    period = None if request.datetime is None else Period.parse(request.datetime)
    if request.content is None:
        found = await read_file(services, project, request, Flow(context.sharer.organization_id, ""))
    else:
        found = await read_content(services, request, request.content)
    raster, now = found.raster, datetime.now(UTC)
    item = Item(
        id=ItemId(new_id("itm")),
        project_id=project.id,
        kind=found.kind,
        name=found.name,
        description=request.description,
        attribution=request.attribution,
        license=request.license,
        root=request.root or "",
        path=found.path,
        raster=raster,
        profiles=() if raster is None else with_one_default(request.profiles or raster.profiles),
        warnings=found.warnings,
        version=1,
        created_at=now,
        updated_at=now,
        content=found.content,
        dataset=found.dataset,
        period=period,
    )
    await services.catalogue.items.add(item)
    await _require_still_granted(context, project, item)
    return await _detail(context, item)


async def get_item(context: Context, request: ItemRef) -> ItemDetail:
    """Return an item."""
    return await _detail(context, await item_for(context, request.item_id, Role.VIEWER))


async def list_items(context: Context, request: ItemList) -> ItemPage:
    """List items of a project, or of all your projects."""
    project_ids = await projects_for(context, request.project_id)
    after = read_cursor(request.cursor)
    found = await context.services.catalogue.items.list(project_ids, after=after, limit=request.limit + 1)
    page = found[: request.limit]
    more = write_cursor(page[-1].created_at, page[-1].id) if len(found) > request.limit else None
    listed = [ItemOutput(**_fields(item), quarantined=await _is_quarantined(context, item)) for item in page]
    return ItemPage(items=tuple(listed), next_cursor=more)


async def update_item(context: Context, request: ItemUpdate) -> ItemDetail:
    """Change an item's name, description, datetime or content; its links show it at once."""
    item = await item_for(context, request.item_id, Role.EDITOR)
    description = item.description if request.description is None else request.description
    changed = replace(item, name=request.name or item.name, description=description, **changed_credit(request))
    if request.datetime is not None:
        changed = replace(changed, period=Period.parse(request.datetime) if request.datetime else None)
    if request.content is not None:
        changed = replace(changed, content=await changed_content(context.services, item, request.content))
    return await _save(context, changed)


async def set_profiles(context: Context, request: ItemProfilesSet) -> ItemDetail:
    """Replace an item's render profiles."""
    item = await item_for(context, request.item_id, Role.EDITOR)
    if item.raster is None:
        raise BadInput("field_invalid", "Only a raster has profiles.", field="item_id")
    return await _save(context, replace(item, profiles=with_one_default(request.profiles)))


async def lift_quarantine(context: Context, request: ItemRef) -> ItemDetail:
    """Have an item's file read again that ended processes of the service, and forget that it did.

    A file that changes is out of quarantine by itself.
    """
    services, item = context.services, await item_for(context, request.item_id, Role.ADMIN)
    if item.path:
        await services.threads.quarantine.lift(await services.images.sources.found(item))
    return await _detail(context, item)


async def delete_item(context: Context, request: ItemRef) -> ItemDeleted:
    """Take an item out of the catalogue; its links answer 410 from then on."""
    item = await item_for(context, request.item_id, Role.EDITOR)
    await remove_item(context, item)
    return ItemDeleted(id=item.id, ok=True)


async def remove_item(context: Context, item: Item) -> None:
    """Take an item out of the catalogue; return when that is known everywhere. Raises Conflict, Unavailable."""
    await _save(context, replace(item, deleted_at=datetime.now(UTC)))


async def item_for(context: Context, item_id: str, role: Role) -> Item:
    """Return a live item on whose project the caller has the role.

    Raises NotFound `target_not_found` alike for one that is not there and one that the caller may not know of.
    """
    item = await context.services.catalogue.items.get(ItemId(item_id))
    missing = NotFound("target_not_found", "There is no such item, or you are not a member of its project.")
    if item is None or item.deleted_at is not None:
        raise missing
    try:
        await context.services.accounts.access.project_for(context.sharer, item.project_id, role)
    except NotFound as exc:
        raise missing from exc
    return item


async def projects_for(context: Context, project_id: str | None) -> list[ProjectId]:
    """Return the one project that was asked for, or all of the caller's. Raises NotFound."""
    services, sharer = context.services, context.sharer
    if project_id is not None:
        return [(await services.accounts.access.project_for(sharer, ProjectId(project_id), Role.VIEWER)).id]
    return [project.id for project in await services.accounts.store.projects_of(sharer.user_id, sharer.organization_id)]


def with_one_default(profiles: tuple[Profile, ...]) -> tuple[Profile, ...]:
    """Return profiles of which one is the default: the first that says so, else the first.

    Raises BadInput where two have the same id.
    """
    if len({profile.id for profile in profiles}) < len(profiles):
        raise BadInput("field_invalid", "Two profiles have the same id.", field="profiles")
    default = next((profile for profile in profiles if profile.is_default), profiles[0])
    return tuple(replace(profile, is_default=profile is default) for profile in profiles)


async def _require_still_granted(context: Context, project: Project, item: Item) -> None:
    """Take a new item away again where its grant was revoked while it was read. Raises BadInput as `require_grant`.

    Whoever revokes looks for items after the grant has gone, and we for the grant after the item is there: one sees it.
    """
    if not item.root:
        return
    services = context.services
    try:
        grants = await services.accounts.store.root_grants.of_project(project)
        await require_grant(grants, services.catalogue.roots, item.root, item.path)
    except BadInput:
        await remove_item(context, item)
        raise


async def _save(context: Context, item: Item) -> ItemDetail:
    """Save a changed item, and return it when it is known everywhere. Raises Conflict, Unavailable."""
    services = context.services
    services.records.outbox.wake()
    holders = await services.catalogue.collections.holding(item.id)
    saved = await services.catalogue.items.save(item)
    await services.records.outbox.spread(saved)
    for before in holders:
        collection = await services.catalogue.collections.get(before.id)
        if collection is not None and collection.version > before.version:
            await services.records.outbox.spread(collection)
    return await _detail(context, saved)


async def _detail(context: Context, item: Item) -> ItemDetail:
    """Return an item with all its fields."""
    quarantined = await _is_quarantined(context, item)
    return ItemDetail(**_fields(item), quarantined=quarantined, content=item.content)


async def _is_quarantined(context: Context, item: Item) -> bool:
    services = context.services
    return (
        bool(item.path)
        and not services.threads.quarantine.is_empty
        and not await services.images.sources.may_be_read(item)
    )


def _fields(item: Item) -> dict[str, Any]:
    raster, extent, tileset, features = item.raster, item.extent, item.tileset, item.features
    return {
        "id": item.id,
        "project_id": item.project_id,
        "kind": item.kind,
        "name": item.name,
        "description": item.description,
        "attribution": item.attribution,
        "license": item.license,
        "root": item.root,
        "path": item.path,
        "bounds": extent and extent.bounds,
        "center": extent and extent.center,
        "minzoom": extent and extent.minzoom,
        "maxzoom": extent and extent.maxzoom,
        "crs": raster and raster.crs,
        "width": raster and raster.width,
        "height": raster and raster.height,
        "bands": raster.bands if raster else (),
        "tile_format": tileset and tileset.format,
        "vector_layers": vector_layers_of(tileset),
        "feature_count": features and features.features,
        "datetime": item.period and str(item.period),
        "profiles": item.profiles,
        "warnings": item.warnings,
        "created_at": item.created_at,
        "updated_at": item.updated_at,
    }


OPERATIONS = (
    Operation("item.create", Scope.ITEMS_WRITE, Effect.WRITE, Bucket.UPDATE, create_item),
    Operation("item.get", Scope.ITEMS_READ, Effect.READ, Bucket.READ, get_item),
    Operation("item.list", Scope.ITEMS_READ, Effect.READ, Bucket.LIST, list_items),
    Operation("item.update", Scope.ITEMS_WRITE, Effect.WRITE, Bucket.UPDATE, update_item),
    Operation("item.quarantine.lift", Scope.ITEMS_WRITE, Effect.WRITE, Bucket.UPDATE, lift_quarantine),
    Operation("item.delete", Scope.ITEMS_WRITE, Effect.DESTRUCTIVE, Bucket.UPDATE, delete_item),
    Operation("item.profiles.set", Scope.ITEMS_WRITE, Effect.WRITE, Bucket.UPDATE, set_profiles),
)
