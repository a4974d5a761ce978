"""Two workers and a Valkey for their tiles, a real one."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from service.delivery.images import shared_tiles
from service.delivery.images.shared_tiles import SharedTiles
from service.delivery.images.tile_cache import PreviewKey, TileKey
from service.errors import Misconfigured
from service.redis.client import connect_redis
from service.settings import Settings
from tests.valkeys import TcpValkey
from tiling.files.raster_source import RasterSource
from tiling.models import ImageFormat, Profile, ProfileKind, RenderedTile, TileAddress

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from redis.asyncio import Redis

PROFILE = Profile(id="any", label="any", kind=ProfileKind.RGB)
IMAGE = RenderedTile(body=b"image", media_type="image/webp", width=256, height=256)
EMPTY = RenderedTile(body=None, media_type="image/png", width=512, height=512)


def tile(version: str = "1", x: int = 0) -> TileKey:
    source = RasterSource(path="/r.tif", version=version)
    address = TileAddress(z=9, x=x, y=0)
    return TileKey(source=source, address=address, profile=PROFILE, format=ImageFormat.WEBP, tilesize=256)


PREVIEW = PreviewKey(
    source=RasterSource(path="/r.tif", version="1"), profile=PROFILE, format=ImageFormat.PNG, max_size=512
)


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[TcpValkey]:
    server = TcpValkey(folder=tmp_path / "tiles")
    server.start()
    yield server
    server.kill()


@asynccontextmanager
async def workers(valkey: TcpValkey, count: int = 2) -> AsyncIterator[list[SharedTiles]]:
    async with AsyncExitStack() as stack:
        made = [SharedTiles(valkey.url) for _ in range(count)]
        for each in made:
            stack.push_async_callback(each.close)
        yield made


async def kept(shared: SharedTiles, key: TileKey | PreviewKey) -> RenderedTile:
    async with asyncio.timeout(30):
        while (found := await shared.get(key)) is None:  # noqa: ASYNC110  (what it waits for happens elsewhere)
            await asyncio.sleep(0.01)
    return found


@pytest.mark.parametrize("image", [IMAGE, EMPTY], ids=["an image", "no data"])
async def test_what_one_worker_rendered_another_one_gets(valkey: TcpValkey, image: RenderedTile) -> None:
    async with workers(valkey) as (one, other):
        assert await other.get(tile()) is None
        one.put(tile(), image)
        assert await kept(other, tile()) == image
        assert await other.get(tile(version="2")) is None
        assert await other.get(tile(x=1)) is None


async def test_an_image_that_takes_long_is_rendered_by_one_worker_while_the_others_wait(valkey: TcpValkey) -> None:
    async with workers(valkey, 4) as (first, *others):
        assert await first.get(PREVIEW) is None
        waiting = [asyncio.create_task(other.get(PREVIEW)) for other in others]
        await asyncio.sleep(0.2)
        assert not any(task.done() for task in waiting)
        first.put(PREVIEW, EMPTY)
        assert await asyncio.gather(*waiting) == [EMPTY] * 3


async def test_a_worker_that_dies_while_it_renders_costs_the_others_its_lease(
    valkey: TcpValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_tiles, "LEASE", 0.5)
    async with workers(valkey) as (dies, other):
        assert await dies.get(PREVIEW) is None
        started = time.monotonic()
        assert await other.get(PREVIEW) is None
        assert 0.3 < time.monotonic() - started < 8


async def test_without_its_server_it_is_as_if_it_were_not_there(valkey: TcpValkey) -> None:
    async with workers(valkey) as (one, _):
        one.put(tile(), IMAGE)
        assert await kept(one, tile()) == IMAGE
        valkey.kill()
        started = time.monotonic()
        for x in range(200):
            assert await one.get(tile(x=x)) is None
            one.put(tile(x=x), IMAGE)
        assert await one.get(PREVIEW) is None
        assert time.monotonic() - started < 5  # of 400 that would each wait
        assert one.failures >= 1
        valkey.start()
        await asyncio.sleep(1.1)
        one.put(tile(), IMAGE)
        assert await kept(one, tile()) == IMAGE


async def test_what_is_no_image_of_ours_is_rendered_anew(valkey: TcpValkey) -> None:
    async with workers(valkey) as (one, _):
        one.put(tile(), IMAGE)
        await kept(one, tile())
        with valkey.client() as client:
            for name in client.keys("tilegate:tile:*"):  # type: ignore[union-attr]
                for junk in (b"", b"\xff", b"\x00\x01\x00\x01\x00", b"\x05\x00\x00\x00\x00x", b"\xff" * 9):
                    client.set(name, junk)
                    assert await one.get(tile()) is None


def test_the_server_that_counts_is_not_taken_for_tiles() -> None:
    with pytest.raises(ValueError, match="TILE_CACHE_URL"):
        Settings(redis_url="redis://a:1/0", tile_cache_url="redis://a:1/0")


async def test_the_server_that_counts_is_refused_under_any_address(valkey: TcpValkey, redis: Redis) -> None:
    async with workers(valkey, 1) as (shared,), AsyncExitStack() as stack:
        counting = connect_redis(f"{valkey.url.replace('127.0.0.1', 'localhost')}/3")
        stack.push_async_callback(counting.aclose)
        with pytest.raises(Misconfigured):
            await shared.check_server(counting)
        await shared.check_server(redis)
        valkey.kill()
        await shared.check_server(redis)  # one that is away is only told in the log
