"""Cached records of links and items: process memory, then Redis, then SQL.

A writer puts the new record into Redis and appends to a stream that every worker reads, so that a change is known
everywhere within a moment. Streams keep what a worker missed while its connection was down; publish/subscribe does not.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Protocol, TypeAlias, TypeVar, cast

from cachetools import TTLCache
from pydantic import TypeAdapter, ValidationError
from redis.exceptions import RedisError

from service.cancellation import is_cancelled
from service.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from redis.asyncio import Redis

RECORD_SECONDS = 60
IN_MEMORY = 20_000
STREAM = "tg:changes"
STREAM_LENGTH = 10_000
BLOCK_MS = 400
PAUSE = 0.2
SCRIPT = Path(__file__).with_name("record_put.lua")

logger = logging.getLogger(__name__)


class Versioned(Protocol):
    """What can be kept as a record."""

    @property
    def id(self) -> str:
        """The identifier, unique over all kinds."""

    @property
    def version(self) -> int:
        """Rises on every change."""


Entries: TypeAlias = list[tuple[bytes, dict[bytes, bytes]]]

R = TypeVar("R", bound=Versioned)


class Records(Generic[R]):
    """The records of one kind. Fails open: without Redis they come from SQL, at most 60 seconds old.

    `load` reads SQL; None where there is nothing. `kind` names the Redis keys. While the stream of changes cannot be
    read (`is_fresh` is false) process memory is not believed.
    """

    def __init__(self, kind: str, model: type[R], redis: Redis, load: Callable[[str], Awaitable[R | None]]) -> None:
        self._kind = kind
        self._adapter: TypeAdapter[R] = TypeAdapter(model)
        self._redis = redis
        self._load = load
        self._put = redis.register_script(SCRIPT.read_text())
        self._memory: TTLCache[str, R] = TTLCache(IN_MEMORY, RECORD_SECONDS)
        self._drops = 0
        self.is_fresh = False

    async def get(self, record_id: str) -> R | None:
        """Return a record, or None where there is none."""
        record = self._memory.get(record_id) if self.is_fresh else None
        if record is None:
            drops = self._drops
            record = await self._from_redis(record_id) or await self._from_sql(record_id)
            if record is not None and drops == self._drops:  # else it may have changed while it was read
                self._remember(record)
        return record

    async def publish(self, record: R) -> None:
        """Make a changed record known to all workers. Raises Unavailable where Redis cannot be told."""
        self._remember(record)
        try:
            await self._store(record)
            await self._redis.xadd(STREAM, {"id": record.id}, maxlen=STREAM_LENGTH, approximate=True)
        except (RedisError, OSError) as exc:
            detail = "The change is saved and reaches all servers within a minute; try again to make sure."
            raise Unavailable("backend_unavailable", detail, retry_after=1) from exc

    def forget(self, record_id: str) -> None:
        """Drop a record from process memory."""
        self._drops += 1
        self._memory.pop(record_id, None)

    def forget_all(self) -> None:
        """Drop all records from process memory."""
        self._drops += 1
        self._memory.clear()

    def _remember(self, record: R) -> None:
        known = self._memory.get(record.id)
        if known is None or known.version <= record.version:
            self._memory[record.id] = record

    async def _from_redis(self, record_id: str) -> R | None:
        try:
            stored = cast("bytes | None", await self._redis.get(self._key(record_id)))
            return None if stored is None else self._adapter.validate_json(stored.partition(b"\n")[2])
        except (RedisError, OSError, ValidationError) as exc:
            logger.warning("record not read from Redis: %s", type(exc).__name__)
            return None

    async def _from_sql(self, record_id: str) -> R | None:
        record = await self._load(record_id)
        if record is not None:
            try:
                await self._store(record)
            except (RedisError, OSError) as exc:
                logger.warning("record not stored in Redis: %s", type(exc).__name__)
        return record

    async def _store(self, record: R) -> None:
        arguments: list[int | bytes] = [record.version, self._adapter.dump_json(record), RECORD_SECONDS * 1000]
        await self._put(keys=[self._key(record.id)], args=arguments)

    def _key(self, record_id: str) -> str:
        return f"tg:{self._kind}:{record_id}"


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
