"""What a link was used for, and by whom."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.api.test_main_job import tile_path, tilejson_of
from tests.api.tiles.test_repeated_tiles import RepeatedTile
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.conftest import Installation

AGENT = {"User-Agent": "QGIS/3.40"}


async def events_of(service: Installation, link: Any, **fields: Any) -> list[Any]:
    return list((await service.ask("share.link.events", link_id=link["id"], **fields))["events"])


def told(events: list[Any]) -> list[tuple[str, int, int]]:
    return sorted((event["kind"], event["status"], event["count"]) for event in events)


async def test_who_used_a_link_is_told_to_its_owner(install: Callable[..., Awaitable[Installation]]) -> None:
    service = await install(trusted_proxies=["127.0.0.0/8"])
    link = await service.add_link(allowed_origins=["https://maps.example"])
    key = await service.ask("share.key.create", link_id=link["id"], label="Ann's desk")
    page = f"/s/{link['token']}"
    for password in ("a wrong password", PASSWORD):
        await service.client.post(f"{page}/unlock", json={"password": password}, headers=AGENT)
    service.client.session.cookie_jar.clear()
    tilejson = await tilejson_of(service, link)
    tile = RepeatedTile(service, f"{page}/8/72/110.png?key={key['key']}")
    from_there = AGENT | {"X-Forwarded-For": "198.51.100.77"}
    for _ in range(2):
        await tile.ask(headers=from_there)
    await tile.ask(headers=from_there)
    await service.client.get(f"{page}/preview.png", headers={"X-Share-Password": PASSWORD})
    await service.client.get(f"{page}/info?key={key['key']}", headers=AGENT | {"Origin": "https://other.example"})
    await service.client.get(tile_path(tilejson["tiles"][0], tilejson), headers={"X-Share-Key": "A" * 68})
    await service.client.get(f"{page}/info", headers=service.headers)
    await service.client.get(page, headers={"Accept": "text/html"})
    await service.client.get("/s/" + "A" * 44 + "/info")

    events = await events_of(service, link)
    tiles = [event for event in events if event["kind"] == "tiles"]
    assert len(tiles) == 1
    assert tiles[0]["count"] >= 3
    assert (tiles[0]["client"], tiles[0]["user_agent"]) == ("198.51.100.0/24", "QGIS/3.40")
    assert (tiles[0]["key_id"], tiles[0]["key_label"]) == (key["id"], "Ann's desk")
    assert told([event for event in events if event["kind"] != "tiles"]) == [
        ("denied", 401, 1),
        ("denied", 403, 1),
        ("preview", 200, 1),
        ("tilejson", 200, 1),
        ("unlock", 200, 1),
        ("unlock", 401, 1),
    ]
    assert events[-1]["client"] == "127.0.0.0/24"
    assert [event["at"] for event in events] == sorted((event["at"] for event in events), reverse=True)
    assert told(await events_of(service, link, kind="unlock")) == [("unlock", 200, 1), ("unlock", 401, 1)]
    assert {event["kind"] for event in await events_of(service, link, key_id=key["id"])} == {"tiles", "denied"}
    first = await service.ask("share.link.events", link_id=link["id"], limit=4)
    rest = await service.ask("share.link.events", link_id=link["id"], limit=4, cursor=first["next_cursor"])
    assert [*first["events"], *rest["events"]] == events
    assert rest["next_cursor"] is None

    more = await tile.ask(headers=from_there)
    assert more.status == 200
    grown = next(event for event in await events_of(service, link) if event["kind"] == "tiles")
    assert (grown["id"], grown["count"]) == (tiles[0]["id"], tiles[0]["count"] + 1)
    await service.client.get(f"{page}/info?key={key['key']}", headers=from_there)
    other = await install()
    await service.client.close()
    kinds = {event["kind"] for event in await events_of(other, link)}
    assert "info" in kinds, "what a worker saw last is written when it ends"


async def test_the_operator_says_what_is_kept(install: Callable[..., Awaitable[Installation]]) -> None:
    whole, none, off = [
        await install(**settings)
        for settings in ({"event_addresses": "whole"}, {"event_addresses": "none"}, {"event_days": 0})
    ]
    link = await whole.add_link()
    for service in (whole, none, off):
        await tilejson_of(service, link)
        await service.services.events.log.flush()
    assert sorted(event["client"] for event in await events_of(whole, link)) == ["", "127.0.0.1"]


async def test_the_statistics_are_those_of_the_usage(service: Installation) -> None:
    link = await service.add_link(max_views=5)
    unused = await service.ask("share.link.stats", link_id=link["id"], days=2)
    assert (unused["total"]["renders"], unused["last_used_at"], len(unused["days"])) == (0, None, 2)
    tilejson = await tilejson_of(service, link)
    path = tile_path(tilejson["tiles"][0], tilejson)
    for _ in range(3):
        assert (await service.client.get(path)).status == 200
    stats = await service.ask("share.link.stats", link_id=link["id"])
    usage = await service.usage()
    assert stats["total"] == {name: usage[name] for name in stats["total"]}
    assert (stats["total"]["renders"], stats["total"]["views"], stats["remaining_views"]) == (3, 1, 4)
    assert len(stats["days"]) == 30
    assert stats["days"][-1] == {**stats["total"], "day": datetime.now(UTC).date().isoformat()}
    assert {day["renders"] for day in stats["days"][:-1]} == {0}
    assert stats["last_used_at"] is not None
