"""Cached records of links and items: process memory, then Redis, then SQL.

A writer puts the new record into Redis and appends to a stream that every worker reads (`service.links.changes`).
"""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar, cast

from cachetools import TTLCache
from pydantic import TypeAdapter, ValidationError
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from service.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from redis.asyncio import Redis

RECORD_SECONDS = 60
IN_MEMORY = 20_000
STREAM = "tg:changes"
STREAM_LENGTH = 10_000
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


R = TypeVar("R", bound=Versioned)


class Records(Generic[R]):
    """The records of one kind. Fails open: without Redis they come from SQL, at most 60 seconds old.

    `load` reads SQL; None where there is nothing. `kind` names the Redis keys. While the stream of changes cannot be
    read (`is_fresh` is false) process memory is not believed. A record that is in use is read again behind the backs of
    those who use it, after `refresh_after` seconds: nobody waits for SQL but the first.
    """

    def __init__(
        self,
        kind: str,
        model: type[R],
        redis: Redis,
        load: Callable[[str], Awaitable[R | None]],
        refresh_after: float = RECORD_SECONDS / 2,
    ) -> None:
        self._kind = kind
        self._adapter: TypeAdapter[R] = TypeAdapter(model)
        self._redis = redis
        self._load = load
        self._put = redis.register_script(SCRIPT.read_text())
        self._memory: TTLCache[str, R] = TTLCache(IN_MEMORY, RECORD_SECONDS)
        self._drops = 0
        self._refresh_after = refresh_after
        self._refresh_at: TTLCache[str, float] = TTLCache(IN_MEMORY, RECORD_SECONDS)
        self._refreshing: dict[str, asyncio.Task[None]] = {}
        self.is_fresh = False

    async def get(self, record_id: str) -> R | None:
        """Return a record, or None where there is none."""
        record = self._memory.get(record_id) if self.is_fresh else None
        if record is None:
            return await self._read(record_id, self._from_redis, self._from_sql)
        if time.monotonic() > self._refresh_at.get(record_id, 0) and record_id not in self._refreshing:
            task = asyncio.create_task(self._refresh(record_id))
            self._refreshing[record_id] = task
            task.add_done_callback(lambda _: self._refreshing.pop(record_id, None))
        return record

    async def _read(self, record_id: str, *sources: Callable[[str], Awaitable[R | None]]) -> R | None:
        drops = self._drops
        for source in sources:
            record = await source(record_id)
            if record is not None:
                if drops == self._drops:  # else it may have changed while it was read
                    self._remember(record)
                return record
        return None

    async def _refresh(self, record_id: str) -> None:
        try:
            await self._read(record_id, self._from_sql)
        except (SQLAlchemyError, OSError) as exc:
            logger.warning("record not refreshed: %s", type(exc).__name__)

    async def publish(self, record: R) -> None:
        """Make a changed record known to all workers. Raises Unavailable where Redis cannot be told."""
        self._remember(record)
        try:
            await self._store(record)
            await self._redis.xadd(STREAM, {"id": record.id}, maxlen=STREAM_LENGTH, approximate=True)
        except (RedisError, OSError) as exc:
            detail = "The change is saved and reaches all servers within two minutes; try again to make sure."
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
            self._refresh_at[record.id] = time.monotonic() + self._refresh_after

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
