"""After a revocation was answered nothing leaves any more: on all workers, under load, and with Redis in trouble."""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from service.accounts.bootstrap import bootstrap, issue_key
from service.accounts.store import AccountStore
from service.database.engine import migrate, open_engine
from service.database.outbox import OutboxStore
from service.errors import Unavailable
from service.processes.sockets import listening_socket
from service.redis.guard import PATIENCE as REDIS_PATIENCE
from service.settings import Settings
from tests.conftest import DATA, PASSWORD
from tests.faults.proxy import Fault, wire_to

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from tests.conftest import Installation, MortalValkey

CONTENT = {200, 204, 304}
AFTERWARDS = 0.3
"""Seconds for which clients go on asking after the change was answered."""
LATE = 0.35
"""Seconds by which the second worker hears of changes later than the first."""
PATIENCE = 30.0
WORKER = """
import asyncio, socket, sys
from aiohttp import web
from service.api.app import create_app
from service.processes.serving.connections import Runner
from service.processes.loops import ignore_further_signals, run_until_signalled
from service.settings import Settings

async def serve():
    runner = Runner(create_app(Settings.model_validate_json(sys.argv[2])), access_log=None, shutdown_timeout=0)
    await runner.setup()
    try:
        await web.SockSite(runner, socket.socket(fileno=int(sys.argv[1]))).start()
        await asyncio.Event().wait()
    finally:
        ignore_further_signals()
        await runner.cleanup()

run_until_signalled(serve())
"""
CHANGES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "revoke": ("share.link.revoke", {}, {}),
    "rotate": ("share.link.rotate", {}, {}),
    "suspend": ("share.link.suspend", {}, {}),
    "narrow the permission": ("share.link.update", {"permission": "view"}, {"permission": "download"}),
    "new password": ("share.link.update", {"password": "quite another password"}, {}),
    "revoke a named key": ("share.key.revoke", {}, {}),
}


@dataclass(kw_only=True)
class Answer:
    """A status, what was asked for, and when."""

    began: float
    status: int
    what: str


@dataclass(kw_only=True)
class Sharer:
    """Asks the first worker as a sharer does."""

    session: aiohttp.ClientSession
    url: str
    api_key: str

    async def ask(self, operation: str, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.api_key}"}
        async with self.session.post(f"{self.url}/v1/op/{operation}", json=body, headers=headers) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def share(self, item: Any, **fields: Any) -> Any:
        target = {"target_type": "item", "target_id": item["id"]}
        return await self.ask("share.link.create", **target, password=PASSWORD, expires_in_hours=1, **fields)


@dataclass(kw_only=True)
class Recipients:
    """Clients of every worker that ask, with one old key, for all that a link gives."""

    session: aiohttp.ClientSession
    urls: list[str]
    link: Any
    key: str

    metered: bool
    answers: list[Answer] = field(default_factory=list)

    def requests(self) -> list[tuple[str, str, str, dict[str, str]]]:
        """What, method, path and headers; of what is metered, or of what is not: a refused tile makes a worker look."""
        page, tile = f"/s/{self.link['token']}", f"/s/{self.link['token']}/8/72/110.png"
        shown = {"X-Share-Key": self.key}
        if self.metered:
            known = ("tile by its address alone", "GET", f"{tile}?key={self.key}", {})
            return [("tile", "GET", tile, shown), known, ("preview", "GET", f"{page}/preview.png?size=64", shown)]
        requests: list[tuple[str, str, str, dict[str, str]]] = [
            ("tile that is held", "GET", tile, {"If-None-Match": "*"}),
            ("empty tile", "GET", f"{page}/8/0/0.png", {}),
            ("HEAD of a tile", "HEAD", tile, {}),
            ("TileJSON", "GET", f"{page}/tilejson.json", {}),
            ("info", "GET", f"{page}/info", {}),
            ("profiles", "GET", f"{page}/profiles", {}),
            ("page", "GET", page, {"Accept": "application/json"}),
        ]
        return [(what, method, path, headers | shown) for what, method, path, headers in requests]

    async def hammer(self, url: str, what: str, method: str, path: str, headers: dict[str, str]) -> None:
        while True:
            began = time.monotonic()
            async with self.session.request(method, url + path, headers=headers) as response:
                await response.read()
                self.answers.append(Answer(began=began, status=response.status, what=f"{what} of {url}"))

    async def until_all_have(self, condition: Callable[[Answer], bool]) -> None:
        """Wait until every client of every worker has an answer for which the condition holds."""
        wanted, seen = {f"{what} of {url}" for url in self.urls for what, *_ in self.requests()}, 0
        async with asyncio.timeout(PATIENCE):
            while wanted:
                await asyncio.sleep(0.01)
                wanted -= {answer.what for answer in self.answers[seen:] if condition(answer)}
                seen = len(self.answers)


