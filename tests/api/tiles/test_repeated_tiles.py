"""A tile that is asked for again: nothing of what was read of its address before is believed without the checks."""

from __future__ import annotations

import asyncio
import shutil
import time
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from service.api.tiles import tile_plans
from service.api.tiles.tile_path import TILE_PATH
from service.errors import Unavailable
from service.links import admission
from service.links.credentials import verification
from service.redis.guard import PATIENCE
from tests.api.test_main_job import tile_path, tilejson_of
from tests.conftest import DATA, PASSWORD

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import ClientResponse

    from tests.conftest import Installation

OWN = {"Date", "X-Request-ID", "RateLimit", "RateLimit-Remaining", "RateLimit-Reset"}
"""Headers that differ from answer to answer."""


class RepeatedTile:
    """A tile that is asked for again and again."""

    def __init__(self, service: Installation, path: str) -> None:
        self.service = service
        self.path = path

    async def ask(self, path: str | None = None, **request: Any) -> ClientResponse:
        """Ask for the tile, or for another one; return the whole answer."""
        response = await self.service.client.get(path or self.path, **request)
        await response.read()
        return response


@pytest.fixture
async def shared(service: Installation) -> tuple[Installation, Any, RepeatedTile]:
    """A link, and a tile of it that was sent twice: rendered, then cached."""
    return await share(service)


async def share(service: Installation) -> tuple[Installation, Any, RepeatedTile]:
    link = await service.add_link(max_zoom=20)
    tilejson = await tilejson_of(service, link)
    tile = RepeatedTile(service, tile_path(tilejson["tiles"][0], tilejson))
    assert [(await tile.ask()).status for _ in range(2)] == [200, 200]
    return service, link, tile


def told(response: ClientResponse) -> dict[str, str]:
    """The headers that are alike in all answers of a tile."""
    return {name: value for name, value in response.headers.items() if name not in OWN}


async def test_an_address_that_is_spelled_otherwise_is_answered_alike(
    shared: tuple[Installation, Any, RepeatedTile],
) -> None:
    service, _, tile = shared
    before = await service.usage()
    plain, escaped = await tile.ask(), await tile.ask(tile.path.replace(".png", "%2Epng"))
    leaving = await tile.ask(headers={"Connection": "close"})
    assert [one.status for one in (plain, escaped, leaving)] == [200, 200, 200]
    assert await escaped.read() == await plain.read() == await leaving.read()
    assert told(escaped) == told(plain) == {k: v for k, v in told(leaving).items() if k != "Connection"}
    usage = await service.usage()
    counted = [usage[unit] - before[unit] for unit in ("renders", "cached", "bytes")]
    assert counted == [3, 3, 3 * len(await plain.read())]


async def test_a_request_id_that_is_given_is_kept(shared: tuple[Installation, Any, RepeatedTile]) -> None:
    _, _, tile = shared
    for given, kept in (("given-0123456789", True), ("no good", False)):
        response = await tile.ask(headers={"X-Request-ID": given})
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
async def test_what_headers_say_goes_before_the_address(
    shared: tuple[Installation, Any, RepeatedTile], headers: dict[str, str], status: int
) -> None:
    _, _, tile = shared
    assert (await tile.ask(headers=headers)).status == status
    assert (await tile.ask()).status == 200


async def test_a_changed_letter_finds_nothing(shared: tuple[Installation, Any, RepeatedTile]) -> None:
    _, link, tile = shared
    path, _, key = tile.path.partition("?key=")
    token = str(link["token"])
    for forged in (
        f"{path}?key={key[:-1]}{'A' if key[-1] != 'A' else 'B'}",
        f"{path}?key={key.swapcase()}",
        f"{path.replace(token, token.swapcase())}?key={key}",
        f"{path}?Key={key}",
    ):
        response = await tile.ask(forged)
        assert response.status in {401, 404}, forged


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("share.link.revoke", "share_revoked"),
        ("share.link.suspend", "share_suspended"),
        ("share.link.rotate", "share_not_found"),
    ],
)
async def test_a_change_of_the_link_is_told_at_once(
    shared: tuple[Installation, Any, RepeatedTile], operation: str, code: str
) -> None:
    service, link, tile = shared
    await service.ask(operation, link_id=link["id"])
    response = await tile.ask()
    assert (await response.json())["code"] == code


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
    shared: tuple[Installation, Any, RepeatedTile], fields: dict[str, Any], code: str
) -> None:
    service, link, tile = shared
    await service.ask("share.link.update", link_id=link["id"], **fields)
    tilejson = await tilejson_of(service, link) if "password" not in fields else None
    path = tile_path(tilejson["tiles"][0], tilejson, 8) if tilejson and code != "permission_denied" else None
    headers = {"Origin": "https://page.example"}
    answers = [await tile.ask(path, headers=headers) for _ in range(3)]
    assert (await answers[-1].json())["code"] == code


