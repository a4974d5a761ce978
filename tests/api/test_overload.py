"""Refusals in overload: told soon, told alike however the tile is asked for, held for who asks again at once."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp.test_utils import make_mocked_request

from service.api.brake import AT_ONCE, BRAKE, Brake
from service.api.tiles.tile_path import TILE_PATH
from service.identifiers import OURS, Flow
from tests.api.test_main_job import tile_path, tilejson_of
from tests.conftest import PASSWORD
from tests.crowd import Crowd, run_crowd

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from tests.conftest import Installation

pytestmark = pytest.mark.security

ONES_OWN = {"Date", "X-Request-ID", "Retry-After"}


class Full:
    """A service whose one thread is busy, and whose places are all taken by one link; and a map of it."""

    def __init__(self, service: Installation, link: Any, path: str) -> None:
        self.service, self.link, self.path = service, link, path
        self.may_end = threading.Event()
        self._tasks: list[asyncio.Task[object]] = []

    async def fill(self) -> None:
        """Take all places on behalf of the link."""
        pool, flow = self.service.services.threads.render, Flow(self.service.account.organization_id, self.link["id"])
        self._tasks = [asyncio.create_task(pool.run(lambda: self.may_end.wait(60), OURS))]
        await asyncio.sleep(0)
        self._tasks += [asyncio.create_task(pool.run(lambda: None, flow)) for _ in range(2)]
        await asyncio.sleep(0)
        assert pool.refuses(flow)

    async def empty(self) -> None:
        """Let all go."""
        self.may_end.set()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def any_tile(self) -> str:
        """The address of the tiles of the same map, as clients fill it in: none of them is in a cache."""
        return f"/s/{self.link['token']}/{{z}}/{{x}}/{{y}}.{self.path.split('.', 1)[1]}"

    def other_tile(self) -> str:
        """The address of a tile of the same map that is in no cache."""
        rest = self.path.split(".", 1)[1]
        z, x, y = self.path.split("/")[3:6]
        return f"/s/{self.link['token']}/{int(z) + 1}/{2 * int(x)}/{2 * int(y.split('.')[0])}.{rest}"


@asynccontextmanager
async def full_service(install: Callable[..., Awaitable[Installation]], **changes: object) -> AsyncIterator[Full]:
    """Yield a service all of whose places one link has."""
    service = await install(
        render_threads=1, render_queue=2, render_wait=60, render_timeout=60, rate_tiles=10**9, **changes
    )
    link = await service.add_link()
    tilejson = await tilejson_of(service, link)
    path = tile_path(tilejson["tiles"][0], tilejson)
    for _ in range(3):
        assert (await service.client.get(path)).status == 200
    filled = Full(service, link, path)
    await filled.fill()
    yield filled
    await filled.empty()


@pytest.fixture
async def full(install: Callable[..., Awaitable[Installation]]) -> AsyncIterator[Full]:
    """A service all of whose places one link has."""
    async with full_service(install) as filled:
        yield filled


async def test_a_refusal_tells_the_same_however_the_tile_is_asked_for(full: Full) -> None:
    client, path = full.service.client, full.other_tile()
    plain = await client.get(path, headers={"X-Request-ID": "asked-one"})
    escaped = await client.get(
        path.replace(".png", "%2Epng"), headers={"X-Request-ID": "asked-two", "If-None-Match": '"another"'}
    )
    assert plain.status == escaped.status == 503
    assert plain.headers["X-Request-ID"] == "asked-one"
    assert (await plain.json(content_type=None)) | {"request_id": ""} == (await escaped.json(content_type=None)) | {
        "request_id": ""
    }
    assert json.loads(await plain.read())["request_id"] == "asked-one"
    told = [{name: value for name, value in one.headers.items() if name not in ONES_OWN} for one in (plain, escaped)]
    for name in ("RateLimit", "RateLimit-Remaining"):  # one of them came before
        assert (told[0].pop(name) != told[1].pop(name)) is True
    assert told[0] == told[1]
    assert 1 <= int(plain.headers["Retry-After"]) <= 3


async def test_what_is_in_the_cache_is_sent_while_the_link_is_full(full: Full) -> None:
    assert (await full.service.client.get(full.path)).status == 200
    held = (await full.service.client.get(full.path)).headers["ETag"]
    assert (await full.service.client.get(full.path, headers={"If-None-Match": held})).status == 304


async def test_another_link_is_served_though_one_is_full(full: Full) -> None:
    other = await full.service.add_link({"id": full.link["target_id"]})
    path = f"/s/{other['token']}/preview.png?size=64"
    answer = asyncio.create_task(full.service.client.get(path, headers={"X-Share-Password": PASSWORD}))
    await asyncio.sleep(0.1)
    full.may_end.set()
    assert (await answer).status == 200


@pytest.mark.slow
async def test_a_refusal_costs_under_a_fifth_of_a_millisecond(
    install: Callable[..., Awaitable[Installation]], record_property: Callable[[str, object], None]
) -> None:
    """CPU of all between the parsed request and its answer's bytes; and, for the record, with sockets and HTTP."""
    async with full_service(install, refusal_hold=0) as full:
        app = full.service.client.app
        assert app is not None
        path = full.other_tile()
        costs = list[float]()
        for _ in range(20):
            await full.service.client.get(path)  # so that file and records were looked at within the last second
            asked = [make_mocked_request("GET", path, headers={"User-Agent": "a client"}) for _ in range(50)]
            began = time.process_time()
            for request in asked:
                answering = app[TILE_PATH].by_address(request)
                assert answering is not None
                assert (await answering).status == 503
            costs.append((time.process_time() - began) / len(asked))
        each = min(costs)  # a neighbour on the same core doubles what a processor's second is worth
        began = time.process_time()
        crowd = await run_crowd(Crowd(base=str(full.service.client.make_url("")), path=full.any_tile(), clients=50))
        whole = (time.process_time() - began) / crowd.statuses["503"]
    record_property("a refusal", f"{each * 1000:.3f} ms of CPU, {whole * 1000:.3f} ms with HTTP and sockets")
    assert set(crowd.statuses) == {"503"}
    assert each < 0.0002


