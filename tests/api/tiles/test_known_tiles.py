"""A tile that is asked for again: the fast way answers as the ordinary one, and never where that would not."""

from __future__ import annotations

import asyncio
import shutil
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from service.api.tiles import known_maps, known_tiles
from service.api.tiles.known_tiles import KNOWN_TILES
from service.errors import Unavailable
from tests.api.test_main_job import tile_path, tilejson_of
from tests.conftest import DATA, PASSWORD

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import ClientResponse

    from tests.conftest import Installation

RATE = {"RateLimit", "RateLimit-Policy", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"}
OWN = {"Date", "X-Request-ID", *RATE}
"""Headers that differ from answer to answer; what is left of the limit is told by the ordinary way alone."""


class Shortcut:
    """Says of each tile whether the fast way answered it."""

    def __init__(self, service: Installation, path: str) -> None:
        assert service.client.app is not None
        self.known = service.client.app[KNOWN_TILES]
        self._service = service
        self._path = path

    async def ask(self, path: str | None = None, **request: Any) -> tuple[ClientResponse, bool]:
        """Ask for the tile; return the answer, and whether it came the fast way."""
        told = list[float]()
        self.known.counts.add = told.append  # type: ignore[method-assign]
        response = await self._service.client.get(path or self._path, **request)
        await response.read()
        return response, bool(told)

    async def fast(self, path: str | None = None, **request: Any) -> ClientResponse:
        """Ask until the answer comes the fast way: where the machine is busy, what is in memory may be too old."""
        for _ in range(100):
            response, is_fast = await self.ask(path, **request)
            if is_fast:
                return response
            assert response.status == 200, await response.text()
            await asyncio.sleep(0.05)
        raise AssertionError("it never came the fast way")


@pytest.fixture
async def shared(service: Installation) -> tuple[Installation, Any, Shortcut]:
    """A link, and a tile of it that was sent twice: rendered, then cached."""
    link = await service.add_link(max_zoom=20)
    tilejson = await tilejson_of(service, link)
    shortcut = Shortcut(service, tile_path(tilejson["tiles"][0], tilejson))
    assert not (await shortcut.ask())[1]
    await shortcut.fast()
    return service, link, shortcut


async def test_the_fast_way_answers_as_the_ordinary_one(shared: tuple[Installation, Any, Shortcut]) -> None:
    service, _, shortcut = shared
    before = await service.usage()
    ordinary, was_fast = await shortcut.ask(headers={"If-None-Match": '"another"'})
    fast, is_fast = await shortcut.ask()
    assert (was_fast, is_fast) == (False, True)
    assert await fast.read() == await ordinary.read()
    assert fast.status == ordinary.status == 200
    told = [{name: value for name, value in one.headers.items() if name not in OWN} for one in (fast, ordinary)]
    assert told[0] == told[1]
    assert {*fast.headers} == {*ordinary.headers} - RATE
    usage = await service.usage()
    counted = [usage[unit] - before[unit] for unit in ("renders", "cached", "bytes")]
    assert counted == [2, 2, 2 * len(await fast.read())]


async def test_a_request_id_that_is_given_is_kept(shared: tuple[Installation, Any, Shortcut]) -> None:
    _, _, shortcut = shared
    for given, kept in (("given-0123456789", True), ("no good", False)):
        response = await shortcut.fast(headers={"X-Request-ID": given})
        assert (response.headers["X-Request-ID"] == given) == kept


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"X-Share-Password": "wrong password"}, 401, id="a wrong password goes before the key"),
        pytest.param({"Authorization": "Basic eDp4eHh4eHh4eA=="}, 401, id="so does Basic"),
        pytest.param({"X-Share-Key": "A" * 68}, 401, id="so does a key in a header"),
        pytest.param({"Authorization": "Bearer tg_nobody"}, 401, id="a Bearer that is sent must be valid"),
        pytest.param({"x-api-key": "tg_nobody"}, 401, id="so must an API key"),
        pytest.param({"X-Share-Password": PASSWORD}, 200, id="the right password"),
        pytest.param({"If-None-Match": "*"}, 304, id="a client that holds it"),
        pytest.param({"Connection": "close"}, 200, id="a client that leaves"),
    ],
)
async def test_what_asks_for_more_takes_the_ordinary_way(
    shared: tuple[Installation, Any, Shortcut], headers: dict[str, str], status: int
) -> None:
    _, _, shortcut = shared
    response, is_fast = await shortcut.ask(headers=headers)
    assert (response.status, is_fast) == (status, False)
    await shortcut.fast()


