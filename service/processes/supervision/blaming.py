"""Who is blamed for a worker's death: the files that it was reading."""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from service.catalogue.suspects import SuspectStore
from service.database.engine import open_engine
from service.delivery.images.store.store_files import throw_away
from service.delivery.quarantine import changed_file, touch
from service.processes.last_reads import EARNED, forget_last_reads, killed_for_memory, take_last_reads

if TYPE_CHECKING:
    from service.processes.supervision.workers import WorkerProcess
    from service.settings import Settings

STORE_CODE = "/images/store/"
"""In the path of code that reads the tile store: what kills a worker there would kill the next one too."""

logger = logging.getLogger(__name__)


class CrashExaminer:
    """Finds out what each dead worker was reading, and records it where all workers see it.

    Failure policy: a death that cannot be recorded is logged, and changes nothing else.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._killed_for_memory = killed_for_memory()

    def begin(self) -> None:
        """Forget what workers of a supervisor that was killed have left."""
        try:
            forget_last_reads(self._settings.data_dir)
        except OSError:
            logger.exception("what killed workers left cannot be removed")

    async def examine(self, worker: WorkerProcess, code: int) -> None:
        """Blame what a worker that has ended was reading, where it died of that."""
        if code >= 0:
            return
        before, self._killed_for_memory = self._killed_for_memory, killed_for_memory()
        was_killed_for_it = -code == signal.SIGKILL and (worker.was_stuck or self._killed_for_memory > before)
        try:
            found = take_last_reads(self._settings.data_dir, worker.pid, code, was_killed_for_it=was_killed_for_it)
            if -code in EARNED:
                name = signal.Signals(-code).name
                logger.error("worker %d died of %s: %s", worker.pid, name, found.where or "nobody knows where")
            if STORE_CODE in found.where:
                await asyncio.to_thread(throw_away, self._settings.data_dir / "tiles")
            if found.suspects:
                await self._blame(found.suspects)
                logger.warning("worker %d was reading: %d files are suspected", worker.pid, len(found.suspects))
        except (OSError, SQLAlchemyError) as exc:
            logger.error("what worker %d died of is not recorded: %s", worker.pid, exc)  # noqa: TRY400

    async def _blame(self, keys: frozenset[bytes]) -> None:
        async with open_engine(self._settings.sql_url) as engine:
            await SuspectStore(engine).blame(keys)
        touch(changed_file(self._settings.data_dir))