@pytest.mark.slow
async def test_fifty_who_ask_again_at_once_cost_a_fraction_of_a_processor(
    install: Callable[..., Awaitable[Installation]], record_property: Callable[[str, object], None]
) -> None:
    async with full_service(install) as full:
        began = time.process_time()
        crowd = await run_crowd(Crowd(base=str(full.service.client.make_url("")), path=full.any_tile(), clients=50))
        cpu = (time.process_time() - began) / 5
    record_property("fifty who retry", f"{crowd.statuses['503'] / 5:.0f} refusals a second, {cpu:.1%} of a processor")
    assert crowd.statuses["503"] / 5 < 50 / 0.5 + AT_ONCE
    assert cpu < 0.2


@pytest.mark.parametrize(
    ("change", "status"),
    [
        pytest.param(lambda path: path.replace("key=", "key=x"), 401, id="another key"),
        pytest.param(lambda path: path.split("?", maxsplit=1)[0], 401, id="no key"),
        pytest.param(lambda path: path.replace("/s/", "/s/x"), 404, id="another token"),
    ],
)
async def test_who_is_not_admitted_is_told_nothing_of_the_queue(
    full: Full, change: Callable[[str], str], status: int
) -> None:
    assert (await full.service.client.get(change(full.other_tile()))).status == status


async def test_refusals_are_counted_and_noted(full: Full) -> None:
    service = full.service
    before = (await service.usage())["renders"]
    for _ in range(3):
        assert (await service.client.get(full.other_tile())).status == 503
    text = await (await service.client.get("/metrics")).text()
    assert 'tilegate_requests_total{method="GET",route="/s/{token}/{z}/{x}/{name}",status="503"} 3.0' in text
    assert 'tilegate_errors_total{code="overloaded"} 3.0' in text
    assert (await service.usage())["renders"] == before
    await service.services.events.log.flush()
    events = (await service.ask("share.link.events", link_id=full.link["id"]))["events"]
    assert [(event["kind"], event["count"]) for event in events if event["status"] == 503] == [("tiles", 3)]


async def test_who_asks_again_at_once_is_held_and_others_are_not(full: Full) -> None:
    path, client = full.other_tile(), full.service.client
    assert client.app is not None
    brake = client.app[BRAKE]
    asked = [asyncio.create_task(client.get(path)) for _ in range(AT_ONCE + 5)]
    async with asyncio.timeout(30):
        while sum(task.done() for task in asked) < AT_ONCE:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert brake.held > 0
    assert (await client.get(full.path)).status == 200
    assert {(await task).status for task in asked} == {503}
    assert brake.held == 0


def test_the_brake_lets_so_many_refusals_of_a_link_a_second_go_at_once() -> None:
    now = 0.0
    brake = Brake(1.0, lambda: now)
    assert [brake.seconds("a") for _ in range(AT_ONCE)] == [0.0] * AT_ONCE
    assert all(0.5 <= brake.seconds("a") <= 1 for _ in range(5))
    assert brake.seconds("b") == 0
    now = 0.5
    assert [brake.seconds("a") for _ in range(AT_ONCE // 2)] == [0.0] * (AT_ONCE // 2)
    assert brake.seconds("a") > 0
    now = 60.0
    assert [brake.seconds("a") for _ in range(AT_ONCE)] == [0.0] * AT_ONCE


async def test_more_than_so_many_are_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.api.brake.MOST_HELD", 3)
    brake = Brake(30.0)
    tasks = [asyncio.create_task(brake.hold("a")) for _ in range(AT_ONCE + 8)]
    for _ in range(3):
        await asyncio.sleep(0)
    assert (brake.held, sum(task.done() for task in tasks)) == (3, AT_ONCE + 5)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert brake.held == 0


async def test_a_worker_whose_threads_are_all_stuck_is_not_ready(
    install: Callable[..., Awaitable[Installation]],
) -> None:
    service = await install(render_threads=1, render_timeout=0.05)
    may_end = threading.Event()
    work = asyncio.create_task(service.services.threads.render.run(lambda: may_end.wait(20)))
    await asyncio.gather(work, return_exceptions=True)
    answer = await service.client.get("/readyz")
    assert (answer.status, (await answer.json())["renders"]) == (503, "stuck")
    assert "tilegate_render_threads_stuck 1.0" in await (await service.client.get("/metrics")).text()
    may_end.set()
    async with asyncio.timeout(30):
        while (await service.client.get("/readyz")).status != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