async def test_a_changed_letter_finds_nothing(shared: tuple[Installation, Any, Shortcut]) -> None:
    _, link, shortcut = shared
    path, _, key = shortcut._path.partition("?key=")
    token = str(link["token"])
    for forged in (
        f"{path}?key={key[:-1]}{'A' if key[-1] != 'A' else 'B'}",
        f"{path}?key={key.swapcase()}",
        f"{path.replace(token, token.swapcase())}?key={key}",
        f"{path}?Key={key}",
    ):
        response, is_fast = await shortcut.ask(forged)
        assert (response.status, is_fast) in {(401, False), (404, False)}, forged


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("share.link.revoke", "share_revoked"),
        ("share.link.suspend", "share_suspended"),
        ("share.link.rotate", "share_not_found"),
    ],
)
async def test_a_change_of_the_link_is_told_at_once(
    shared: tuple[Installation, Any, Shortcut], operation: str, code: str
) -> None:
    service, link, shortcut = shared
    await service.ask(operation, link_id=link["id"])
    response, is_fast = await shortcut.ask()
    assert ((await response.json())["code"], is_fast) == (code, False)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        pytest.param({"password": "quite another password"}, "key_invalid", id="a new password ends the key"),
        pytest.param({"allowed_origins": ["https://other.example"]}, "origin_not_allowed", id="origin"),
        pytest.param({"max_zoom": 1}, "permission_denied", id="zoom"),
        pytest.param({"max_renders": 4}, "limit_reached", id="limit"),
    ],
)
async def test_a_narrowed_link_is_checked_anew(
    shared: tuple[Installation, Any, Shortcut], fields: dict[str, Any], code: str
) -> None:
    service, link, shortcut = shared
    await service.ask("share.link.update", link_id=link["id"], **fields)
    tilejson = await tilejson_of(service, link) if "password" not in fields else None
    path = tile_path(tilejson["tiles"][0], tilejson, 8) if tilejson and code != "permission_denied" else None
    headers = {"Origin": "https://page.example"}
    answers = [await shortcut.ask(path, headers=headers) for _ in range(3)]
    assert (await answers[-1][0].json())["code"] == code


async def test_a_worker_that_has_not_heard_of_a_revocation_is_stopped_by_the_meter(
    install: Callable[..., Awaitable[Installation]],
) -> None:
    first, second = await install(), await install()
    link = await first.add_link()
    tilejson = await tilejson_of(first, link)
    shortcut = Shortcut(second, tile_path(tilejson["tiles"][0], tilejson))
    await shortcut.fast()
    record = second.services.link_records.at_hand(link["id"])
    await first.ask("share.link.revoke", link_id=link["id"])
    second.services.link_records.at_hand = lambda _: record  # type: ignore[method-assign,assignment]
    response, _ = await shortcut.ask()
    told = await response.json()
    assert (response.status, told["code"]) == (410, "share_revoked")
    assert told["request_id"] == response.headers["X-Request-ID"]
    assert response.headers["Access-Control-Allow-Origin"] == "*"


