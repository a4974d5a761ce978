"""A worker process that has imported everything and waits for its start message, to replace one that dies."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from service.processes.supervision.workers import WorkerProcess

logger = logging.getLogger(__name__)

LOOK_INTERVAL = 0.25  # seconds
LULL = 10.0
"""Seconds in which nothing started: workers that have just started have maps to draw, and importing takes a core for
two seconds."""
PAUSE_AFTER_FAILURE = 10.0  # seconds


class Standby:
    """Holds one process, started some seconds after all others. Without one, workers start as slowly as they do."""

    def __init__(self, spawn: Callable[[], Awaitable[WorkerProcess]], *, wanted: bool) -> None:
        self._spawn = spawn
        self._wanted = wanted
        self._process: WorkerProcess | None = None

    def take(self) -> WorkerProcess | None:
        """Return the process that waits, where there is one that lives."""
        process, self._process = self._process, None
        return process if process is not None and not process.has_ended else None

    def drop(self) -> None:
        """End the process that waits: it has the code of before."""
        if (process := self.take()) is not None:
            process.terminate()

    async def keep(self, is_quiet: Callable[[], bool]) -> None:
        """Have a process wait whenever `is_quiet`; runs until cancelled where one is wanted."""
        quiet_since = time.monotonic()
        while self._wanted:
            await asyncio.sleep(LOOK_INTERVAL)
            if not is_quiet():
                quiet_since = time.monotonic()
            elif self._process is None and time.monotonic() - quiet_since >= LULL:
                with suppress(OSError):
                    self._process = await self._spawn()
            elif self._process is not None and self._process.has_ended:
                logger.warning("the worker that stood by has ended")
                await asyncio.sleep(PAUSE_AFTER_FAILURE)
                self.take()
