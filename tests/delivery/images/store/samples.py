"""Stores, keys and images that tests have in common."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from service.delivery.images.store.store_folder import StoreFolder
from service.delivery.images.store.tile_store import TileStore
from service.delivery.images.tile_cache import TileKey
from tiling.files.raster_source import RasterSource
from tiling.models import ImageFormat, Profile, ProfileKind, RenderedTile, TileAddress

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PROFILE = Profile(id="any", label="any", kind=ProfileKind.RGB)
EMPTY = RenderedTile(body=None, media_type="image/png", width=512, height=512)
SALT = b"salt"
BOUND = 64 * 2**20


def key_of(x: int = 0, version: str = "1") -> TileKey:
    source = RasterSource(path="/r.tif", version=version)
    address = TileAddress(z=20, x=x, y=0)
    return TileKey(source=source, address=address, profile=PROFILE, format=ImageFormat.WEBP, tilesize=256)


def image_of(x: int = 0, size: int = 15_000) -> RenderedTile:
    """Return the one image that is right under `key_of(x)`."""
    body = (b"%d/" % x) * (size // len(b"%d/" % x))
    return RenderedTile(body=body, media_type="image/webp", width=256, height=256)


@asynccontextmanager
async def opened(
    folder: Path, *, bound: int = BOUND, salt: bytes = SALT, keep_free: int = 0
) -> AsyncIterator[TileStore]:
    async with TileStore(await asyncio.to_thread(StoreFolder, folder, bound), salt, keep_free) as store:
        yield store


async def stored(store: TileStore, key: TileKey) -> RenderedTile:
    """Return an image once it is there."""
    async with asyncio.timeout(60):
        while (found := store.get(key)) is None:  # noqa: ASYNC110  (what it waits for happens elsewhere)
            await asyncio.sleep(0.01)
    return found


async def fill(folder: Path, count: int, *, size: int = 15_000, bound: int = BOUND) -> None:
    """Have a worker that ends in peace store images."""
    async with opened(folder, bound=bound) as store:
        for x in range(count):
            store.put(key_of(x), image_of(x, size))


def bytes_in(folder: Path) -> int:
    """Return how many bytes its generations take."""
    return sum(path.stat().st_size for path in folder.glob("*.lmdb"))
