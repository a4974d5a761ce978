"""What is answered while Redis or SQL is away, and that the service finds them again by itself."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import mercantile
import pytest

from service.links.records.record_cache import RecordCache
from tests.conftest import PASSWORD
from tests.faults.proxy import Fault, Wire, proxy_to
from tests.valkeys import TcpValkey

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from aiohttp import ClientResponse

    from tests.conftest import Installation
    from tests.postgres import PostgresServer

BUSY = 6.0
"""Seconds that a machine busy with other tests may add; what waits without a deadline waits for a minute and longer."""
TOLD_WITHIN = 1.0 + BUSY
SQL_TOLD_WITHIN = 3.0 + BUSY
"""Finding a connection of the pool silent and waiting for one of the pool, at worst."""
HEALED_WITHIN = 3.0 + BUSY
AT_ONCE = 40
BELIEVED_SILENT = 2.5
"""Seconds of patience with Redis: more than a busy machine holds up what is there, and less than an outage may take."""


class Map:
    """A recipient who has a key, and loads tiles."""

    def __init__(self, service: Installation, link: Any, paths: list[str]) -> None:
        self.service = service
        self.link = link
        self.paths = paths
        self.told_within = TOLD_WITHIN
        self.sent = 0
        self.refused = 0

    async def load(self, path: str) -> int:
        """Load a tile and return the status; a refusal must be told well and soon."""
        begin = time.monotonic()
        response = await self.service.client.get(path)
        body = await response.read()
        if response.status == 200:
            assert body
            assert response.headers["X-Metered"] == "1"
            self.sent += 1
        else:
            await assert_told(response, begin, self.told_within)
            self.refused += 1
        return response.status

    async def burst(self) -> Counter[int]:
        """Load many tiles at once."""
        paths = [self.paths[n % len(self.paths)] for n in range(AT_ONCE)]
        return Counter(await asyncio.gather(*map(self.load, paths)))

    async def heal(self) -> float:
        """Load tiles until there is one; return the seconds."""
        begin = time.monotonic()
        while await self.load(self.paths[0]) != 200:
            assert time.monotonic() - begin < HEALED_WITHIN
            await asyncio.sleep(0.02)
        return time.monotonic() - begin


async def assert_told(response: ClientResponse, begin: float, within: float = TOLD_WITHIN) -> None:
    assert response.status == 503, await response.text()
    assert response.content_type == "application/problem+json"
    assert int(response.headers["Retry-After"]) >= 1
    assert (await response.json())["code"] in {"metering_unavailable", "backend_unavailable"}
    assert time.monotonic() - begin < within, (await response.json(), within)


async def open_map(service: Installation) -> Map:
    """Share a raster and look at all its tiles of one zoom."""
    item = await service.add_item()
    link = await service.add_link(item)
    response = await service.client.get(f"/s/{link['token']}/tilejson.json", headers={"X-Share-Password": PASSWORD})
    template = urlsplit((await response.json())["tiles"][0])
    tiles = mercantile.tiles(*item["bounds"], item["maxzoom"])
    words = [{"{z}": str(tile.z), "{x}": str(tile.x), "{y}": str(tile.y)} for tile in tiles]
    paths = [f"{template.path}?{template.query}" for _ in words]
    for n, word in enumerate(words):
        for name, value in word.items():
            paths[n] = paths[n].replace(name, value)
    opened = Map(service, link, [])
    for path in paths:
        response = await service.client.get(path)
        if response.status == 200:
            opened.paths.append(path)
            opened.sent += 1
    assert opened.paths
    return opened


async def until_ready(service: Installation) -> None:
    async with asyncio.timeout(HEALED_WITHIN):
        while (await ready(service))[0] != 200:  # noqa: ASYNC110  (what it waits for tells nobody)
            await asyncio.sleep(0.05)


async def checks(service: Installation) -> Any:
    """What readiness says."""
    return (await ready(service))[1]


async def ready(service: Installation) -> tuple[int, Any]:
    response = await service.client.get("/readyz")
    return response.status, await response.json()


def slow(way: str) -> object:
    return pytest.param(way, marks=pytest.mark.slow)


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[TcpValkey]:
    server = TcpValkey(folder=tmp_path / "valkey")
    server.start()
    yield server
    server.kill()


class Outage:
    """A way for a server behind a proxy to be away."""

    def __init__(self, name: str, proxy: Wire, valkey: TcpValkey | None = None) -> None:
        self.name = name
        self.proxy = proxy
        self.valkey = valkey

    async def begin(self) -> None:
        """Take the server away."""
        if self.name == "killed":
            assert self.valkey is not None
            self.valkey.kill()
        elif self.name == "stopped":
            assert self.valkey is not None
            self.valkey.freeze()
        elif self.name == "black hole":
            self.proxy.fault = Fault.SILENCE
        else:
            self.proxy.fault = Fault.REFUSE
            await self.proxy.cut()

    async def end(self) -> None:
        """Bring it back."""
        if self.name == "killed":
            assert self.valkey is not None
            self.valkey.start()
        elif self.name == "stopped":
            assert self.valkey is not None
            self.valkey.thaw()
        else:
            await self.proxy.cut()
            self.proxy.fault = Fault.NONE


async def look_around_without_redis(service: Installation, loaded: Map) -> None:
    """See what else is answered: what needs no counter goes on, from SQL, and the rest is told."""
    token, key = loaded.link["token"], loaded.paths[0].partition("?")[2]
    begin = time.monotonic()
    assert await ready(service) == (503, {**await checks(service), "redis": "failed", "sql": "ok"})
    assert (await service.client.get("/healthz")).status == 200
    tilejson = await service.client.get(f"/s/{token}/tilejson.json?{key}")
    assert (tilejson.status, tilejson.headers["X-Metered"]) == (200, "0")
    assert (await service.post("share.link.get", link_id=loaded.link["id"])).status in {200, 503}
    unlock = await service.client.post(f"/s/{token}/unlock", data={"password": PASSWORD})
    assert (unlock.status, unlock.content_type, unlock.headers["Retry-After"]) == (503, "text/html", "1")
    assert time.monotonic() - begin < TOLD_WITHIN
    begin = time.monotonic()
    await assert_told(await service.post("share.link.validate", token=token, password=PASSWORD), begin)
    other = await service.add_link({"id": loaded.link["target_id"]})
    begin = time.monotonic()
    await assert_told(await service.post("share.link.revoke", link_id=other["id"]), begin)


@pytest.mark.parametrize("way", ["killed", slow("stopped"), slow("black hole")])
async def test_redis_outage(install: Callable[..., Awaitable[Installation]], valkey: TcpValkey, way: str) -> None:
    async with proxy_to(valkey.port) as (proxy, port):
        url = f"redis://127.0.0.1:{port}" if way == "black hole" else valkey.url
        service = await install(redis_url=url, redis_timeout=BELIEVED_SILENT)
        outage, loaded = Outage(way, proxy, valkey), await open_map(service)
        assert (await service.usage())["renders"] == loaded.sent
        await outage.begin()
        assert set(await loaded.burst()) == {503}
        assert set(await loaded.burst()) == {503}
        await look_around_without_redis(service, loaded)
        await outage.end()
        assert await loaded.heal() < HEALED_WITHIN
        await until_ready(service)
        assert set(await loaded.burst()) == {200}
        assert loaded.sent <= (await service.usage())["renders"] <= loaded.sent + loaded.refused


RECORDS_LIVE = 3.0
"""Instead of the minute."""


@pytest.fixture
def short_lived_records(monkeypatch: pytest.MonkeyPatch) -> None:
    lived = partial(RecordCache, lifetime=RECORDS_LIVE, refresh_after=RECORDS_LIVE / 8)
    monkeypatch.setattr("service.composition.links.RecordCache", lived)


@pytest.mark.parametrize("way", [slow("refused"), "black hole"])
async def test_sql_outage(
    install: Callable[..., Awaitable[Installation]],
    postgres_server: PostgresServer,
    short_lived_records: None,
    way: str,
) -> None:
    database = postgres_server.create_database().rpartition("@/")[2].partition("?")[0]
    async with proxy_to(postgres_server.folder / ".s.PGSQL.5432") as (proxy, port):
        url = f"postgresql+asyncpg://postgres@127.0.0.1:{port}/{database}"
        service = await install(database_url=url, settle_interval=1)
        outage, loaded = Outage(way, proxy), await open_map(service)
        loaded.told_within = SQL_TOLD_WITHIN
        await outage.begin()
        gone = time.monotonic()
        assert set(await loaded.burst()) == {200}
        await assert_sharers_are_told(service, loaded)
        assert await ready(service) == (503, {**await checks(service), "redis": "ok", "sql": "failed"})
        await asyncio.sleep(RECORDS_LIVE + 0.2 - (time.monotonic() - gone))
        assert set(await loaded.burst()) == {503}
        await outage.end()
        assert await loaded.heal() < HEALED_WITHIN
        await until_ready(service)
        assert (await service.usage())["renders"] == loaded.sent


async def assert_sharers_are_told(service: Installation, loaded: Map) -> None:
    """See that whoever needs SQL hears it soon, however many there are."""
    begin = time.monotonic()
    ask = partial(service.post, "share.link.get", link_id=loaded.link["id"])
    for response in await asyncio.gather(*(ask() for _ in range(AT_ONCE // 2))):
        await assert_told(response, begin, SQL_TOLD_WITHIN)
    begin = time.monotonic()
    await assert_told(await service.post("share.link.revoke", link_id=loaded.link["id"]), begin)
