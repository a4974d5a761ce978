"""Following the stream of changes: what other workers changed is dropped from process memory within a moment."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from redis.exceptions import RedisError

from service.cancellation import is_cancelled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from service.links.records.change_stream import ChangeStream
    from service.links.records.record_cache import RecordCache, Versioned

PAUSE = 0.2

logger = logging.getLogger(__name__)


async def follow_changes(
    stream: ChangeStream, caches: Sequence[RecordCache[Versioned]], on_loss: Callable[[], None]
) -> None:
    """Drop from process memory what other workers changed; runs until cancelled.

    After any failure and on a gap everything is dropped. `on_loss` is called when Redis has lost changes.
    """
    while not is_cancelled():
        try:
            if await stream.begin():
                logger.warning("Redis lost changes that it had confirmed")
                on_loss()
            for cache in caches:
                cache.forget_all()
            await _read_on(stream, caches)
        except (RedisError, OSError) as exc:
            logger.warning("changes cannot be followed: %s", type(exc).__name__)
        stream.lose()
        if not is_cancelled():
            await asyncio.sleep(PAUSE)


async def _read_on(stream: ChangeStream, caches: Sequence[RecordCache[Versioned]]) -> None:
    """Drop what changed, until there is a gap."""
    while not is_cancelled():
        changed = await stream.read()
        if changed is None:
            return
        for record_id in changed:
            for cache in caches:
                cache.forget(record_id)
