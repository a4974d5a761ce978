"""Places for work of which there may be little at once: who finds none free waits, and flows take turns."""

from __future__ import annotations

import asyncio
import random
from collections import OrderedDict, deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from service.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from service.identifiers import Flow

SHARE = 4
"""One flow may have this part of the queue."""


class Places:
    """`most` at once; refuses early instead of queueing for ever.

    At most `queue` wait, at most `wait` seconds (None: for ever), and of one flow (an organization, a link) at most a
    quarter of `queue`, else Unavailable `overloaded`.
    """

    def __init__(self, most: int = 1, queue: int = 32, wait: float | None = 20.0) -> None:
        self._free = most
        self._queue = queue
        self._wait = wait
        self._waiting: OrderedDict[Flow, deque[asyncio.Future[None]]] = OrderedDict()

    @property
    def waiting(self) -> int:
        """How many wait for a place."""
        return sum(map(len, self._waiting.values()))

    @asynccontextmanager
    async def of(self, flow: Flow) -> AsyncIterator[None]:
        """Hold a place. Raises Unavailable."""
        await self.take(flow)
        try:
            yield
        finally:
            self.give_back()

    async def take(self, flow: Flow) -> None:
        """Take a place; `give_back` must follow. Raises Unavailable."""
        if self._free > 0:
            self._free -= 1
            return
        own = self._waiting.get(flow, ())
        if self.waiting >= self._queue or len(own) >= max(1, self._queue // SHARE):
            raise overloaded()
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(flow, deque()).append(turn)
        try:
            async with asyncio.timeout(self._wait):
                await turn
        except BaseException as exc:
            self._leave(flow, turn)
            if isinstance(exc, TimeoutError):
                raise overloaded() from exc
            raise

    def give_back(self) -> None:
        """Pass a place on to who is next, or leave it free."""
        while self._waiting:
            flow, turns = self._waiting.popitem(last=False)
            turn = turns.popleft()
            if turns:
                self._waiting[flow] = turns  # behind all others
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def _leave(self, flow: Flow, turn: asyncio.Future[None]) -> None:
        """Give up waiting; if the place was given in the same moment, pass it on."""
        if turn in self._waiting.get(flow, ()):
            self._waiting[flow].remove(turn)
            if not self._waiting[flow]:
                del self._waiting[flow]
        elif turn.done() and not turn.cancelled():
            self.give_back()


def overloaded() -> Unavailable:
    """Return the refusal of a queue that is full."""
    retry_after = 2 + random.random() * 3  # noqa: S311  (spreads clients, guards nothing)
    return Unavailable(
        "overloaded", "Too many jobs of this kind are waiting; try again shortly.", retry_after=retry_after
    )