async def test_an_expired_key_is_left_to_the_ordinary_way(
    shared: tuple[Installation, Any, Shortcut], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, shortcut = shared
    later = SimpleNamespace(time=lambda: time.time() + 25 * 3600, perf_counter=time.perf_counter)
    monkeypatch.setattr(known_tiles, "time", later)
    response, is_fast = await shortcut.ask()
    assert (response.status, is_fast) == (200, False)  # the ordinary way has the right time


async def test_a_replaced_file_has_new_tiles(shared: tuple[Installation, Any, Shortcut]) -> None:
    service, _, shortcut = shared
    before = (await shortcut.ask())[0].headers["ETag"]
    shutil.copy(DATA / "RGB.byte.tif", service.root / "new.tif")
    (service.root / "new.tif").rename(service.root / "RGB.byte.tif")
    await asyncio.sleep(1.1)
    response, is_fast = await shortcut.ask()
    assert not is_fast
    assert response.headers["ETag"] != before


async def test_the_rate_counts_both_ways_alike(install: Callable[..., Awaitable[Installation]]) -> None:
    service = await install(rate_tiles=5)
    link = await service.add_link()
    tilejson = await tilejson_of(service, link)
    shortcut = Shortcut(service, tile_path(tilejson["tiles"][0], tilejson))
    answers = [await shortcut.ask() for _ in range(6)]
    assert [response.status for response, _ in answers] == [200, 200, 200, 200, 429, 429]
    assert (await answers[-1][0].json())["code"] == "rate_limited"


async def test_without_the_meter_nothing_is_sent(shared: tuple[Installation, Any, Shortcut]) -> None:
    service, _, shortcut = shared

    async def fails(*_: object) -> tuple[bool, str]:
        raise ConnectionError

    service.services.meter._counters.meter = fails  # type: ignore[method-assign]
    response, is_fast = await shortcut.ask()
    told = await response.json()
    assert (response.status, told["code"], is_fast) == (503, "metering_unavailable", False)
    assert service.services.in_flight.number == 0


async def test_the_memory_is_bounded(service: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_maps, "TILES", 3)
    monkeypatch.setattr(known_maps, "MAPS", 2)
    link = await service.add_link()
    tilejson = await tilejson_of(service, link)
    path = tile_path(tilejson["tiles"][0], tilejson)
    shortcut = Shortcut(service, path)
    for number in range(6):
        await shortcut.ask(f"{path}&n={number}")
    assert list(shortcut.known._known.tiles) == [f"{path}&n={number}" for number in (3, 4, 5)]
    assert [rest[-3:] for _, rest in shortcut.known._known.maps] == ["n=4", "n=5"]
    await shortcut.fast(f"{path}&n=3")
    assert list(shortcut.known._known.tiles) == [f"{path}&n={number}" for number in (4, 5, 3)]
    response, _ = await shortcut.ask(f"{path}&long={'x' * 600}")
    assert response.status == 200
    assert not (await shortcut.ask(f"{path}&long={'x' * 600}"))[1]


def neighbours(path: str) -> list[str]:
    """The addresses of the tiles around a tile."""
    token, z, x, rest = path.removeprefix("/s/").split("/", 3)
    y, end = rest.split(".", 1)
    steps = [(dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if (dx, dy) != (0, 0)]
    return [f"/s/{token}/{z}/{int(x) + dx}/{int(y) + dy}.{end}" for dx, dy in steps]


async def test_another_tile_of_the_map_is_rendered_the_fast_way_as_the_ordinary_one(
    shared: tuple[Installation, Any, Shortcut],
) -> None:
    service, link, shortcut = shared
    tilejson = await tilejson_of(service, link)
    middle = tile_path(tilejson["tiles"][0], tilejson, tilejson["maxzoom"])
    assert not (await shortcut.ask(middle))[1]
    before, fast = await service.usage(), list[Any]()
    for path in neighbours(middle):
        response, is_fast = await shortcut.ask(path)
        if is_fast:
            fast.append(response)
        assert response.status == 200 if is_fast else response.status in {200, 204}
    usage = await service.usage()
    assert len(fast) >= 3
    assert usage["renders"] - before["renders"] >= len(fast)
    assert usage["cached"] == before["cached"]
    for first in fast:
        assert {*first.headers} >= RATE
        again, _ = await shortcut.ask(str(first.url.path_qs), headers={"If-None-Match": '"another"'})
        assert await again.read() == await first.read()
        told = [{name: value for name, value in one.headers.items() if name not in OWN} for one in (first, again)]
        assert told[0] == told[1]


async def test_another_size_format_or_query_is_another_map(shared: tuple[Installation, Any, Shortcut]) -> None:
    _, _, shortcut = shared
    path, query = shortcut._path.split("?")
    for other in (f"{path.replace('.png', '@2x.png')}?{query}", f"{path.replace('.png', '.jpg')}?{query}"):
        first, was_fast = await shortcut.ask(other)
        second, _ = await shortcut.ask(neighbours(shortcut._path)[3].replace(".png", other.split("?")[0][-4:]))
        assert (first.status, was_fast) == (200, False)
        assert second.status in {200, 204}
    assert {rest.split("?")[0] for _, rest in shortcut.known._known.maps} >= {".png", "@2x.png", ".jpg"}


async def test_a_zoom_that_is_not_shared_is_refused_on_a_known_map(shared: tuple[Installation, Any, Shortcut]) -> None:
    _, link, shortcut = shared
    rest = shortcut._path.split(".", 1)[1]
    response, is_fast = await shortcut.ask(f"/s/{link['token']}/21/1/1.{rest}")
    assert (response.status, (await response.json())["code"], is_fast) == (403, "permission_denied", False)
    for wrong in ("5/40/1", "31/1/1", "05/1/1", "5/+1/1", "5/1/1%2e0"):
        response, is_fast = await shortcut.ask(f"/s/{link['token']}/{wrong}.{rest}")
        assert not is_fast
        assert response.status in {204, 422}


async def test_an_empty_tile_of_a_known_map_is_counted_once_by_the_rate_and_never_by_the_meter(
    install: Callable[..., Awaitable[Installation]],
) -> None:
    service = await install(rate_tiles=5)
    link = await service.add_link()
    tilejson = await tilejson_of(service, link)
    path = tile_path(tilejson["tiles"][0], tilejson)
    shortcut = Shortcut(service, path)
    await shortcut.ask()
    rest = path.split(".", 1)[1]
    answers = [await shortcut.ask(f"/s/{link['token']}/9/{x}/3.{rest}") for x in range(5)]
    assert [(response.status, is_fast) for response, is_fast in answers] == [(204, False)] * 3 + [(429, False)] * 2
    assert (await service.usage())["renders"] == 1


async def test_a_failure_on_a_known_map_is_told_and_not_counted(shared: tuple[Installation, Any, Shortcut]) -> None:
    service, _, shortcut = shared
    before = (await service.usage())["renders"]

    async def fails(*_: object) -> None:
        raise Unavailable("backend_unavailable", "Away.", retry_after=1)

    service.services.tiles.get = fails  # type: ignore[method-assign,assignment]
    for path in neighbours(shortcut._path)[:3]:
        response, is_fast = await shortcut.ask(path)
        assert (response.status, (await response.json())["code"], is_fast) == (503, "backend_unavailable", False)
        assert response.headers["Retry-After"] == "1"
    assert (await service.usage())["renders"] == before
    assert service.services.in_flight.number == 0


async def test_the_metrics_hear_of_known_tiles(shared: tuple[Installation, Any, Shortcut]) -> None:
    service, _, shortcut = shared
    del shortcut.known.counts.add  # type: ignore[method-assign]
    for _ in range(5):
        await service.client.get(shortcut._path)
    text = await (await service.client.get("/metrics")).text()
    line = 'tilegate_requests_total{method="GET",route="/s/{token}/{z}/{x}/{name}",status="200"}'
    assert f"{line} 6.0" in text
    assert 'tilegate_request_seconds_count{route="/s/{token}/{z}/{x}/{name}"} 6.0' in text


async def test_a_text_that_is_drawn_from_now_on_is_on_the_known_tile_too(
    shared: tuple[Installation, Any, Shortcut],
) -> None:
    service, link, shortcut = shared
    plain = await shortcut.fast()
    pictures = [await plain.read()]
    for text in ("For ACME", "For others", None):
        await service.ask("share.link.update", link_id=link["id"], watermark=text)
        first, was_fast = await shortcut.ask()
        assert not was_fast
        pictures.append(await first.read())
        fast = await shortcut.fast()
        assert await fast.read() == pictures[-1]
        assert fast.headers["ETag"] == first.headers["ETag"]
    assert len(set(pictures)) == 3
    assert pictures[0] == pictures[-1]


async def test_what_a_recipient_says_of_the_rendering_is_part_of_what_is_known(service: Installation) -> None:
    item = await service.add_item()
    west, south, east, north = item["bounds"]
    middle = (west + east) / 2
    ring = [[west, south], [middle, south], [middle, north], [west, north], [west, south]]
    area = {"type": "Polygon", "coordinates": [ring]}
    link = await service.add_link(item, custom_render=True, area=area)
    tilejson = await tilejson_of(service, link)
    shortcut = Shortcut(service, tile_path(tilejson["tiles"][0], tilejson))
    path = shortcut._path
    seen = set()
    for more in ("", "&bidx=1", "&bidx=1&rescale=0,50", "&bidx=1&rescale=0,50&colormap_name=viridis"):
        ordinary, _ = await shortcut.ask(path + more)
        fast = await shortcut.fast(path + more)
        assert await fast.read() == await ordinary.read()
        seen.add(fast.headers["ETag"])
    assert len(seen) == 4
