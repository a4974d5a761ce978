"""Seeding: the tiles of an item rendered ahead into an archive, behind everybody who waits for a tile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from service.accounts.api_keys import Scope
from service.accounts.members import Role
from service.catalogue.credit import credit_line
from service.delivery.images.seeds.estimate import Estimate, estimate
from service.delivery.images.seeds.seed import Seed, SeedState, Wish, count_of
from service.delivery.images.tiles import translated
from service.errors import BadInput, Unavailable
from service.identifiers import Flow
from service.operations.catalogue.items import item_for
from service.operations.catalogue.seed_models import (
    ItemSeed,
    ItemSeedsDelete,
    ItemSeedsList,
    SeedDeleted,
    SeedOutput,
    SeedPage,
)
from service.operations.core.operation import Bucket, Context, Effect, Operation
from tiling.errors import TilingError
from tiling.models import ImageFormat

if TYPE_CHECKING:
    from service.catalogue.item import Item
    from tiling.models import TileSize


async def seed_item(context: Context, request: ItemSeed) -> SeedOutput:
    """Render tiles of a raster ahead, or say what that would take.

    They are rendered in the background, never before a tile that somebody waits for, and served without a render from
    then on, for as long as raster and profile stay as they are. Ask again to go on after a failure.
    """
    services, item = context.services, await item_for(context, request.item_id, Role.EDITOR)
    if services.settings.seed_bytes == 0:
        raise BadInput("field_invalid", "Seeding is switched off on this server (TILEGATE_SEED_BYTES=0).")
    wish = _wish(item, request)
    folder = services.images.seeds.folder
    known = await asyncio.to_thread(folder.find, wish)
    if known is not None and known.wish == wish and not request.dry_run:
        is_done = known.progress.state is SeedState.DONE and await services.images.seeder.is_current(item, known)
        if is_done or known.is_open:
            return _output(wish, known)
    expected = await _estimate(context, item, wish)
    if request.dry_run:
        return _output(wish, None, expected)
    try:
        return _output(wish, await asyncio.to_thread(folder.ask, wish), expected)
    except OSError as exc:
        detail = f"The folder of seeds cannot be written ({exc.strerror}): tell the operator."
        raise Unavailable("storage_full", detail, retry_after=60) from exc


async def list_seeds(context: Context, request: ItemSeedsList) -> SeedPage:
    """List what was rendered ahead of an item, and how far it is."""
    item = await item_for(context, request.item_id, Role.VIEWER)
    found = await asyncio.to_thread(context.services.images.seeds.folder.of_item, item.id)
    return SeedPage(seeds=tuple(_output(seed.wish, seed) for seed in found))


async def delete_seed(context: Context, request: ItemSeedsDelete) -> SeedDeleted:
    """Stop rendering ahead, and delete what was rendered."""
    item = await item_for(context, request.item_id, Role.EDITOR)
    profile = request.profile or (item.profile(None).id if item.profiles else "")
    folder = context.services.images.seeds.folder
    for seed in await asyncio.to_thread(folder.of_item, item.id):
        wish = seed.wish
        if (wish.profile_id, wish.format.value, wish.tilesize) == (profile, request.format, request.tilesize):
            await asyncio.to_thread(folder.remove, wish)
            return SeedDeleted(item_id=item.id, ok=True)
    return SeedDeleted(item_id=item.id, ok=False)


async def _estimate(context: Context, item: Item, wish: Wish) -> Estimate:
    """Raise what is wrong with a wish as well."""
    services, flow = context.services, Flow(context.sharer.organization_id, "")
    key = await services.images.seeder.key_of(item, wish)
    try:
        return await estimate(services.threads.heavy, key, wish, services.settings.render_timeout, flow)
    except TilingError as exc:
        raise translated(exc) from exc


def _wish(item: Item, request: ItemSeed) -> Wish:
    """Return what is to be made. Raises BadInput, NotFound `profile_not_found`."""
    if item.raster is None:
        raise BadInput("field_invalid", "Only the tiles of a raster are rendered ahead.", field="item_id")
    raster, given = item.raster, request
    minzoom = raster.minzoom if given.minzoom is None else given.minzoom
    maxzoom = max(minzoom, raster.maxzoom) if given.maxzoom is None else given.maxzoom
    if minzoom > maxzoom:
        raise BadInput("field_invalid", f"minzoom is {minzoom} and maxzoom {maxzoom}.", field="minzoom")
    return Wish(
        item_id=item.id,
        profile_id=item.profile(request.profile).id,
        format=ImageFormat(request.format),
        tilesize=cast("TileSize", request.tilesize),
        minzoom=minzoom,
        maxzoom=maxzoom,
        box=raster.box if request.bbox is None else request.bbox,
        attribution=credit_line(item),
        name=item.name,
    )


def _output(wish: Wish, seed: Seed | None, expected: Estimate | None = None) -> SeedOutput:
    progress = None if seed is None else seed.progress
    return SeedOutput(
        item_id=wish.item_id,
        profile=wish.profile_id,
        format=wish.format.value,
        tilesize=wish.tilesize,
        minzoom=wish.minzoom,
        maxzoom=wish.maxzoom,
        bbox=wish.box,
        state=progress and progress.state,
        tiles=count_of(wish.spans),
        done=progress.done if progress else 0,
        failed=progress.failed if progress else 0,
        bytes=progress.bytes if progress else 0,
        detail=progress.detail if progress else "",
        estimated_bytes=expected and expected.bytes,
        estimated_minutes=expected and round(expected.minutes, 2),
    )


OPERATIONS = (
    Operation("item.seed", Scope.ITEMS_WRITE, Effect.WRITE, Bucket.UPDATE, seed_item),
    Operation("item.seeds.list", Scope.ITEMS_READ, Effect.READ, Bucket.READ, list_seeds),
    Operation("item.seeds.delete", Scope.ITEMS_WRITE, Effect.DESTRUCTIVE, Bucket.UPDATE, delete_seed),
)
