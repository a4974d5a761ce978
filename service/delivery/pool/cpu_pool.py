"""The door to the threads for what costs more the more somebody sends: parsing, geometry, markdown."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, ParamSpec, Self, TypeVar

from service.delivery.pool.thread_results import hear, result_in_time
from service.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 2
QUEUE = 64
TIMEOUT = 5.0  # seconds


class CpuPool:
    """Runs work that reads nothing and waits for nothing, so that the event loop turns meanwhile.

    A thread cannot be stopped: what is run here has an input that is bounded before, so that it ends in about a second.
    Refuses early: at most `queue` jobs wait, else Unavailable `overloaded`.
    """

    def __init__(self, *, threads: int = THREADS, queue: int = QUEUE, timeout: float = TIMEOUT) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="cpu")
        self._most = threads + queue
        self._timeout = timeout
        self._jobs = 0

    async def __aenter__(self) -> Self:
        """Return itself; its threads end with the context."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the threads, without waiting for what they do."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what `work` returns. Raises Unavailable, TimedOut after `timeout` seconds, and what `work` raises."""
        if self._jobs >= self._most:
            raise Unavailable("overloaded", "The service is busy; try again shortly.", retry_after=1)
        future = asyncio.get_running_loop().run_in_executor(self._executor, lambda: work(*args, **kwargs))
        self._jobs += 1
        future.add_done_callback(self._done)
        detail = f"The request took longer than {self._timeout:g} s to process; send something simpler."
        return await result_in_time(future, self._timeout, detail)

    def _done(self, future: asyncio.Future[T]) -> None:
        self._jobs -= 1
        hear(future)
