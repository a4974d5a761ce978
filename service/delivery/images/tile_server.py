"""Whether the server for shared tiles is one that may forget: never the one that counts."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from redis.exceptions import RedisError

from service.errors import Misconfigured

if TYPE_CHECKING:
    from redis.asyncio import Redis

logger = logging.getLogger(__name__)


async def check_tile_server(tiles: Redis, meter: Redis) -> None:
    """Raise Misconfigured where both are one server: one must evict, and the other never may.

    A tile server that is unavailable, or that would never evict, is only logged.
    """
    try:
        told, memory = await tiles.info("server"), await tiles.info("memory")
        counting = await meter.info("server")
    except (RedisError, OSError) as exc:
        logger.warning("TILEGATE_TILE_CACHE_URL is not looked at: %s", type(exc).__name__)
        return
    if told.get("run_id") == counting.get("run_id"):
        detail = "TILEGATE_TILE_CACHE_URL leads to the Redis that counts, which must not evict: use another one"
        raise Misconfigured("misconfigured", detail)
    if memory.get("maxmemory") == 0 or memory.get("maxmemory_policy") == "noeviction":
        logger.warning("the Redis of TILEGATE_TILE_CACHE_URL evicts nothing: set maxmemory and allkeys-lru")