@contextmanager
def workers(settings: Settings, *redis_urls: str) -> Iterator[list[str]]:
    """Run a worker for each Redis URL, in a process and at an address of its own; yield the addresses."""
    processes, urls = [], []
    try:
        for redis_url in redis_urls:
            with listening_socket("127.0.0.1", 0) as listener:
                urls.append(f"http://127.0.0.1:{listener.getsockname()[1]}")
                orders = settings.model_copy(update={"redis_url": redis_url}).model_dump_json()
                words = ["-c", WORKER, str(listener.fileno()), orders]
                processes.append(subprocess.Popen([sys.executable, *words], pass_fds=[listener.fileno()]))
        yield urls
    finally:
        for process in processes:
            process.send_signal(signal.SIGKILL)
            process.wait()


@pytest.mark.slow
async def test_revocation_linearizable(valkey_url: str, tmp_path: Path) -> None:
    """The second worker hears of each change late, and believes its memory meanwhile."""
    settings = Settings(data_dir=tmp_path, redis_url=valkey_url, bcrypt_cost=4, render_threads=1)
    (tmp_path / "files").mkdir()
    shutil.copy(DATA / "RGB.byte.tif", tmp_path / "files")
    async with open_engine(settings.sql_url) as engine:
        await migrate(engine)
        accounts = AccountStore(engine)
        account = await bootstrap(accounts, organization="O", project="P", email="a@example.org", name="A")
        api_key = await issue_key(accounts, account, "test")
    connector, timeout = aiohttp.TCPConnector(limit=0), aiohttp.ClientTimeout(total=PATIENCE)
    async with (
        wire_to(valkey_url, tmp_path) as wire,
        aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
    ):
        wire.only, wire.fault, wire.delay = b"XREAD", Fault.DELAY, LATE
        with workers(settings, valkey_url, wire.url) as urls:
            sharer = Sharer(session=session, url=urls[0], api_key=api_key)
            item = await sharer.ask("item.create", project_id=account.project_id, root="files", path="RGB.byte.tif")
            for name, (operation, fields, made_with) in CHANGES.items():
                changes = []
                for metered in (True, False):
                    link = await sharer.share(item, **made_with)
                    if operation == "share.key.revoke":
                        made = await sharer.ask("share.key.create", link_id=link["id"], label="A desk")
                        key, body = made["key"], {"key_id": made["id"]}
                    else:
                        opened = await sharer.ask("share.link.validate", token=link["token"], password=PASSWORD)
                        key, body = opened["key"], {"link_id": link["id"], **fields}
                    recipients = Recipients(session=session, urls=urls, link=link, key=key, metered=metered)
                    changes.append(_change_under_load(sharer, recipients, name, operation, body))
                await asyncio.gather(*changes)


async def _change_under_load(
    sharer: Sharer, recipients: Recipients, name: str, operation: str, body: dict[str, Any]
) -> None:
    tasks = [
        asyncio.create_task(recipients.hammer(url, *request))
        for url in recipients.urls
        for request in recipients.requests()
    ]
    try:
        await recipients.until_all_have(lambda answer: answer.status in CONTENT)
        await sharer.ask(operation, **body)
        answered = time.monotonic()
        await recipients.until_all_have(lambda answer: answer.began > answered)
        await asyncio.sleep(AFTERWARDS)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    late = [answer for answer in recipients.answers if answer.began > answered]
    assert [answer for answer in late if answer.status in CONTENT] == [], name
    assert {answer.status for answer in late} <= {401, 404, 410, 503}, name


