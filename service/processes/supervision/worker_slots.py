"""A place for one worker: kept taken, and given to a new one without being empty in between."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from service.processes.errors import WorkersFailed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from service.processes.supervision.workers import WorkerProcess

logger = logging.getLogger(__name__)

STARTS_IN_VAIN = 3  # that many in a row, and we give up
FIRST_PAUSE = 0.1  # seconds; doubled with each start in vain
NOT_REPLACED = "a new worker could not start; the old one continues to serve"
START_LIMIT = 60.0  # seconds in which a replacement must be ready


class WorkerSlot:
    """Where one worker serves.

    Failure policy: a worker that dies is replaced at once, and connections wait in the socket's backlog or go to the
    others meanwhile. One that dies before it is ready is tried again after a growing pause, three times in a row. A
    replacement that does not get ready changes nothing: the old worker serves on.
    """

    def __init__(self, start: Callable[[], Awaitable[WorkerProcess]], stopping: asyncio.Event) -> None:
        self._start = start
        self._stopping = stopping
        self._worker: WorkerProcess | None = None
        self._changing = asyncio.Lock()

    @property
    def serves(self) -> bool:
        """Whether a worker is here and ready."""
        return self._worker is not None and self._worker.ready.is_set()

    def has(self, worker: WorkerProcess) -> bool:
        """Whether it is this worker that is here."""
        return worker is self._worker

    async def keep(self) -> None:
        """Have a worker here until all are stopped. Raises WorkersFailed, OSError."""
        in_vain = 0
        while (worker := await self._present()) is not None:
            code = await worker.finished()
            if worker is not self._worker:  # another one is here by now
                in_vain = 0
                continue
            self._worker = None
            if self._stopping.is_set():
                return
            in_vain = 0 if worker.ready.is_set() else in_vain + 1
            if in_vain == STARTS_IN_VAIN:
                reason = worker.reason or f"exit code {code}"
                raise WorkersFailed(f"a worker failed {in_vain} times before it was ready: {reason}")
            logger.warning("worker %d ended with code %d: starting another", worker.pid, code)
            await self._pause(FIRST_PAUSE * 2**in_vain if in_vain else 0)

    async def renew(self) -> bool:
        """Put a new worker here, and retire the old one once that is ready. Return whether it was. Raises OSError."""
        async with self._changing:
            if self._stopping.is_set():
                return False
            fresh = await self._start()
            if await fresh.started(START_LIMIT):
                old, self._worker = self._worker, fresh
                if old is not None:
                    old.retire()
                return True
        fresh.terminate()
        if not self._stopping.is_set():
            logger.error("%s: %s", NOT_REPLACED, fresh.reason or "it was not ready in time")
        return False

    async def _present(self) -> WorkerProcess | None:
        """Return the worker that is here, a new one if there is none, nothing if none shall be."""
        async with self._changing:
            if self._worker is None and not self._stopping.is_set():
                self._worker = await self._start()
            return self._worker

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
