"""The stream of changes in Redis: what one worker changed, the others hear of within a moment.

Streams keep what a worker missed while its connection was down; publish/subscribe does not.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeAlias, cast

if TYPE_CHECKING:
    from redis.asyncio import Redis

Entry: TypeAlias = tuple[bytes, dict[bytes, bytes]]
Position: TypeAlias = tuple[int, int]

STREAM = "tg:changes"
STREAM_LENGTH = 10_000
READ_AT_ONCE = 1_000
BLOCK_MS = 250
"""Twice that long, and four waits for a busy event loop, must fit into `SILENCE`: else all records come from SQL.

Asking more often was seen to cost cached tiles some percent.
"""
SILENCE = 1.0
"""Seconds without word from Redis after which nothing that is in memory is believed."""
START: Position = (0, 0)


class ChangeStream:
    """Fails closed: what cannot be heard of is taken to have changed (`is_heard`).

    Redis may lose its last writes with its process, or when a replica that lags takes over. Then the newest entry that
    we know of, read or written, is not there any more. And whenever the connection broke, what Redis holds is not
    believed for as long as an old record could live in it (`is_doubted`).
    """

    def __init__(self, redis: Redis, doubt_for: float) -> None:
        self._redis = redis
        self._doubt_for = doubt_for
        self._doubted_until = 0.0
        self.heard_until = 0.0
        """The moment (monotonic clock) until which all that changed a second before is known."""
        self._read_to = self._newest = START

    @property
    def is_heard(self) -> bool:
        """Whether all that changed until a second ago was heard of; also false in a process that was stopped."""
        return time.monotonic() < self.heard_until

    @property
    def is_doubted(self) -> bool:
        """Whether a record in Redis could be older than one that was there before."""
        return time.monotonic() < self._doubted_until

    async def append(self, record_id: str) -> None:
        """Notify all workers that a record changed (cache invalidation). Raises RedisError, OSError."""
        entry = await self._redis.xadd(STREAM, {"id": record_id}, maxlen=STREAM_LENGTH, approximate=True)
        self._newest = max(self._newest, _position(cast("bytes", entry)))

    async def begin(self) -> bool:
        """Go to the end of the stream; return whether what we knew of it is lost. Raises RedisError, OSError."""
        asked = time.monotonic()
        self._doubted_until = asked + self._doubt_for
        lost = not await self._knows_our_newest()
        newest = await self._redis.xrevrange(STREAM, count=1)
        if not newest:  # a stream of which we know an entry can be seen to be gone
            newest = [(await self._redis.xadd(STREAM, {"id": ""}), {})]
        self._read_to = _position(cast("bytes", newest[0][0]))
        self._newest = self._read_to if lost else max(self._newest, self._read_to)
        self.hear(asked)
        return lost

    async def read(self) -> list[str] | None:
        """Wait for changes for a moment; return the ids, or None on a gap. Raises RedisError, OSError."""
        asked = time.monotonic()  # not when the answer is read: a process may be stopped between the two
        known = await self._redis.xread({STREAM: _text(self._read_to)}, count=READ_AT_ONCE, block=BLOCK_MS)
        if not await self._knows_our_newest():
            return None
        entries = _entries(known)
        if entries:
            self._read_to = _position(entries[-1][0])
            self._newest = max(self._newest, self._read_to)
        self.hear(asked)
        return [values.get(b"id", b"").decode(errors="replace") for _, values in entries]

    def hear(self, moment: float) -> None:
        """Note that all that was changed before a moment of the monotonic clock is known."""
        self.heard_until = moment + SILENCE

    def lose(self) -> None:
        """Note that nothing is heard any more."""
        self.heard_until = 0.0

    async def _knows_our_newest(self) -> bool:
        newest = _text(self._newest)
        return self._newest == START or bool(await self._redis.xrevrange(STREAM, max=newest, min=newest, count=1))


def _position(entry_id: bytes) -> Position:
    milliseconds, _, number = entry_id.partition(b"-")
    return int(milliseconds), int(number)


def _text(position: Position) -> str:
    return "{}-{}".format(*position)


def _entries(answer: object) -> list[Entry]:
    """Return the entries of our one stream. RESP3 answers with a map of pages of them, RESP2 with a list of pairs."""
    if isinstance(answer, dict):
        return [entry for page in answer.get(STREAM.encode(), []) for entry in page]
    return [entry for _, entries in cast("list[tuple[bytes, list[Entry]]]", answer) for entry in entries]
