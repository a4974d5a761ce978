"""The bounded pool: the one door to the threads in which GDAL runs."""

from __future__ import annotations

import asyncio
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Self, TypeVar

from service.delivery.pool.fair_queue import FairQueue
from service.delivery.pool.flows import Place
from service.delivery.pool.thread_results import hear, result_in_time
from service.errors import Unavailable
from service.identifiers import OURS, Flow
from tiling.budget import Deadline
from tiling.source.block_cache import BLOCKS, DEFAULT_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stuck:
    """Threads that are at work for longer than work may take."""

    threads: int
    since: float
    """The moment (of the event loop's clock) from which on the first of them should have been free."""


class RenderPool:
    """Runs blocking work in `threads` threads; refuses early instead of queueing for ever.

    Work that finds no thread free waits its turn: at most `queue` of them, at most `wait` seconds, else Unavailable
    `overloaded`. Each belongs to a flow, and flows share threads and places as `FairQueue` has it: one that asks for
    more than its share waits, and is refused, by itself. In a flow the oldest goes first while the queue moves; once
    the oldest has waited for most of `wait`, the newest goes first, because who asked long ago has likely gone. Work
    that takes over `timeout` seconds raises TimedOut, and keeps its thread until it ends: a running thread cannot be
    cancelled, so work asks a `deadline` between its parts. The threads share `block_cache` bytes of decoded blocks, in
    the one cache of the process. Each runs `initializer`, which must not raise, before anything else.
    """

    def __init__(
        self,
        *,
        threads: int,
        queue: int,
        wait: float,
        timeout: float,
        block_cache: int = DEFAULT_BYTES,
        stuck_limit: int | None = None,
        initializer: Callable[[], None] | None = None,
    ) -> None:
        """`stuck_limit`: threads that may be stuck before the pool is; None: as many as there are."""
        self.threads = threads
        self._stuck_limit = min(threads, stuck_limit or threads)
        self._queue = FairQueue(threads=threads, places=queue, wait=wait)
        self._wait = wait
        self._timeout = timeout
        self._running: dict[Place, float] = {}
        """Since when."""
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="render", initializer=initializer)
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
        return self._queue.waiting

    @property
    def free(self) -> int:
        """How many threads have no work."""
        return self._queue.free

    @property
    def stuck(self) -> Stuck | None:
        """The threads that are at work for over `timeout` seconds; None where there are none."""
        over = [since + self._timeout for since in self._running.values()]
        now = asyncio.get_running_loop().time()
        late = [moment for moment in over if moment < now]
        return Stuck(len(late), min(late)) if late else None

    @property
    def is_stuck(self) -> bool:
        """Whether so many threads are stuck that the process should be replaced."""
        stuck = self.stuck
        return stuck is not None and stuck.threads >= self._stuck_limit

    def refuses(self, flow: Flow) -> bool:
        """Whether more work of a flow would be refused now."""
        return self._queue.refuses(flow)

    def move(self, place: Place, flow: Flow, *, if_sooner: bool = False) -> None:
        """Have what waits be another flow's, which wants it too; `if_sooner`: where that one's turn comes before."""
        self._queue.move(place, flow, if_sooner=if_sooner)
        self._let_in()

    async def run(self, work: Callable[[], T], flow: Flow = OURS) -> T:
        """Return what `work` returns. Raises Unavailable, TimedOut, and whatever `work` raises."""
        return await self.run_chosen(lambda: work, Place(flow))

    async def run_chosen(self, choose: Callable[[], Callable[[], T]], place: Place) -> T:
        """Run what `choose` returns in the moment in which there is a thread for it; else as `run`."""
        await self._take(place)
        loop = asyncio.get_running_loop()
        try:
            future = loop.run_in_executor(self._executor, choose())
        except BaseException:
            self._end(place, None)
            raise
        self._running[place] = loop.time()
        future.add_done_callback(partial(self._give_back, place))
        return await result_in_time(future, self._timeout, f"Rendering took longer than {self._timeout:g} s.")

    async def in_each_thread(self, work: Callable[[], None]) -> None:
        """Run something once in each thread, while nothing else does. Raises what it raises."""
        together = threading.Barrier(self.threads)

        def once() -> None:
            together.wait()  # so that no thread takes two
            work()

        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(self._executor, once) for _ in range(self.threads)))

    async def _take(self, place: Place) -> None:
        """Return when there is a thread for a place, which must be ended. Raises Unavailable."""
        if self._queue.refuses(place.flow):
            raise overloaded()
        loop = asyncio.get_running_loop()
        place.turn = turn = loop.create_future()
        self._queue.enter(place, loop.time())
        self._let_in()
        pushed_out = self._queue.pushed_out(place)
        if pushed_out is place:
            raise overloaded()
        if pushed_out is not None:
            _refuse(pushed_out)
        try:
            async with asyncio.timeout(self._wait):
                await turn
        except BaseException as exc:
            self._leave(place)
            if isinstance(exc, TimeoutError):
                raise overloaded() from exc
            raise

    def _leave(self, place: Place) -> None:
        """Give up waiting; if the thread was given in the same moment, pass it on."""
        if not self._queue.leave(place) and place.is_running:
            self._end(place, None)

    def _give_back(self, place: Place, future: asyncio.Future[T]) -> None:
        hear(future)
        self._end(place, asyncio.get_running_loop().time() - self._running.pop(place))

    def _end(self, place: Place, seconds: float | None) -> None:
        self._queue.end(place, seconds)
        self._let_in()

    def _let_in(self) -> None:
        """Give the threads that are free to whose turn it is."""
        while (place := self._queue.take(asyncio.get_running_loop().time())) is not None:
            if place.turn is not None and not place.turn.done():
                place.turn.set_result(None)
            else:  # gone, and did not leave yet
                self._queue.end(place, None)


def overloaded() -> Unavailable:
    """Return the error for what cannot be rendered now."""
    retry_after = 1 + random.random() * 2  # noqa: S311  (spreads clients, guards nothing)
    return Unavailable("overloaded", "Too many tiles are being rendered; try again shortly.", retry_after=retry_after)


def _refuse(place: Place) -> None:
    """Fail those who wait: there will be no thread for them."""
    if place.turn is not None and not place.turn.done():
        place.turn.set_exception(overloaded())
        place.turn.exception()  # who was cancelled meanwhile never looks
