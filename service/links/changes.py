"""The stream of changes: what one worker changed, the others drop from process memory within a moment.

Streams keep what a worker missed while its connection was down; publish/subscribe does not.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, TypeAlias, cast

from redis.exceptions import RedisError

from service.cancellation import is_cancelled
from service.links.records import STREAM, STREAM_LENGTH, Records, Versioned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redis.asyncio import Redis

Entries: TypeAlias = list[tuple[bytes, dict[bytes, bytes]]]

BLOCK_MS = 400
PAUSE = 0.2

logger = logging.getLogger(__name__)


async def follow_changes(redis: Redis, caches: Sequence[Records[Versioned]]) -> None:
    """Drop from process memory what other workers changed; runs until cancelled.

    After any failure, or where the stream may have been cut shorter than what was missed, everything is dropped.
    """
    while not is_cancelled():
        try:
            last = await _last_entry(redis)
            for cache in caches:
                cache.forget_all()
                cache.is_fresh = True
            while not is_cancelled():
                last = await _read_on(redis, last, caches)
        except (RedisError, OSError) as exc:
            logger.warning("changes cannot be followed: %s", type(exc).__name__)
        for cache in caches:
            cache.is_fresh = False
        await asyncio.sleep(PAUSE)


async def _last_entry(redis: Redis) -> bytes:
    newest = await redis.xrevrange(STREAM, count=1)
    return cast("bytes", newest[0][0]) if newest else b"0-0"


async def _read_on(redis: Redis, last: bytes, caches: Sequence[Records[Versioned]]) -> bytes:
    entries = _entries(await redis.xread({STREAM: last}, count=STREAM_LENGTH, block=BLOCK_MS))
    if len(entries) >= STREAM_LENGTH:  # the stream keeps that many, and may have cut what came before
        for cache in caches:
            cache.forget_all()
    for _, values in entries:
        for cache in caches:
            cache.forget(values.get(b"id", b"").decode(errors="replace"))
    return entries[-1][0] if entries else last


def _entries(answer: object) -> Entries:
    """Return the entries of our one stream. RESP3 answers with a map of pages of them, RESP2 with a list of pairs."""
    if isinstance(answer, dict):
        return [entry for page in answer.get(STREAM.encode(), []) for entry in page]
    return [entry for _, entries in cast("list[tuple[bytes, Entries]]", answer) for entry in entries]
