"""What clients have not taken yet: how slowly a client may take it, and how much may wait for all of them together.

Kept light, as `draining`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

PATIENCE = 20.0  # seconds
LEAST_RATE = 4096  # bytes a second
UNSENT_BYTES = 256 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class SendLimits:
    """How slow clients may be, and how much memory that may take."""

    patience: float = PATIENCE
    """Seconds by which a client may be behind the least rate, and so the longest that it may stand still."""
    least_rate: int = LEAST_RATE
    """Bytes a second."""
    unsent_bytes: int = UNSENT_BYTES
    """Bytes that may wait for all clients of a worker together."""


SEND_LIMITS: web.AppKey[SendLimits] = web.AppKey("send_limits", SendLimits)


class Connection(Protocol):
    """The connection of an answer that waits to be sent."""

    def taken(self) -> int:
        """Return how many bytes the client has acknowledged: a count that only grows."""

    def waiting(self) -> int:
        """Return how many bytes the process holds for it."""

    def cut(self) -> None:
        """Break the connection, and have the kernel drop what it has not sent."""


@dataclass(slots=True, eq=False)
class Answer:
    """An answer on its way. It lives as long as its request."""

    connection: Connection
    left: float
    """Seconds that the client may still be late by. What it takes earns some, waiting spends them."""
    since: float = 0.0
    """When we began to wait, or last looked."""
    taken: int | None = None
    """As of the connection then; None where we have not looked since."""
    size: int = 0
    """Bytes counted for it, where it has no body of its own."""
    body: bytes | bytearray | memoryview | None = field(default=None, repr=False)
    """What is sent piece by piece: held until the end, and counted once however many answers hold the same."""


class Unsent:
    """Knows the answers that wait for their clients, and cuts those whose clients take them too slowly.

    Waiting spends a client's seconds and what it takes earns them back, up to `patience`: so one that stands still is
    cut after it, one that is a little slower than `least_rate` later, and nobody who is faster. Where more waits than
    `unsent_bytes`, those go first who have the fewest seconds left. A wait costs two look-ups; all else is done once a
    second by `sweep`.
    """

    def __init__(self, limits: SendLimits) -> None:
        self.limits = limits
        self.bytes = 0
        """Bytes that wait now."""
        self.cuts = 0
        """Connections that were cut so far."""
        self._waiting: dict[Answer, None] = {}
        self._bodies: dict[int, list[int]] = {}

    def answer(self, connection: Connection) -> Answer:
        """Return a new answer of a connection."""
        return Answer(connection, self.limits.patience)

    def begin(self, answer: Answer, now: float) -> None:
        """Note that an answer waits for its client. `now`: seconds of any steady clock."""
        answer.since, answer.taken = now, None
        if answer.body is None:
            answer.size = answer.connection.waiting()
            self.bytes += answer.size
        self._waiting[answer] = None
        if self.bytes > self.limits.unsent_bytes:
            self._relieve(now)

    def end(self, answer: Answer, now: float) -> None:
        """Note that it need not wait any more; it may have been cut meanwhile."""
        if answer not in self._waiting:
            return
        del self._waiting[answer]
        self.bytes -= answer.size
        answer.size = 0
        if answer.taken is not None:  # it waited for so long that a sweep saw it
            self._settle(answer, now)

    def hold(self, answer: Answer, body: bytes | bytearray | memoryview, now: float) -> None:
        """Note that an answer holds its whole body until `release`."""
        answer.body = body
        known = self._bodies.setdefault(id(body), [len(body), 0])
        known[1] += 1
        if known[1] == 1:
            self.bytes += known[0]
            if self.bytes > self.limits.unsent_bytes:
                self._relieve(now)

    def release(self, answer: Answer) -> None:
        """Note that it holds it no longer; it may have been cut meanwhile."""
        if answer.body is None:
            return
        known = self._bodies[id(answer.body)]
        known[1] -= 1
        if known[1] == 0:
            self.bytes -= known[0]
            del self._bodies[id(answer.body)]
        answer.body = None

    def sweep(self, now: float) -> None:
        """Cut whose time is up."""
        for answer in list(self._waiting):
            if self._settle(answer, now) < 0:
                self._cut(answer, now)

    def _settle(self, answer: Answer, now: float) -> float:
        """Count what was waited and what was taken since the last look; return the seconds that are left."""
        taken = answer.connection.taken()
        earned = 0.0 if answer.taken is None else (taken - answer.taken) / self.limits.least_rate
        answer.left = min(self.limits.patience, answer.left - (now - answer.since) + earned)
        answer.since, answer.taken = now, taken
        return answer.left

    def _relieve(self, now: float) -> None:
        for answer in sorted(self._waiting, key=lambda each: self._settle(each, now)):
            if self.bytes <= self.limits.unsent_bytes:
                return
            self._cut(answer, now)

    def _cut(self, answer: Answer, now: float) -> None:
        self.cuts += 1
        self.end(answer, now)
        self.release(answer)
        answer.connection.cut()
