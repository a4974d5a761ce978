"""What callers are told of their limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.conftest import Installation

NAMES = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")


async def test_answers_say_what_is_left(install: Callable[..., Awaitable[Installation]]) -> None:
    service = await install(rate_list=2)
    seen = [await service.post("share.link.list") for _ in range(3)]
    assert [one.status for one in seen] == [200, 200, 429]
    assert [tuple(one.headers[name] for name in NAMES[:2]) for one in seen] == [("2", "1"), ("2", "0"), ("2", "0")]
    reset = int(seen[2].headers["RateLimit-Reset"])
    assert 0 < reset <= 60
    assert seen[2].headers["Retry-After"] == str(reset)
    assert seen[0].headers["RateLimit-Policy"] == '"list";q=2;w=60'
    assert seen[2].headers["RateLimit"] == f'"list";r=0;t={reset}'
    assert "RateLimit-Remaining" in seen[0].headers["Access-Control-Expose-Headers"]

    limits = await service.ask("limits.get")
    assert limits["caller"] == service.account.user_id
    assert (limits["classes"]["list"]["limit"], limits["classes"]["list"]["remaining"]) == (2, 0)
    assert limits["classes"]["create"]["remaining"] == 30
    assert (limits["classes"]["read"]["limit"], limits["classes"]["read"]["remaining"]) == (300, 299)
    assert limits["classes"]["tiles"] == {
        "limit": 6000,
        "window_seconds": 60,
        "remaining": None,
        "reset_seconds": None,
        "counted": "tiles and other calls by a link's address, for each link and client",
    }
    assert limits["caps"]["preview_pixels"] == 2048


async def test_addresses_of_a_link_say_what_is_left(install: Callable[..., Awaitable[Installation]]) -> None:
    service = await install(rate_tiles=3)
    link = await service.add_link()
    opened = await (
        await service.post("share.link.validate", {}, token=link["token"], password="correct horse battery")
    ).json()
    tile = await service.client.get(f"/s/{link['token']}/8/72/110.png?key={opened['key']}")
    assert (tile.status, tile.headers["RateLimit-Limit"], tile.headers["RateLimit-Remaining"]) == (200, "3", "1")
    info = await service.client.get(f"/s/{link['token']}/info?key={opened['key']}")
    assert (info.status, info.headers["RateLimit-Remaining"]) == (200, "0")
    over = await service.client.get(f"/s/{link['token']}/info?key={opened['key']}")
    assert (over.status, over.headers["RateLimit-Remaining"]) == (429, "0")
    assert "Retry-After" in over.headers
    unknown = await service.client.get(f"/s/{'A' * 44}/info")
    assert "RateLimit-Limit" not in unknown.headers
