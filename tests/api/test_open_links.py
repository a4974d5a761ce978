"""Links that need no password: only where the operator allows them, and with every other check as ever."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tests.api.test_main_job import tile_path, tilejson_of
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.conftest import Installation

JSON = {"Accept": "application/json"}
HTML = {"Accept": "text/html"}


async def share(service: Installation, **fields: Any) -> Any:
    return await service.add_link(password=None, **fields)


async def views(service: Installation, link: Any) -> int:
    return int((await service.ask("share.link.get", link_id=link["id"]))["view_count"])


async def test_without_the_operators_word_there_are_none(service: Installation) -> None:
    item = await service.add_item()
    body = {"target_type": "item", "target_id": item["id"], "expires_in_hours": 1, "password": None}
    link = await service.add_link(item)
    for operation, fields in (
        ("share.link.create", body),
        ("share.link.update", {"link_id": link["id"], "password": None}),
    ):
        problem = await (await service.post(operation, **fields)).json()
        assert (problem["code"], problem["field"]) == ("field_missing", "password")


async def test_a_link_without_a_password_opens_with_nothing(install: Callable[..., Awaitable[Installation]]) -> None:
    service = await install(allow_passwordless_links=True, trusted_proxies=["127.0.0.0/8"])
    link = await share(service, allowed_origins=["https://maps.example"])
    assert any("no password" in warning for warning in link["warnings"])
    detail = await service.ask("share.link.get", link_id=link["id"])
    assert (detail["has_password"], detail["view_count"]) == (False, 0)

    page = await service.client.get(f"/s/{link['token']}", headers=HTML)
    text = await page.text()
    assert "data-returning" in text
    assert 'type="password"' not in text
    assert await views(service, link) == 0, "a robot that looks at the page is nobody"
    opened = await (await service.post("share.link.validate", {}, token=link["token"])).json()
    assert opened["view_count"] == 1

    tilejson = await tilejson_of(service, link)
    path = tile_path(tilejson["tiles"][0], tilejson)
    bare = path.partition("?")[0]
    for address, count in (("198.51.100.1", 2), ("198.51.100.2", 3), ("198.51.100.1", 3)):
        headers = {"X-Forwarded-For": address}
        tiles = await asyncio.gather(*(service.client.get(bare, headers=headers) for _ in range(5)))
        assert {(tile.status, tile.headers["X-Metered"]) for tile in tiles} == {(200, "1")}
        assert await views(service, link) == count, "a map without a key is a person"
    assert (await service.client.get(bare, headers={"X-Share-Password": "whatever it is"})).status == 200
    assert (await service.client.get(bare, headers=service.headers)).headers["X-Metered"] == "0"

    for headers, code in (
        ({"X-Share-Key": "A" * 68}, "key_invalid"),
        ({"Origin": "https://other.example"}, "origin_not_allowed"),
    ):
        assert (await (await service.client.get(bare, headers=headers)).json())["code"] == code
    cookie = await service.client.get(f"/s/{link['token']}", headers=JSON | {"Cookie": f"tilegate_key={'A' * 68}"})
    assert cookie.status == 200, "an old cookie does not lock a link that has no lock"
    form = await service.client.post(f"/s/{link['token']}/unlock", data={"password": ""}, allow_redirects=False)
    assert form.status == 303
    service.client.session.cookie_jar.clear()

    key = opened["key"]
    await service.ask("share.link.update", link_id=link["id"], password=PASSWORD)
    assert (await (await service.client.get(bare)).json())["code"] == "password_required"
    assert (await (await service.client.get(bare, headers={"X-Share-Key": key})).json())["code"] == "key_invalid"
    changed = await service.ask("share.link.update", link_id=link["id"], password=None)
    assert not changed["has_password"]

    other = await install()
    refused = await other.client.get(bare)
    assert (await refused.json())["code"] == "permission_denied", "the operator may think otherwise later"


async def test_the_views_of_an_open_link_are_limited_as_any(install: Callable[..., Awaitable[Installation]]) -> None:
    service = await install(allow_passwordless_links=True)
    link = await share(service, max_views=2)
    answers = [await service.post("share.link.validate", {}, token=link["token"]) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 410]
    key = (await answers[0].json())["key"]
    again = await service.post("share.link.validate", {"X-Share-Key": key}, token=link["token"])
    assert ((await again.json())["remaining_views"], again.status) == (0, 200)