async def unspread(service: Installation) -> int:
    """How many changes wait in the outbox."""
    engine = service.services.catalogue.items._engine
    return len(await OutboxStore(engine).waiting())


async def status(service: Installation, link: Any, key: str, path: str = "info") -> int:
    response = await service.client.get(f"/s/{link['token']}/{path}", headers={"X-Share-Key": key})
    return int(response.status)


async def key_of(service: Installation, link: Any) -> str:
    opened = await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)
    return str((await opened.json())["key"])


async def test_a_revocation_that_redis_could_not_be_told_is_said_to_spread_and_does(
    install: Callable[..., Awaitable[Installation]], mortal_valkey: MortalValkey
) -> None:
    mortal_valkey.start()
    one, other = [await install(redis_url=mortal_valkey.url, redis_timeout=REDIS_PATIENCE) for _ in range(2)]
    link = await one.add_link()
    key = await key_of(one, link)
    assert await status(other, link, key) == 200
    mortal_valkey.kill()
    response = await one.post("share.link.revoke", link_id=link["id"])
    problem = await response.json()
    assert (response.status, problem["code"]) == (503, "backend_unavailable")
    assert problem["detail"].startswith("The link is revoked, and is still being spread")
    assert int(response.headers["Retry-After"]) >= 1
    assert await unspread(one) == 1
    assert await status(other, link, key) == 410  # it asks SQL
    await asyncio.to_thread(mortal_valkey.start)
    while await unspread(one):
        assert await status(other, link, key) == 410
        await asyncio.sleep(0.02)
    assert await _floor(one, link) == 2
    assert (await one.ask("share.link.revoke", link_id=link["id"]))["already_revoked"]


async def test_what_a_dead_worker_left_behind_is_spread_by_the_next_one(
    install: Callable[..., Awaitable[Installation]],
) -> None:
    one = await install()
    link = await one.add_link()
    stored = await one.services.links.store.get(link["id"])
    assert stored is not None
    await one.services.links.store.save(stored)  # and the worker is killed before it can tell Redis
    assert await unspread(one) == 1
    other = await install()
    async with asyncio.timeout(PATIENCE):
        while await unspread(other):  # noqa: ASYNC110  (nobody tells)
            await asyncio.sleep(0.02)
    assert await _floor(other, link) == 2


async def _floor(service: Installation, link: Any) -> int:
    """The lowest version of the link that the meter serves; -1 where it cannot be asked."""
    try:
        return await service.services.metering.meter.lowest_version(service.account.organization_id, link["id"])
    except Unavailable:
        return -1


async def test_a_revocation_that_redis_loses_again_is_spread_again(
    install: Callable[..., Awaitable[Installation]], mortal_valkey: MortalValkey
) -> None:
    """As when its file is torn, or a replica that lags takes over."""
    mortal_valkey.start()
    one, other = [
        await install(redis_url=mortal_valkey.url, redis_timeout=REDIS_PATIENCE, settle_interval=1000) for _ in range(2)
    ]
    link = await one.add_link()
    key = await key_of(one, link)
    assert await status(other, link, key) == 200
    shutil.copytree(mortal_valkey.folder / "appendonlydir", mortal_valkey.folder / "before")
    await one.ask("share.link.revoke", link_id=link["id"])
    assert await status(other, link, key) == 410
    mortal_valkey.kill()
    shutil.rmtree(mortal_valkey.folder / "appendonlydir")
    shutil.move(mortal_valkey.folder / "before", mortal_valkey.folder / "appendonlydir")
    await asyncio.to_thread(mortal_valkey.start)
    deadline = time.monotonic() + PATIENCE
    while await _floor(one, link) != 2:
        assert time.monotonic() < deadline
        for service in (one, other):
            for path in ("info", "preview.png", "8/72/110.png"):
                assert await status(service, link, key, path) in {410, 503}
    assert await status(other, link, key) == 410
