"""Images and files."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from service.catalogue.storage.local_folder import LocalFolder
from service.delivery.files.crcs import Crcs
from service.delivery.files.storage import Files
from service.delivery.files.uploads import Uploads
from service.delivery.heavy.places import Places
from service.delivery.images.areas import Areas
from service.delivery.images.contents import Contents
from service.delivery.images.datasets import Datasets
from service.delivery.images.mosaics import Mosaics
from service.delivery.images.overviews import Overviews
from service.delivery.images.prefetch import Prefetch
from service.delivery.images.seeds.seed_folder import SeedFolder
from service.delivery.images.seeds.seeder import Seeder
from service.delivery.images.seeds.seeds import Seeds
from service.delivery.images.seeds.writing import SeedWriting
from service.delivery.images.shared_tiles import SharedTiles
from service.delivery.images.sources import Sources
from service.delivery.images.store.salt import render_salt
from service.delivery.images.store.tile_store import TileStore, open_tile_store
from service.delivery.images.tile_cache import TileCache
from service.delivery.images.tiles import Outside, Tiles
from service.delivery.images.values import Values
from service.errors import Misconfigured
from service.operations.core.services import FileServices, ImageServices
from tiling.errors import TileMatrixSetInvalid
from tiling.files.range_cache import RangeCache
from tiling.geometry.tile_matrix_sets import TileMatrixSets

if TYPE_CHECKING:
    from collections.abc import Callable

    from service.catalogue.storage.roots import StorageRoots
    from service.catalogue.store import ItemStore
    from service.composition.base import Base
    from service.composition.threads import BackgroundLanes
    from service.delivery.images.seeds.seeder import SeedLanes
    from service.delivery.quarantine import Quarantine
    from service.operations.core.services import CatalogueServices, ThreadServices
    from service.settings import Settings


DEFAULT_STORE_BYTES = 2 * 2**30


def open_sources(base: Base, roots: StorageRoots, quarantine: Quarantine) -> Sources:
    """Return what finds the files of items."""
    settings = base.settings
    return Sources(
        roots,
        base.stack.enter_context(RangeCache(settings.caches.ranges)),
        recheck=settings.remote_recheck,
        grace=settings.remote_grace,
        check=quarantine.check,
    )


async def image_services(
    base: Base, catalogue: CatalogueServices, sources: Sources, threads: ThreadServices, lanes: BackgroundLanes
) -> ImageServices:
    """Return what makes images."""
    settings, render, heavy = base.settings, threads.render, threads.heavy
    folder = settings.data_dir / "overviews"
    collections, items = catalogue.collections, catalogue.items
    overviews = Overviews(folder, collections, sources, lanes.building, max_bytes=settings.overview_bytes)
    await base.stack.enter_async_context(overviews)
    mosaics = Mosaics(collections, sources, overviews)
    salt = partial(render_salt, settings.storage_roots, settings.watermark_font)
    seeds = Seeds(SeedFolder(settings.data_dir / "seeds"), await asyncio.to_thread(salt))
    outside = Outside(store=await _tile_store(base, salt), seeds=seeds, shared=await _shared_tiles(base))
    tiles = Tiles(
        sources,
        mosaics,
        TileCache(settings.caches.tiles),
        render,
        heavy=heavy,
        outside=outside,
        metatile=settings.metatile,
    )
    return ImageServices(
        tiles=tiles,
        values=Values(sources, tiles.keys, render, heavy),
        contents=Contents(sources, render, heavy),
        datasets=Datasets(sources, render, heavy),
        areas=Areas(threads.cpu),
        grids=await asyncio.to_thread(_grids, settings),
        sources=sources,
        mosaics=mosaics,
        overviews=overviews,
        tile_store=outside.store,
        seeds=seeds,
        prefetch=Prefetch(tiles, render, settings.prefetch) if settings.prefetch and outside.store else None,
        seeder=_seeder(base, seeds, items, tiles, threads, lanes.seeding),
        shared_tiles=outside.shared,
    )


def _seeder(
    base: Base, seeds: Seeds, items: ItemStore, tiles: Tiles, threads: ThreadServices, lanes: SeedLanes
) -> Seeder:
    settings, render = base.settings, threads.render
    writing = SeedWriting(seeds.folder, max_bytes=settings.seed_bytes, keep_free=settings.upload_keep_free)
    return Seeder(
        seeds,
        items,
        tiles.keys,
        lanes,
        writing,
        tile_seconds=settings.render_timeout,
        is_busy=lambda: render.waiting > 0,
    )


async def file_services(base: Base, roots: StorageRoots) -> FileServices:
    """Return what reads and writes files."""
    settings, secret = base.settings, base.keys.etag[0]
    storage = await base.stack.enter_async_context(Files(roots, LocalFolder(settings.data_dir / "seeds")))
    uploads = Uploads(
        roots,
        settings.data_dir / "uploads",
        secret,
        max_bytes=settings.upload_bytes,
        keep_free=settings.upload_keep_free,
    )
    uploads = await base.stack.enter_async_context(uploads)
    return FileServices(storage=storage, crcs=Crcs(), packing=Places(), uploads=uploads)


async def _tile_store(base: Base, salt: Callable[[], bytes]) -> TileStore | None:
    settings = base.settings
    max_bytes = settings.tile_store_bytes
    if max_bytes is None:
        max_bytes = 0 if settings.tile_cache_bytes == 0 else DEFAULT_STORE_BYTES
    folder, keep_free = settings.data_dir / "tiles", settings.upload_keep_free
    store = await asyncio.to_thread(open_tile_store, folder, max_bytes, salt, keep_free)
    return None if store is None else await base.stack.enter_async_context(store)


async def _shared_tiles(base: Base) -> SharedTiles | None:
    if not base.settings.tile_cache_url:
        return None
    shared = SharedTiles(base.settings.tile_cache_url)
    base.stack.push_async_callback(shared.close)
    await shared.check_server(base.redis)
    return shared


def _grids(settings: Settings) -> TileMatrixSets:
    """Blocks. Raises Misconfigured."""
    try:
        return TileMatrixSets.with_folder(settings.tms_dir)
    except TileMatrixSetInvalid as exc:
        raise Misconfigured("misconfigured", f"TILEGATE_TMS_DIR: {exc}.") from exc
