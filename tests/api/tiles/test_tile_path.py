"""What a tile waits for, once its link and its password were seen."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import mercantile
from sqlalchemy import event

from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from tests.conftest import Installation


def tiles_of(item: Any) -> Iterator[mercantile.Tile]:
    """The tiles of an item at its highest zoom."""
    return iter(mercantile.tiles(*item["bounds"], item["maxzoom"]))


class Statements:
    """Counts the SQL statements of a service."""

    def __init__(self, service: Installation) -> None:
        self.count = 0
        event.listen(service.services.catalogue.items._engine.sync_engine, "before_cursor_execute", self._executed)

    def _executed(self, *_: object) -> None:
        self.count += 1


IN_METER = 2
"""HMGET that `meter.lua` runs itself: they are counted like those of clients."""


async def commands(service: Installation) -> dict[str, int]:
    """How often each Redis command was run."""
    stats = await service.services.redis.info("commandstats")
    ignored = {"cmdstat_info", "cmdstat_xread", "cmdstat_xrevrange", "cmdstat_hget", "cmdstat_hset", "cmdstat_exists"}
    return {name: row["calls"] for name, row in stats.items() if name not in ignored}


async def test_a_tile_asks_redis_once_and_neither_sql_nor_bcrypt(
    install: Callable[..., Awaitable[Installation]], monkeypatch: Any
) -> None:
    service = await install(settle_interval=1000)
    item = await service.add_item()
    link = await service.add_link(item)
    tiles = tiles_of(item)
    headers = {"X-Share-Password": PASSWORD}
    preview = await service.client.get(f"/s/{link['token']}/preview.png", headers=headers)
    assert preview.headers["X-Metered"] == "1"  # the first that is counted asks for the organization's time zone

    async def no_bcrypt(*_: object) -> bool:
        raise AssertionError("bcrypt was asked")

    monkeypatch.setattr(service.services.links.passwords.__class__, "check", no_bcrypt)
    statements, before = Statements(service), await commands(service)
    sent = 0
    for _ in range(5):
        tile = next(tiles)
        response = await service.client.get(f"/s/{link['token']}/{tile.z}/{tile.x}/{tile.y}.png", headers=headers)
        sent += response.status == 200
    after = await commands(service)
    spent = {name: calls - before.get(name, 0) for name, calls in after.items() if calls != before.get(name, 0)}
    assert sent > 0
    looks = {"cmdstat_hmget": 5 - sent + sent * IN_METER}  # of empty tiles, which are not metered, at their link
    assert spent == {"cmdstat_evalsha": sent, **looks}
    assert statements.count == 0


async def test_a_forged_token_costs_no_backend_anything(service: Installation) -> None:
    await service.add_link()
    statements, before = Statements(service), await commands(service)
    for number in range(20):
        response = await service.client.get(
            f"/s/{number:044d}/5/1/1.png", headers={"X-Share-Password": f"guess number {number}"}
        )
        assert response.status == 404
    assert await commands(service) == before
    assert statements.count == 0


async def test_many_at_once_are_counted_one_by_one(service: Installation) -> None:
    item = await service.add_item()
    link = await service.add_link(item)
    headers = {"X-Share-Password": PASSWORD}

    async def load(tile: mercantile.Tile) -> int:
        path = f"/s/{link['token']}/{tile.z}/{tile.x}/{tile.y}.jpg"
        response = await service.client.get(path, headers=headers)
        return len(await response.read()) if response.status == 200 else 0

    tiles = [*tiles_of(item)] * 4
    sizes = [size for size in await asyncio.gather(*map(load, tiles)) if size]
    usage = await service.usage()
    assert (usage["renders"], usage["bytes"], usage["views"]) == (len(sizes), sum(sizes), 1)
