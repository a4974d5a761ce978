"""Every answer to a tile leaves the same traces, however often its address was asked for before."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from service.delivery.images.tile_cache import TileKey
from tests.api.test_main_job import tile_path, tilejson_of

if TYPE_CHECKING:
    import pytest

    from tests.conftest import Installation

RATE = {"RateLimit", "RateLimit-Policy", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"}


async def path_of(service: Installation, link: Any, zoom: int | None = None) -> str:
    """The address of a tile of a link, with a key in it."""
    tilejson = await tilejson_of(service, link)
    return tile_path(tilejson["tiles"][0], tilejson, *([] if zoom is None else [zoom]))


def around(path: str) -> list[str]:
    """The addresses of a tile and of those around it."""
    token, z, x, rest = path.removeprefix("/s/").split("/", 3)
    y, end = rest.split(".", 1)
    return [f"/s/{token}/{z}/{int(x) + dx}/{int(y) + dy}.{end}" for dx in (-1, 0, 1) for dy in (-1, 0, 1)]


async def test_a_link_at_its_limit_notes_the_refusal_and_logs_its_link(
    service: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    link = await service.add_link(max_renders=2)
    path = await path_of(service, link)
    with caplog.at_level(logging.INFO, "service.access"):
        statuses = [(await service.client.get(path)).status for _ in range(4)]
    assert statuses == [200, 200, 410, 410]
    await service.services.events.log.flush()
    events = (await service.ask("share.link.events", link_id=link["id"]))["events"]
    told = {(event["kind"], event["status"]): event["count"] for event in events}
    assert told["denied", 410] == 2
    lines = [record.getMessage() for record in caplog.records if "/{z}/{x}/{name}" in record.getMessage()]
    assert len(lines) == 4
    assert all(f"link={link['id']}" in line for line in lines), lines


async def test_every_tile_says_what_is_left_of_the_rate(service: Installation) -> None:
    link = await service.add_link()
    path, left = await path_of(service, link), list[int]()
    for headers in ({}, {}, {}, {"If-None-Match": "*"}, {"X-Share-Password": "wrong password"}):
        answer = await service.client.get(path, headers=headers)
        assert set(answer.headers) >= RATE, (answer.status, headers)
        left.append(int(answer.headers["RateLimit-Remaining"]))
    assert left == [left[0], left[0] - 1, left[0] - 2, left[0] - 3, left[0] - 3]


async def test_after_an_update_of_its_link_a_map_is_looked_up_once_and_not_for_each_tile(
    service: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = await service.add_link()
    tilejson = await tilejson_of(service, link)
    paths = around(tile_path(tilejson["tiles"][0], tilejson, tilejson["maxzoom"]))
    for path in [*paths, *paths]:
        assert (await service.client.get(path)).status in {200, 204}
    await service.ask("share.link.update", link_id=link["id"], description="Told otherwise")
    made = list[TileKey]()
    original = TileKey.__post_init__

    def counted(key: TileKey) -> None:
        made.append(key)
        original(key)

    monkeypatch.setattr(TileKey, "__post_init__", counted)
    for path in paths:
        assert (await service.client.get(path)).status in {200, 204}
        await asyncio.sleep(0)
    assert len(made) <= 1
