"""Keys that have a name: given to one, listed, used like any key, and ended one by one on every worker."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from service.errors import Unauthenticated
from service.links.admission import Client, Credential
from tests.api.test_main_job import tile_path
from tests.api.tiles.test_repeated_tiles import RepeatedTile
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.conftest import Installation

ORIGIN = "https://desk.example"


async def add_key(service: Installation, link: Any, label: str = "A desk", **fields: Any) -> Any:
    return await service.ask("share.key.create", link_id=link["id"], label=label, **fields)


async def keys_of(service: Installation, link: Any) -> list[Any]:
    return list((await service.ask("share.key.list", link_id=link["id"]))["keys"])


async def code_of(service: Installation, path: str, **headers: str) -> str:
    response = await service.client.get(path, headers=headers)
    return str((await response.json())["code"]) if response.status != 200 else "ok"


def key_in(url: str) -> str:
    return parse_qs(urlsplit(url).query)["key"][0]


def local(service: Installation, url: str) -> str:
    return url.removeprefix(service.settings.base_url)


async def test_a_named_key_opens_and_stays_the_only_key(service: Installation) -> None:
    link = await service.add_link()
    made = await add_key(service, link, "QGIS in the office")
    other = await add_key(service, link, "Ann")
    assert (made["label"], made["status"], made["last_used_at"]) == ("QGIS in the office", "active", None)
    assert made["expires_at"][:23] == link["expires_at"][:23]
    assert [("key" in key, key["id"]) for key in await keys_of(service, link)] == [
        (False, made["id"]),
        (False, other["id"]),
    ]
    page = f"/s/{link['token']}"
    tilejson = await (await service.client.get(local(service, made["tilejson_url"]))).json()
    shown = await (await service.client.get(f"{page}?key={made['key']}", headers={"Accept": "application/json"})).json()
    validated = await (
        await service.post("share.link.validate", {"X-Share-Key": made["key"]}, token=link["token"])
    ).json()
    given = [key_in(tilejson["tiles"][0]), shown["key"], shown["client_key"], validated["key"]]
    given += [key_in(validated["urls"]["tilejson"]), key_in(validated["targets"][0]["urls"]["tiles"])]
    assert given == [made["key"]] * 6, "no other key comes of it, or revoking it would leave that one"
    assert validated["key_expires_at"] == made["expires_at"]
    assert validated["view_count"] == 0

    tile = RepeatedTile(service, tile_path(tilejson["tiles"][0], tilejson))
    before = await service.usage()
    assert (await tile.ask()).headers["X-Metered"] == "1"
    await tile.ask()
    assert (await service.usage())["renders"] >= before["renders"] + 2
    listed = await keys_of(service, link)
    assert listed[0]["last_used_at"] is not None
    assert listed[1]["last_used_at"] is None

    authorizer, shown_key = service.services.links.authorizer, Credential(key=made["key"])
    admission = await authorizer.admit(link["token"], shown_key, Client(address="192.0.2.1"))
    await authorizer.confirm_again(admission)
    done = await service.ask("share.key.revoke", key_id=made["id"])
    assert (done["ok"], done["already_revoked"]) == (True, False)
    response = await tile.ask()
    assert (response.status, (await response.json())["code"]) == (401, "key_invalid")
    for path in (f"{page}/tilejson.json", f"{page}/info", f"{page}/preview.png"):
        assert await code_of(service, f"{path}?key={made['key']}") == "key_invalid"
        assert await code_of(service, f"{path}?key={other['key']}") == "ok"
    with pytest.raises(Unauthenticated, match="revoked"):
        await authorizer.confirm_again(admission)  # as a download does while it is sent
    again = await service.ask("share.key.revoke", key_id=made["id"])
    assert (again["already_revoked"], again["effective_at"]) == (True, done["effective_at"])
    assert [key["status"] for key in await keys_of(service, link)] == ["revoked", "active"]
    await service.ask("share.link.update", link_id=link["id"], password="quite another password")
    assert [key["status"] for key in await keys_of(service, link)] == ["revoked", "ended"]
    assert await code_of(service, f"{page}/info?key={other['key']}") == "key_invalid"


async def test_another_worker_refuses_a_revoked_key_before_it_heard_of_it(
    install: Callable[..., Awaitable[Installation]],
) -> None:
    first, second = await install(), await install()
    link = await first.add_link()
    made, other = await add_key(first, link), await add_key(first, link, "other")
    tilejson = await (await second.client.get(local(first, made["tilejson_url"]))).json()
    tile = RepeatedTile(second, tile_path(tilejson["tiles"][0], tilejson))
    await tile.ask()
    await tile.ask()
    record = second.services.records.links.cached(link["id"])
    await first.ask("share.key.revoke", key_id=made["id"])
    second.services.records.links.cached = lambda _: record  # type: ignore[method-assign,assignment]
    response = await tile.ask()
    assert (response.status, (await response.json())["code"]) == (401, "key_invalid")
    path = tile.path.partition("?")[0]
    assert await code_of(second, f"{path}?key={made['key']}", **{"If-None-Match": "*"}) == "key_invalid"
    assert await code_of(second, f"{path}?key={other['key']}") == "ok"
    assert (await second.client.get(path, headers={"X-Share-Password": PASSWORD})).status == 200


async def test_a_key_may_be_bound_to_web_origins(service: Installation) -> None:
    link = await service.add_link(allowed_origins=[ORIGIN, "https://other.example"])
    bound, free = await add_key(service, link, allowed_origins=[ORIGIN]), await add_key(service, link)
    tile = RepeatedTile(service, f"/s/{link['token']}/8/72/110.png?key={bound['key']}")
    for origin, key, code in (
        (ORIGIN, bound, "ok"),
        ("https://other.example", bound, "origin_not_allowed"),
        ("https://other.example", free, "ok"),
        ("https://third.example", free, "origin_not_allowed"),
    ):
        path = f"/s/{link['token']}/info?key={key['key']}"
        assert await code_of(service, path, Origin=origin) == code
    for _ in range(3):
        response = await tile.ask(headers={"Origin": ORIGIN})
        assert response.status == 200
    response = await tile.ask(headers={"Origin": "https://other.example"})
    assert response.status == 403


async def test_what_cannot_be_a_key_is_refused(install: Callable[..., Awaitable[Installation]]) -> None:
    service = await install(allow_open_ended_links=True)
    item = await service.add_item()
    link = await service.add_link(item)
    end = datetime.fromisoformat(link["expires_at"])
    for fields, field in (
        ({"label": " "}, "label"),
        ({"lifetime": 3600, "expires_at": end.isoformat()}, "lifetime"),
        ({"expires_at": (end + timedelta(hours=1)).isoformat()}, "expires_at"),
        ({"expires_at": (datetime.now(UTC) - timedelta(hours=1)).isoformat()}, "expires_at"),
        ({"allowed_origins": ["desk.example"]}, "allowed_origins.0"),
        ({"lifetime": 1}, "lifetime"),
    ):
        problem = await (await service.post("share.key.create", link_id=link["id"], **{"label": "x", **fields})).json()
        assert problem["field"] == field, problem
    short = await add_key(service, link, lifetime=60)
    assert datetime.fromisoformat(short["expires_at"]) < datetime.now(UTC) + timedelta(seconds=61)
    assert (await add_key(service, link, lifetime=10**8))["expires_at"][:23] == link["expires_at"][:23]
    endless = await service.add_link(item, expires_in_hours=None)
    year = datetime.fromisoformat((await add_key(service, endless))["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=364) < year < timedelta(days=366)
    for operation, fields in (
        ("share.key.revoke", {"key_id": "key_of_nobody"}),
        ("share.key.list", {"link_id": "lnk_x"}),
    ):
        assert (await service.post(operation, **fields)).status == 404
    await service.ask("share.link.revoke", link_id=link["id"])
    problem = await (await service.post("share.key.create", link_id=link["id"], label="x")).json()
    assert problem["code"] == "link_not_active"
