"""The process that `tilegate serve` is: it owns the socket, the tables and the workers, and serves nothing itself."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from alembic.util import CommandError
from prometheus_client import multiprocess
from sqlalchemy.exc import SQLAlchemyError

from service.database.engine import migrate, open_engine
from service.metering.in_flight import record_killed
from service.processes.address import announced
from service.processes.connection_counts import PLACES, ConnectionCounts, shared_memory
from service.processes.errors import DatabaseFailed
from service.processes.heartbeats import Heartbeat, heartbeat_memory
from service.processes.sockets import listening_socket
from service.processes.supervision.blaming import CrashExaminer
from service.processes.supervision.standby import Standby
from service.processes.supervision.watchdog import Watchdog
from service.processes.supervision.worker_slots import NOT_REPLACED, WorkerSlot
from service.processes.supervision.workers import METRICS_VARIABLE, WORKER_COMMAND, WorkerProcess
from service.processes.valkey import redis_of
from service.processes.worker_protocol import WorkerStart

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from service.settings import Settings

logger = logging.getLogger(__name__)

REAP_LIMIT = 2.0  # seconds that a new worker waits for what a dead one leaves to be recorded


async def serve(settings: Settings) -> None:
    """Serve until cancelled. SIGHUP replaces the workers one after the other. Raises StartFailed, OSError."""
    async with prepared(settings) as supervisor:
        workers, threads = settings.worker_count, settings.render_threads
        logger.info("workers: %d (%s), render threads of each: %d", workers.count, workers.reason, threads)
        logger.info("listening on %s", supervisor.settings.base_url)
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, supervisor.renew)
        await supervisor.run()


@asynccontextmanager
async def prepared(settings: Settings, command: Sequence[str] = WORKER_COMMAND) -> AsyncIterator[Supervisor]:
    """Listen, have a Valkey, bring the tables up to date; yield a supervisor whose workers can start.

    Raises StartFailed, OSError.
    """
    _make_folders(settings)
    with (
        listening_socket(settings.host, settings.port) as listener,
        shared_memory() as connection_counts,
        heartbeat_memory() as heartbeats,
    ):
        async with redis_of(settings) as redis_url:
            port = listener.getsockname()[1]
            resolved = settings.model_copy(
                update={
                    "port": port,
                    "redis_url": redis_url,
                    "workers": settings.worker_count.count,
                }  # all reckon with the same
            )
            await _migrate(resolved)
            start_message = WorkerStart(
                settings=resolved,
                listener=listener.fileno(),
                connection_counts=connection_counts.fileno(),
                heartbeats=heartbeats.fileno(),
                supervisor=os.getpid(),
                embedded_valkey=settings.redis_url is None,
            )
            with announced(resolved):
                yield Supervisor(start_message, listener, command)


class Supervisor:
    """Keeps as many workers serving as the settings say; `WorkerSlot` says what happens to one that does not.

    When a place can get no worker, all are stopped. Workers that do not stop in time are killed. Of one that was
    killed, what it may have counted without sending it is recorded.
    """

    def __init__(self, start_message: WorkerStart, listener: socket.socket, command: Sequence[str]) -> None:
        self.settings = start_message.settings
        """Resolved: the real port, a redis URL."""
        self._start_message = start_message
        self._listener = listener
        self._command = command
        self._workers: dict[WorkerProcess, asyncio.Task[None]] = {}
        self._indexes: dict[WorkerProcess, int] = {}
        self._stopping = asyncio.Event()
        self._slots = [WorkerSlot(self._start, self._stopping) for _ in range(self.settings.worker_count.count)]
        self._crashes = CrashExaminer(self.settings)
        self._watchdog = Watchdog(
            start_message.heartbeats, self._indexes, self._replace, limit=self.settings.watchdog_timeout
        )
        self._standby = Standby(self._spawn, wanted=self.settings.standby)
        self._renewal: asyncio.Task[None] | None = None
        self._renewal_wanted = False
        self._metrics = _empty_metrics_folder(start_message.settings)

    async def run(self) -> None:
        """Run the workers until cancelled; return or raise when none is left. Raises WorkersFailed, OSError."""
        self._record_killed()
        self._crashes.begin()
        keepers = [asyncio.create_task(place.keep()) for place in self._slots]
        beside = [
            asyncio.create_task(self._standby.keep(self._all_serve)),
            asyncio.create_task(self._watchdog.run()),
        ]
        try:
            await asyncio.wait(keepers, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            for task in beside:
                task.cancel()
            self._stop()
            await asyncio.wait([*keepers, *([self._renewal] if self._renewal else [])])
            await asyncio.gather(*self._workers.values())  # those that were retired too
        for keeper in keepers:
            keeper.result()

    def renew(self) -> None:
        """Replace the workers, one after the other. Asked for while that is under way, it is done once more after."""
        self._renewal_wanted = True
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._renew_all())
        else:
            logger.info("the workers are being replaced: they will be once more after that")

    async def _renew_all(self) -> None:
        while self._renewal_wanted and not self._stopping.is_set():
            self._renewal_wanted = False
            self._standby.drop()
            try:
                for place in self._slots:
                    if not await place.renew():
                        break  # the others would fare no better
            except OSError as error:
                logger.error("%s: %s", NOT_REPLACED, error)  # noqa: TRY400  (the message says it all)

    async def _replace(self, worker: WorkerProcess) -> None:
        """Replace a worker that asks for it, in peace. Raises OSError."""
        for place in self._slots:
            if place.has(worker):
                await place.renew()

    async def _start(self) -> WorkerProcess:
        dead = [burial for worker, burial in self._workers.items() if worker.has_ended]
        if dead:  # what one died of must be known before another serves
            await asyncio.wait(dead, timeout=REAP_LIMIT)
        worker = self._standby.take() or await self._spawn()
        place = next(place for place in range(PLACES) if place not in self._indexes.values())
        self._indexes[worker] = place
        worker.send_start(self._start_message.model_copy(update={"place": place}))
        return worker

    async def _spawn(self) -> WorkerProcess:
        environment = {METRICS_VARIABLE: str(self._metrics)} if self._metrics else {}
        worker = await WorkerProcess.spawn(
            (self._start_message.listener, self._start_message.connection_counts, self._start_message.heartbeats),
            self._command,
            environment,
        )
        self._workers[worker] = asyncio.create_task(self._reap(worker))
        if self._stopping.is_set():
            worker.terminate()
        return worker

    def _all_serve(self) -> bool:
        return all(place.serves for place in self._slots) and (self._renewal is None or self._renewal.done())

    async def _reap(self, worker: WorkerProcess) -> None:
        code = await worker.finished()
        if (place := self._indexes.pop(worker, None)) is not None:
            ConnectionCounts(self._start_message.connection_counts, place).leave()
            Heartbeat(self._start_message.heartbeats, place).stop()
        self._record_killed(worker.pid, code)
        await self._crashes.examine(worker, code)
        if self._metrics:
            multiprocess.mark_process_dead(worker.pid, str(self._metrics))  # type: ignore[no-untyped-call]
        del self._workers[worker]

    def _record_killed(self, worker: int | None = None, exit_code: int | None = None) -> None:
        """Record what one worker left behind or, at the start, what was left by those of a killed supervisor."""
        try:
            for killed in record_killed(self.settings.data_dir, worker, exit_code):
                logger.warning(
                    "worker %d was killed: at most %d counted answers were not sent", killed.worker, killed.at_most
                )
        except OSError:
            logger.exception("what a killed worker had in flight cannot be recorded")

    def _stop(self) -> None:
        self._stopping.set()
        self._listener.close()  # the workers have it too: once they close it, connections are refused, not kept waiting
        for worker in self._workers:
            worker.terminate()


def _make_folders(settings: Settings) -> None:
    """Make the data folder and those storage roots that lie in it: others are an operator's to make. Raises OSError."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    for folder in settings.folders.values():
        if folder.is_relative_to(settings.data_dir):
            folder.mkdir(parents=True, exist_ok=True)


def _empty_metrics_folder(settings: Settings) -> Path | None:
    """Return the folder in which several workers add up their metrics, or None for a single worker. Raises OSError."""
    if settings.worker_count.count == 1:
        return None
    folder = settings.data_dir / "run" / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


async def _migrate(settings: Settings) -> None:
    try:
        async with open_engine(settings.sql_url) as engine:
            await migrate(engine)
    except (OSError, SQLAlchemyError, CommandError) as error:
        cause = getattr(error, "orig", None) or error  # SQLAlchemy's own text has more than the reason
        raise DatabaseFailed(f"the database cannot be used: {str(cause).splitlines()[0]}") from error
