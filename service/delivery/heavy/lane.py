"""The heavy lane: a queue of its own for work that must never take a tile from anybody."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar, cast

from service.delivery.heavy.frames import Job
from service.delivery.heavy.limits import NICENESS, Limits
from service.delivery.heavy.places import Places, overloaded
from service.delivery.heavy.processes import JobDied
from service.delivery.pool.thread_results import hear, result_in_time
from service.errors import SourceFailed, TimedOut
from service.identifiers import OURS
from tiling.files.last_read import version_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from service.delivery.heavy.frames import Answer
    from service.delivery.heavy.processes import JobProcesses
    from service.identifiers import Flow
    from tiling.files.raster_source import RasterSource

T = TypeVar("T")

logger = logging.getLogger(__name__)


class Blame(Protocol):
    """Who hears that a process died while it read some files."""

    async def blame(self, sources: Sequence[RasterSource]) -> None:
        """Take note."""


class TooHeavy(SourceFailed):
    """A job needed more memory than it may have."""


class HeavyLane:
    """Does heavy work, one job a process, `places` at once; refuses early instead of queueing for ever.

    A job that finds no place free waits: at most `queue` do, at most `wait` seconds (None: for ever), and of one flow
    (an organization, a link) at most a quarter of `queue`, else Unavailable `overloaded`. Flows take turns. A job that
    takes over `seconds` raises TimedOut `render_timeout`, one that wants more memory TooHeavy; its process is ended, as
    it is when the caller goes away. A process that dies raises SourceFailed, and what it read is blamed for it.

    Files in object stores are read in threads of the lane, as what reads them holds a connection and credentials: those
    end late, and keep their place until they do.
    """

    def __init__(
        self,
        processes: JobProcesses,
        blame: Blame,
        limits: Limits,
        *,
        places: int = 1,
        queue: int = 32,
        wait: float | None = 20.0,
        seconds: float = 20.0,
    ) -> None:
        self._processes = processes
        self._blame = blame
        self._limits = limits
        self._places = Places(places, queue, wait)
        self._seconds = seconds
        self._threads = ThreadPoolExecutor(places, thread_name_prefix="heavy", initializer=_give_way)

    async def __aenter__(self) -> Self:
        """Return itself; its threads end with the context."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the threads, without waiting for a stuck one."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    @property
    def waiting(self) -> int:
        """How many jobs wait for a place."""
        return self._places.waiting

    async def run(self, work: Callable[[], T], sources: Sequence[RasterSource], flow: Flow = OURS) -> T:
        """Return what `work`, which reads `sources`, returns. It is a function of a module, or a partial of one.

        Raises Unavailable, TimedOut, TooHeavy, SourceFailed, and whatever of `tiling.errors` it raises.
        """
        if any(source.remote is not None for source in sources):
            return await self._in_thread(work, flow)
        async with self._places.of(flow):
            answer = await self._in_process(work, sources)
        count, first = answer.complaints
        if count:
            logger.warning("reading %s, GDAL complained %d times, first: %s", _names(sources), count, first)
        if answer.fault is not None:
            raise RuntimeError(answer.fault)
        if isinstance(answer.error, MemoryError):
            detail = f"Reading the file takes more than the {self._limits.memory // 2**20} MiB that a job may have."
            raise TooHeavy("source_unreadable", detail, retry_after=60)
        if answer.error is not None:
            raise answer.error
        return cast("T", answer.value)

    async def _in_process(self, work: Callable[[], Any], sources: Sequence[RasterSource]) -> Answer:
        try:
            await self._processes.ready()
            async with asyncio.timeout(self._seconds):
                return await self._processes.do(Job(work=work, limits=self._limits))
        except TimeoutError as exc:
            logger.warning("reading %s took longer than %g s: ended", _names(sources), self._seconds)
            raise TimedOut("render_timeout", self._too_long(), retry_after=self._seconds) from exc
        except JobDied as exc:
            logger.error("a process died reading %s: %s", _names(sources), exc)  # noqa: TRY400
            if exc.signal:
                guilty = [source for source in sources if version_key(source) == exc.reading]
                await self._blame.blame(guilty or sources)
            raise SourceFailed("source_unreadable", "The shared raster cannot be read now.", retry_after=30) from exc
        except OSError as exc:
            logger.error("heavy work cannot be done: %s", exc)  # noqa: TRY400
            raise overloaded() from exc

    async def _in_thread(self, work: Callable[[], T], flow: Flow) -> T:
        await self._places.take(flow)
        future = asyncio.get_running_loop().run_in_executor(self._threads, work)
        future.add_done_callback(self._thread_has_ended)
        return await result_in_time(future, self._seconds, self._too_long())

    def _thread_has_ended(self, future: asyncio.Future[Any]) -> None:
        hear(future)
        self._places.give_back()

    def _too_long(self) -> str:
        return f"Reading it took longer than {self._seconds:g} s."


def _names(sources: Sequence[RasterSource]) -> str:
    first = sources[0].path if sources else "nothing"
    return first if len(sources) < 2 else f"{first} and {len(sources) - 1} more"  # noqa: PLR2004


def _give_way() -> None:
    """Have the kernel prefer other threads to this one."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
