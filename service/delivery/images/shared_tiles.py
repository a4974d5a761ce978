"""Rendered tiles in a Redis or Valkey that all workers and machines share: the tier below process memory."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from redis.exceptions import RedisError

from service.delivery.images.store.image_bytes import LARGEST, packed, unpacked
from service.delivery.images.tile_cache import TileKey
from service.delivery.images.tile_server import check_tile_server
from service.redis.client import connect_redis
from tiling.mosaic import MosaicSource
from tiling.render import RENDERER_VERSION

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from service.delivery.images.tile_cache import ImageKey
    from tiling.models import RenderedTile

PATIENCE = 0.05
"""Seconds that a look may take: rendering takes no longer."""
PAUSE = 1.0
"""Seconds for which nothing is asked after a failure."""
LIFETIME = 24 * 3600
"""Seconds; the server drops what it has no room for before."""
MOST_WRITES = 32
"""Images on their way at once; more are not kept."""
LEASE = 3.0
"""Seconds for which a worker has the word to render: what one that dies costs the others at most."""
LOOK_AGAIN = 0.03

logger = logging.getLogger(__name__)


class SharedTiles:
    """Fails open: whatever goes wrong is counted, and tiles are rendered as if it were not there.

    It never holds more than its server's `maxmemory` lets it, and must not be the server that counts: a count that is
    evicted is lost. An image that takes long (a preview, or a tile of many rasters) is rendered by one worker while the
    others wait for it.
    """

    def __init__(self, url: str) -> None:
        self._redis: Redis = connect_redis(url)
        self._asleep_until = 0.0
        self._writes: set[asyncio.Task[None]] = set()
        self.failures = 0
        """Calls that got no answer in time."""

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def check_server(self, meter: Redis) -> None:
        """Raise Misconfigured where its server is the one that counts; see `check_tile_server`."""
        await check_tile_server(self._redis, meter)

    async def get(self, key: ImageKey) -> RenderedTile | None:
        """Return an image that some worker rendered, waiting for it where another one is at it; None: render it."""
        name = _name(key)
        found = await self._look(name)
        if found is not None or not _takes_long(key) or await self._has_lease(name):
            return found
        ends_at = time.monotonic() + LEASE
        while found is None and time.monotonic() < ends_at and not self._is_asleep:
            await asyncio.sleep(LOOK_AGAIN)
            found = await self._look(name)
            if found is None and await self._has_lease(name):
                return None
        return found

    def put(self, key: ImageKey, image: RenderedTile) -> None:
        """Keep an image, behind the answer."""
        if self._is_asleep or len(image.body or b"") > LARGEST or len(self._writes) >= MOST_WRITES:
            return
        task = asyncio.create_task(self._write(_name(key), image))
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)

    @property
    def _is_asleep(self) -> bool:
        return time.monotonic() < self._asleep_until

    async def _look(self, name: bytes) -> RenderedTile | None:
        return unpacked(await self._ask("GET", name))

    async def _has_lease(self, name: bytes) -> bool:
        """Whether this caller is to render: nobody else is rendering it, or that is unknown."""
        answer = await self._ask("SET", name + b":lease", b"1", "NX", "PX", int(LEASE * 1000))
        return answer is not None or self._is_asleep

    async def _write(self, name: bytes, image: RenderedTile) -> None:
        await self._ask("SET", name, packed(image), "EX", LIFETIME)

    async def _ask(self, *words: object) -> object:
        """Return the server's answer; None also where there is none."""
        if self._is_asleep:
            return None
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._redis.execute_command(*words)  # type: ignore[no-untyped-call]
        except (RedisError, OSError, TimeoutError) as exc:
            self.failures += 1
            self._asleep_until = time.monotonic() + PAUSE
            logger.warning("the shared tile cache is not asked for %g s: %s", PAUSE, type(exc).__name__)
            return None


def _name(key: ImageKey) -> bytes:
    return b"tilegate:tile:" + RENDERER_VERSION.encode() + b":" + key.digest.hex().encode()


def _takes_long(key: ImageKey) -> bool:
    return not isinstance(key, TileKey) or isinstance(key.source, MosaicSource)
