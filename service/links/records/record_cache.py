"""Cached records of links and items: process memory, then Redis, then SQL.

A writer puts the new record into Redis and appends to a stream that every worker reads
(`service.links.records.invalidation`).
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast

from pydantic import TypeAdapter, ValidationError
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from service.recently_used import RecentlyUsed
from service.redis.scripts import Script, in_rounds

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from redis.asyncio import Redis

    from service.links.records.change_stream import ChangeStream

RECORD_SECONDS = 60
"""For so long after SQL was asked a record is used, in memory and in Redis together."""
GUARD_SECONDS = 600
"""For so long Redis keeps a record's version: no reader who is slower than the record brings an old one back."""
SLOW_SECONDS = 30
"""A reader that waited longer for SQL keeps what it read for itself."""
REFRESH_PAUSE = 1.0
IN_MEMORY = 20_000
SCRIPTS = Path(__file__).parent

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


@dataclass(frozen=True, slots=True)
class _Known(Generic[R]):
    record: R
    asked_at: float
    """When SQL was asked, on this process's monotonic clock."""

    @property
    def age(self) -> float:
        return time.monotonic() - self.asked_at


@cache
def _adapter_of(model: type[Any]) -> TypeAdapter[Any]:
    """Return what reads and writes a model: to build one takes tens of milliseconds."""
    return TypeAdapter(model)


class RecordCache(Generic[R]):
    """The records of one kind. Fails to the truth: where changes cannot be heard of, SQL is read each time.

    `load` reads SQL; None where there is nothing. `kind` names the Redis keys. A record that is in use is read again
    behind the backs of those who use it, after `refresh_after` seconds: nobody waits for SQL but the first, and when
    SQL is down records that were read in the last 60 seconds serve on.
    """

    def __init__(
        self,
        kind: str,
        model: type[R],
        redis: Redis,
        load: Callable[[str], Awaitable[R | None]],
        stream: ChangeStream,
        *,
        lifetime: float = RECORD_SECONDS,
        refresh_after: float = RECORD_SECONDS / 2,
    ) -> None:
        self._kind = kind
        self._adapter: TypeAdapter[R] = _adapter_of(model)
        self._load = load
        self._stream = stream
        execute = in_rounds(redis)
        self._get = Script(SCRIPTS / "record_get.lua", execute)
        self._put = Script(SCRIPTS / "record_put.lua", execute)
        self._lifetime = lifetime
        self._memory: RecentlyUsed[str, _Known[R]] = RecentlyUsed(IN_MEMORY)
        self._drops = 0
        self._refresh_after = refresh_after
        self._refreshing: dict[str, asyncio.Task[None]] = {}

    @property
    def is_truth(self) -> bool:
        """Whether records come from SQL now, each time that they are asked for."""
        return not self._stream.is_heard

    async def get(self, record_id: str) -> R | None:
        """Return a record, or None where there is none."""
        if self.is_truth:
            return await self._load(record_id)
        record = self.cached(record_id)
        if record is None:
            return await self._look_up(record_id, try_redis=not self._stream.is_doubted)
        return record

    def cached(self, record_id: str) -> R | None:
        """Return a record that may be used as it is in memory; None says nothing but that others must be asked."""
        known, now = self._memory.find(record_id), time.monotonic()
        if known is None or now >= self._stream.heard_until:
            return None
        age = now - known.asked_at
        if age >= self._lifetime:
            del self._memory[record_id]
            return None
        if age > self._refresh_after and record_id not in self._refreshing:
            task = asyncio.create_task(self._refresh(record_id))
            self._refreshing[record_id] = task
            task.add_done_callback(lambda _: self._refreshing.pop(record_id, None))
        return known.record

    async def read_again(self, record_id: str) -> R | None:
        """Return a record as SQL has it now; what was known of it is forgotten."""
        self.forget(record_id)
        return await self._load(record_id) if self.is_truth else await self._look_up(record_id, try_redis=False)

    async def publish(self, record: R) -> None:
        """Make a changed record, just read from or written to SQL, known to all workers. Raises RedisError, OSError."""
        known = _Known(record, time.monotonic())
        self._remember(known)
        await self._store(known)
        await self._stream.append(record.id)

    def forget(self, record_id: str) -> None:
        """Drop a record from process memory."""
        self._drops += 1
        self._memory.pop(record_id, None)

    def forget_all(self) -> None:
        """Drop all records from process memory."""
        self._drops += 1
        self._memory.clear()

    async def _look_up(self, record_id: str, *, try_redis: bool) -> R | None:
        drops = self._drops
        known = await self._from_redis(record_id) if try_redis else None
        if known is None:
            known = await self._from_sql(record_id)
        if known is not None and drops == self._drops:  # else it may have changed while it was read
            self._remember(known)
        return None if known is None else known.record

    def _remember(self, known: _Known[R]) -> None:
        there = self._memory.get(known.record.id)
        if there is None or there.record.version <= known.record.version:
            self._memory.keep(known.record.id, known)

    async def _refresh(self, record_id: str) -> None:
        try:
            await self._look_up(record_id, try_redis=False)
        except (SQLAlchemyError, OSError) as exc:
            logger.warning("record not refreshed: %s", type(exc).__name__)
            await asyncio.sleep(REFRESH_PAUSE)  # nobody else tries meanwhile

    async def _from_redis(self, record_id: str) -> _Known[R] | None:
        asked = time.monotonic()
        try:
            answer = cast("list[bytes]", await self._get.run(self._key(record_id)))
            age = max(0, int(answer[1])) / 1000 if answer else self._lifetime
            if age >= self._lifetime:
                return None
            return _Known(self._adapter.validate_json(answer[0]), asked - age)
        except (RedisError, OSError, ValidationError) as exc:
            logger.warning("record not read from Redis: %s", type(exc).__name__)
            return None

    async def _from_sql(self, record_id: str) -> _Known[R] | None:
        asked = time.monotonic()
        record = await self._load(record_id)
        if record is None:
            return None
        known = _Known(record, asked)
        if known.age < SLOW_SECONDS and self._stream.is_heard:
            try:
                await self._store(known)
            except (RedisError, OSError) as exc:
                logger.warning("record not stored in Redis: %s", type(exc).__name__)
        return known

    async def _store(self, known: _Known[R]) -> None:
        text, age = self._adapter.dump_json(known.record), max(0, int(known.age * 1000))
        await self._put.run(self._key(known.record.id), known.record.version, text, age, GUARD_SECONDS * 1000)

    def _key(self, record_id: str) -> str:
        return f"tg:{self._kind}:{record_id}"