async def test_a_worker_that_has_not_heard_of_a_revocation_is_stopped_by_the_meter(
    install: Callable[..., Awaitable[Installation]],
) -> None:
    first, second = await install(), await install()
    link = await first.add_link()
    tilejson = await tilejson_of(first, link)
    tile = RepeatedTile(second, tile_path(tilejson["tiles"][0], tilejson))
    await tile.ask()
    record = second.services.records.links.cached(link["id"])
    await first.ask("share.link.revoke", link_id=link["id"])
    second.services.records.links.cached = lambda _: record  # type: ignore[method-assign,assignment]
    response = await tile.ask()
    problem = await response.json()
    assert (response.status, problem["code"]) == (410, "share_revoked")
    assert problem["request_id"] == response.headers["X-Request-ID"]
    assert response.headers["Access-Control-Allow-Origin"] == "*"


async def test_a_key_that_has_expired_is_refused_however_often_it_was_good(
    shared: tuple[Installation, Any, RepeatedTile], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, tile = shared

    tomorrow = SimpleNamespace(now=lambda zone: datetime.now(zone) + timedelta(hours=25))
    monkeypatch.setattr(verification, "datetime", tomorrow)
    monkeypatch.setattr(admission, "time", SimpleNamespace(time=lambda: time.time() + 25 * 3600))
    response = await tile.ask()
    assert (response.status, (await response.json())["code"]) == (401, "key_expired")


async def test_a_replaced_file_has_new_tiles(shared: tuple[Installation, Any, RepeatedTile]) -> None:
    service, _, tile = shared
    before = (await tile.ask()).headers["ETag"]
    shutil.copy(DATA / "RGB.byte.tif", service.root / "new.tif")
    (service.root / "new.tif").rename(service.root / "RGB.byte.tif")
    await asyncio.sleep(1.1)
    assert (await tile.ask()).headers["ETag"] != before


async def test_the_rate_counts_repeated_tiles_too(install: Callable[..., Awaitable[Installation]]) -> None:
    service = await install(rate_tiles=5)
    link = await service.add_link()
    tilejson = await tilejson_of(service, link)
    tile = RepeatedTile(service, tile_path(tilejson["tiles"][0], tilejson))
    answers = [await tile.ask() for _ in range(6)]
    assert [response.status for response in answers] == [200, 200, 200, 200, 429, 429]
    assert (await answers[-1].json())["code"] == "rate_limited"


async def test_without_the_meter_nothing_is_sent(install: Callable[..., Awaitable[Installation]]) -> None:
    service, _, tile = await share(await install(redis_timeout=PATIENCE))

    async def fails(*_: object) -> tuple[bool, str]:
        raise ConnectionError

    service.services.metering.meter._counters.meter = fails  # type: ignore[method-assign]
    response = await tile.ask()
    problem = await response.json()
    assert (response.status, problem["code"]) == (503, "metering_unavailable")
    assert service.services.metering.in_flight.number == 0


async def test_the_memory_of_addresses_is_bounded(service: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    assert service.client.app is not None
    path_of_tiles = service.client.app[TILE_PATH]
    path_of_tiles.plans = plans = tile_plans.Plans(service.services.links.tokens, service.services.links.key_signer, 2)
    link = await service.add_link()
    tilejson = await tilejson_of(service, link)
    tile = RepeatedTile(service, tile_path(tilejson["tiles"][0], tilejson))
    for number in range(20, 32):
        assert (await tile.ask(f"{tile.path}&n={number}")).status == 200
    assert [query[-2:] for *_, query in plans.known] == ["30", "31"]
    assert [address[-2:] for address in plans.tiles] == [str(number) for number in range(22, 32)]
    for refused in (f"{tile.path}&long={'x' * 600}", tile.path.replace("key=", "key=x"), f"{tile.path}x"):
        await tile.ask(refused)
    assert [query[-2:] for *_, query in plans.known] == ["30", "31"]
    assert len(plans.tiles) == 10


def neighbours(path: str) -> list[str]:
    """The addresses of the tiles around a tile."""
    token, z, x, rest = path.removeprefix("/s/").split("/", 3)
    y, end = rest.split(".", 1)
    steps = [(dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if (dx, dy) != (0, 0)]
    return [f"/s/{token}/{z}/{int(x) + dx}/{int(y) + dy}.{end}" for dx, dy in steps]


async def test_the_other_tiles_of_a_map_are_each_rendered_and_counted_once(
    shared: tuple[Installation, Any, RepeatedTile],
) -> None:
    service, link, tile = shared
    tilejson = await tilejson_of(service, link)
    middle = tile_path(tilejson["tiles"][0], tilejson, tilejson["maxzoom"])
    assert (await tile.ask(middle)).status == 200
    before = await service.usage()
    first = [await tile.ask(path) for path in neighbours(middle)]
    usage = await service.usage()
    sent = [response for response in first if response.status == 200]
    assert len(sent) >= 3
    assert {response.status for response in first} <= {200, 204}
    assert usage["renders"] - before["renders"] == len(sent)
    assert usage["cached"] == before["cached"]
    for response in first:
        again = await tile.ask(str(response.url.path_qs))
        assert await again.read() == await response.read()
        assert told(again) == told(response)


async def test_another_size_format_or_query_is_another_map(shared: tuple[Installation, Any, RepeatedTile]) -> None:
    _, _, tile = shared
    others = (".png", "@2x.png", ".jpg", ".webp", "@2x.webp")
    answers = [await tile.ask(tile.path.replace(".png", other)) for other in (*others, *others)]
    assert [answer.content_type for answer in answers[:5]] == [
        f"image/{kind}" for kind in ("png", "png", "jpeg", "webp", "webp")
    ]
    assert len({answer.headers["ETag"] for answer in answers}) == 5
    assert [answer.headers["ETag"] for answer in answers[:5]] == [answer.headers["ETag"] for answer in answers[5:]]


async def test_a_zoom_that_is_not_shared_is_refused_on_a_map(shared: tuple[Installation, Any, RepeatedTile]) -> None:
    _, link, tile = shared
    rest = tile.path.split(".", 1)[1]
    response = await tile.ask(f"/s/{link['token']}/21/1/1.{rest}")
    assert (response.status, (await response.json())["code"]) == (403, "permission_denied")
    for wrong in ("5/40/1", "31/1/1", "05/1/1", "5/+1/1", "5/1/1%2e0"):
        assert (await tile.ask(f"/s/{link['token']}/{wrong}.{rest}")).status in {204, 422}


async def test_an_empty_tile_of_a_map_is_counted_once_by_the_rate_and_never_by_the_meter(
    install: Callable[..., Awaitable[Installation]],
) -> None:
    service = await install(rate_tiles=5)
    link = await service.add_link()
    tilejson = await tilejson_of(service, link)
    path = tile_path(tilejson["tiles"][0], tilejson)
    tile = RepeatedTile(service, path)
    await tile.ask()
    rest = path.split(".", 1)[1]
    answers = [await tile.ask(f"/s/{link['token']}/9/{x}/3.{rest}") for x in range(5)]
    assert [response.status for response in answers] == [204] * 3 + [429] * 2
    assert (await service.usage())["renders"] == 1


async def test_a_failure_on_a_map_is_told_and_not_counted(shared: tuple[Installation, Any, RepeatedTile]) -> None:
    service, _, tile = shared
    before = (await service.usage())["renders"]

    async def fails(*_: object) -> None:
        raise Unavailable("backend_unavailable", "Away.", retry_after=1)

    service.services.images.tiles.get = fails  # type: ignore[method-assign,assignment]
    for path in neighbours(tile.path)[:3]:
        response = await tile.ask(path)
        assert (response.status, (await response.json())["code"]) == (503, "backend_unavailable")
        assert response.headers["Retry-After"] == "1"
    assert (await service.usage())["renders"] == before
    assert service.services.metering.in_flight.number == 0


async def test_the_metrics_hear_of_repeated_tiles(shared: tuple[Installation, Any, RepeatedTile]) -> None:
    service, _, tile = shared
    for _ in range(5):
        await service.client.get(tile.path)
    text = await (await service.client.get("/metrics")).text()
    line = 'tilegate_requests_total{method="GET",route="/s/{token}/{z}/{x}/{name}",status="200"}'
    assert f"{line} 7.0" in text
    assert 'tilegate_request_seconds_count{route="/s/{token}/{z}/{x}/{name}"} 7.0' in text


async def test_a_text_that_is_drawn_from_now_on_is_on_the_repeated_tile_too(
    shared: tuple[Installation, Any, RepeatedTile],
) -> None:
    service, link, tile = shared
    plain = await tile.ask()
    pictures = [await plain.read()]
    for text in ("For ACME", "For others", None):
        await service.ask("share.link.update", link_id=link["id"], watermark=text)
        first, again = await tile.ask(), await tile.ask()
        pictures.append(await first.read())
        assert await again.read() == pictures[-1]
        assert again.headers["ETag"] == first.headers["ETag"]
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
    tile = RepeatedTile(service, tile_path(tilejson["tiles"][0], tilejson))
    path = tile.path
    seen = set()
    for more in ("", "&bidx=1", "&bidx=1&rescale=0,50", "&bidx=1&rescale=0,50&colormap_name=viridis"):
        first, again = await tile.ask(path + more), await tile.ask(path + more)
        assert await again.read() == await first.read()
        seen.add(again.headers["ETag"])
    assert len(seen) == 4
