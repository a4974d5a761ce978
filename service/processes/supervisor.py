"""The process that `tilegate serve` is: it owns the socket, the tables and the workers, and serves nothing itself."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from alembic.util import CommandError
from prometheus_client import multiprocess
from sqlalchemy.exc import SQLAlchemyError

from service.database.engine import migrate, open_engine
from service.processes.errors import DatabaseFailed, WorkersFailed
from service.processes.orders import WorkerOrders
from service.processes.sockets import listening_socket
from service.processes.valkey import redis_of
from service.processes.workers import METRICS_VARIABLE, WORKER_COMMAND, WorkerProcess

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from service.settings import Settings

logger = logging.getLogger(__name__)

STARTS_IN_VAIN = 5  # that many in a row, and we give up
FIRST_PAUSE = 0.1  # seconds; doubled with each start in vain
POLL_INTERVAL = 0.05  # seconds


async def serve(settings: Settings) -> None:
    """Serve until cancelled. SIGHUP replaces the workers one after the other. Raises StartFailed, OSError."""
    async with prepared(settings) as supervisor:
        logger.info("listening on %s, workers: %d", supervisor.settings.base_url, settings.workers)
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, supervisor.renew)
        await supervisor.run()


@asynccontextmanager
async def prepared(settings: Settings, command: Sequence[str] = WORKER_COMMAND) -> AsyncIterator[Supervisor]:
    """Listen, have a Valkey, bring the tables up to date; yield a supervisor whose workers can start.

    Raises StartFailed, OSError.
    """
    _make_folders(settings)
    with listening_socket(settings.host, settings.port) as listener:
        async with redis_of(settings) as redis_url:
            port = listener.getsockname()[1]
            resolved = settings.model_copy(update={"port": port, "redis_url": redis_url})
            await _migrate(resolved)
            orders = WorkerOrders(
                settings=resolved,
                listener=listener.fileno(),
                supervisor=os.getpid(),
                embedded_valkey=settings.redis_url is None,
            )
            yield Supervisor(orders, command)


class Supervisor:
    """Keeps as many workers alive as the settings say.

    Failure policy: a worker that dies is replaced at once, the others serve on, and connections wait in the socket's
    backlog meanwhile. One that dies before it is ready is tried again after a growing pause; the fifth time in a row
    all are stopped. Workers that do not stop in time are killed.
    """

    def __init__(self, orders: WorkerOrders, command: Sequence[str]) -> None:
        self.settings = orders.settings
        """Resolved: the real port, a redis URL."""
        self._orders = orders
        self._command = command
        self._workers: list[WorkerProcess] = []
        self._stopping = asyncio.Event()
        self._renewal: asyncio.Task[None] | None = None
        self._metrics = _empty_metrics_folder(orders.settings)

    async def run(self) -> None:
        """Run the workers until cancelled; return or raise when none is left. Raises WorkersFailed, OSError."""
        keepers = [asyncio.create_task(self._keep_one()) for _ in range(self.settings.workers)]
        try:
            await asyncio.wait(keepers, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            self._stop()
            await asyncio.wait(keepers)
        for keeper in keepers:
            keeper.result()

    def renew(self) -> None:
        """Replace the workers, one after the other. Does nothing while that is under way."""
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._replace_all())

    async def _keep_one(self) -> None:
        in_vain = 0
        while not self._stopping.is_set():
            worker, code = await self._run_one()
            if self._stopping.is_set():
                return
            in_vain = 0 if worker.ready.is_set() else in_vain + 1
            if in_vain == STARTS_IN_VAIN:
                reason = worker.reason or f"exit code {code}"
                raise WorkersFailed(f"a worker failed {in_vain} times before it was ready: {reason}")
            logger.warning("worker %d ended with code %d: starting another", worker.pid, code)
            await self._pause(FIRST_PAUSE * 2**in_vain if in_vain else 0)

    async def _run_one(self) -> tuple[WorkerProcess, int]:
        environment = {METRICS_VARIABLE: str(self._metrics)} if self._metrics else {}
        worker = await WorkerProcess.start(self._orders, self._command, environment)
        self._workers.append(worker)
        if self._stopping.is_set():
            worker.terminate()
        code = await worker.finished()
        self._workers.remove(worker)
        if self._metrics:
            multiprocess.mark_process_dead(worker.pid, str(self._metrics))  # type: ignore[no-untyped-call]
        return worker, code

    async def _replace_all(self) -> None:
        for worker in tuple(self._workers):
            worker.terminate()
            while worker in self._workers or not self._complete():  # noqa: ASYNC110  (rare, and plainer than events)
                await asyncio.sleep(POLL_INTERVAL)

    def _complete(self) -> bool:
        return sum(worker.ready.is_set() for worker in self._workers) == self.settings.workers

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    def _stop(self) -> None:
        self._stopping.set()
        if self._renewal is not None:
            self._renewal.cancel()
        for worker in self._workers:
            worker.terminate()


def _make_folders(settings: Settings) -> None:
    """Make the data folder and those storage roots that lie in it: others are an operator's to make. Raises OSError."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    for folder in settings.storage_roots.values():
        if folder.is_relative_to(settings.data_dir):
            folder.mkdir(parents=True, exist_ok=True)


def _empty_metrics_folder(settings: Settings) -> Path | None:
    """Return the folder in which several workers add up their metrics, or None for a single worker. Raises OSError."""
    if settings.workers == 1:
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
