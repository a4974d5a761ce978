"""The bounded pool: the one door to the threads in which GDAL runs."""

from __future__ import annotations

import asyncio
import random
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Self, TypeVar

from service.errors import TimedOut, Unavailable
from tiling.block_cache import BLOCKS, DEFAULT_BYTES
from tiling.budget import Deadline

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

LATE = 0.75
"""The part of the longest wait after which the newest goes first."""


class RenderPool:
    """Runs blocking work in `threads` threads; refuses early instead of queueing for ever.

    Work that finds no thread free waits its turn: at most `queue` of them, at most `wait` seconds, else Unavailable
    `overloaded`. The oldest goes first while the queue moves; once the oldest has waited for most of `wait`, the newest
    goes first, because who asked long ago has likely gone. Work that takes over `timeout` seconds raises TimedOut, and
    keeps its thread until it ends: a running thread cannot be cancelled, so work asks a `deadline` between its parts.
    The threads share `block_cache` bytes of decoded blocks, in the one cache of the process.
    """

    def __init__(
        self, *, threads: int, queue: int, wait: float, timeout: float, block_cache: int = DEFAULT_BYTES
    ) -> None:
        self._free = threads
        self._queue = queue
        self._wait = wait
        self._timeout = timeout
        self._waiting: deque[tuple[float, asyncio.Future[None]]] = deque()
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="render")
        BLOCKS.resize(block_cache)

    async def __aenter__(self) -> Self:
        """Return itself; its threads end with the context."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the threads, without waiting for a stuck one."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    @property
    def deadline(self) -> Deadline:
        """When work that begins now has to be done: a little after nobody waits for it any more."""
        return Deadline(self._timeout)

    @property
    def waiting(self) -> int:
        """How much work waits for a thread."""
        return len(self._waiting)

    async def run(self, work: Callable[[], T]) -> T:
        """Return what `work` returns. Raises Unavailable, TimedOut, and whatever `work` raises."""
        return await self.run_chosen(lambda: work)

    async def run_chosen(self, choose: Callable[[], Callable[[], T]]) -> T:
        """Run what `choose` returns in the moment in which there is a thread for it; else as `run`."""
        await self._take_place()
        try:
            future = asyncio.get_running_loop().run_in_executor(self._executor, choose())
        except BaseException:
            self._pass_place_on()
            raise
        future.add_done_callback(self._give_place_back)
        try:
            async with asyncio.timeout(self._timeout):
                return await asyncio.shield(future)
        except TimeoutError as exc:
            if future.done():
                return future.result()  # it ended in this very moment, or the error is the work's own
            detail = f"Rendering took longer than {self._timeout:g} s."
            raise TimedOut("render_timeout", detail, retry_after=self._timeout) from exc

    async def in_each_thread(self, work: Callable[[], None]) -> None:
        """Run something once in each thread, while nothing else does. Raises what it raises."""
        together = threading.Barrier(self._free)

        def once() -> None:
            together.wait()  # so that no thread takes two
            work()

        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(self._executor, once) for _ in range(self._free)))

    async def _take_place(self) -> None:
        if self._free > 0:
            self._free -= 1
            return
        if len(self._waiting) >= self._queue:
            raise _overloaded()
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()
        place = (loop.time(), turn)
        self._waiting.append(place)
        try:
            async with asyncio.timeout(self._wait):
                await turn
        except BaseException as exc:
            self._leave(place)
            if isinstance(exc, TimeoutError):
                raise _overloaded() from exc
            raise

    def _leave(self, place: tuple[float, asyncio.Future[None]]) -> None:
        """Give up waiting; if the place was given in the same moment, pass it on."""
        if place in self._waiting:
            self._waiting.remove(place)
        elif place[1].done() and not place[1].cancelled():
            self._pass_place_on()

    def _give_place_back(self, future: asyncio.Future[T]) -> None:
        if not future.cancelled():
            future.exception()  # somebody may have stopped waiting for it: it is told to nobody then
        self._pass_place_on()

    def _pass_place_on(self) -> None:
        while self._waiting:
            turn = self._next()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def _next(self) -> asyncio.Future[None]:
        oldest_since, _ = self._waiting[0]
        is_late = asyncio.get_running_loop().time() - oldest_since > self._wait * LATE
        _, turn = self._waiting.pop() if is_late else self._waiting.popleft()
        return turn


def _overloaded() -> Unavailable:
    retry_after = 1 + random.random() * 2  # noqa: S311  (spreads clients, guards nothing)
    return Unavailable("overloaded", "Too many tiles are being rendered; try again shortly.", retry_after=retry_after)
