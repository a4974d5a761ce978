"""The watchdog: a worker whose event loop does not turn is killed, one whose threads are stuck is replaced in peace."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from service.processes.heartbeats import Heartbeat, Watch

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from service.processes.supervision.workers import WorkerProcess

INTERVAL = 1.0  # seconds
STOPPED = frozenset({"T", "t"})
"""States of a process (proc(5)) that a signal or a debugger has stopped."""

logger = logging.getLogger(__name__)


class Watchdog:
    """Looks at all workers that serve, each second.

    Failure policy: a loop that has not turned for `limit` seconds is taken for stuck for good, also where the GIL is
    held in a call that never returns: its worker is killed, and replaced as one that died. A worker that says that all
    its render threads are stuck is replaced by `replace` first, and retired then. Whatever stops the watchdog itself,
    or the machine, kills nobody.
    """

    def __init__(
        self,
        heartbeats: int,
        places: Mapping[WorkerProcess, int],
        replace: Callable[[WorkerProcess], Awaitable[None]],
        *,
        limit: float,
    ) -> None:
        """`heartbeats`: descriptor of their memory. `places`: of the workers that live, in it."""
        self._heartbeats = heartbeats
        self._slots = places
        self._replace = replace
        self._limit = limit
        self._watches: dict[WorkerProcess, Watch] = {}
        self._replacing: dict[WorkerProcess, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Watch until cancelled."""
        while self._limit > 0:
            await asyncio.sleep(min(INTERVAL, self._limit / 4))
            self.look()

    def look(self) -> None:
        """Look at each worker once."""
        self._watches = {worker: self._watch(worker) for worker in self._slots if worker.ready.is_set()}
        for worker, watch in self._watches.items():
            watch.look(is_stopped=_is_stopped(worker.pid), at_most=2 * INTERVAL)
            if watch.silent >= self._limit:
                logger.error("worker %d: its event loop has not turned for %.0f s", worker.pid, watch.silent)
                worker.kill_stuck()
            elif watch.wants_another and worker not in self._replacing:
                logger.error("worker %d: all its render threads are stuck: replacing it", worker.pid)
                task = self._replacing[worker] = asyncio.create_task(self._replaced(worker))
                task.add_done_callback(lambda _, worker=worker: self._replacing.pop(worker, None))  # type: ignore[misc]

    async def _replaced(self, worker: WorkerProcess) -> None:
        try:
            await self._replace(worker)
        except OSError as exc:
            logger.error("no other worker could start: %s", exc)  # noqa: TRY400

    def _watch(self, worker: WorkerProcess) -> Watch:
        return self._watches.get(worker) or Watch(Heartbeat(self._heartbeats, self._slots[worker]))


def _is_stopped(pid: int) -> bool:
    """Whether somebody has stopped a process; False where that is unknown."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in STOPPED
    except (OSError, IndexError):
        return False
