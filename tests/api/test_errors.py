"""Every problem that a caller can be told, each provoked for real."""

from __future__ import annotations

import asyncio
import json
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from service.accounts.api_keys import ALL_SCOPES, Scope
from service.accounts.bootstrap import bootstrap
from service.accounts.members import Role
from service.redis.guard import PATIENCE
from tests.conftest import DATA, PASSWORD

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import ClientResponse

    from tests.conftest import Installation, MortalValkey

HEADERS = {"X-Share-Password": PASSWORD}


async def problem(response: ClientResponse, status: int, code: str, field: str | None = None) -> dict[str, Any]:
    """The problem document of a response, after looking whether it is the one that is expected."""
    assert response.content_type == "application/problem+json", await response.text()
    document: dict[str, Any] = await response.json()
    assert (response.status, document["code"], document.get("field")) == (status, code, field), document
    assert document["status"] == status
    assert document["detail"]
    assert document["request_id"] == response.headers["X-Request-ID"]
    return document


# Bodies


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        pytest.param(b"", "application/json", 400, "body_missing", id="nothing"),
        pytest.param(b"  \n", "application/json", 400, "body_missing", id="white space"),
        pytest.param(b"{nonsense", "application/json", 400, "malformed_json", id="not JSON"),
        pytest.param(b'{"link_id": "\xff"}', "application/json", 400, "malformed_json", id="not UTF-8"),
        pytest.param(b"[" * 60_000, "application/json", 400, "malformed_json", id="deeply nested"),
        pytest.param(b"[]", "application/json", 422, "field_invalid", id="not an object"),
        pytest.param(b'{"link_id": "x"}', "text/plain", 415, "media_type_unsupported", id="not said to be JSON"),
        pytest.param(b"{" + b" " * 400_000, "application/json", 413, "body_too_large", id="too large"),
    ],
)
async def test_bad_bodies(lasting: Installation, body: bytes, content_type: str, status: int, code: str) -> None:
    headers = {**lasting.headers, "Content-Type": content_type}
    response = await lasting.client.post("/v1/op/share.link.get", data=body, headers=headers)
    await problem(response, status, code)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        pytest.param({"target_type": None}, "field_invalid", "target_type", id="null"),
        pytest.param({"target_type": "planet"}, "field_invalid", "target_type", id="unknown choice"),
        pytest.param({"target_id": 7}, "field_invalid", "target_id", id="wrong type"),
        pytest.param({"password": "short"}, "field_invalid", "password", id="short password"),
        pytest.param({"password": "x" * 80}, "field_invalid", "password", id="80-byte password"),
        pytest.param({"password": "é" * 37}, "field_invalid", "password", id="74 bytes in 37 characters"),
        pytest.param({"password": "password123"}, "field_invalid", "password", id="common password"),
        pytest.param({"expires_in_hours": -1}, "field_invalid", "expires_in_hours", id="negative hours"),
        pytest.param({"expires_in_hours": None}, "field_missing", "expires_at", id="no expiry"),
        pytest.param({"expires_at": "2020-01-01T00:00:00Z"}, "field_invalid", "expires_in_hours", id="two expiries"),
        pytest.param(
            {"expires_in_hours": None, "expires_at": "2020-01-01T00:00:00Z"}, "field_invalid", "expires_at", id="past"
        ),
        pytest.param(
            {"expires_in_hours": None, "expires_at": "2999-01-01T00:00:00"}, "field_invalid", "expires_at", id="no zone"
        ),
        pytest.param({"starts_at": "2999-01-01T00:00:00Z"}, "field_invalid", "starts_at", id="starts after its end"),
        pytest.param({"max_renders": True}, "field_invalid", "max_renders", id="a boolean for a number"),
        pytest.param({"max_renders": 0}, "field_invalid", "max_renders", id="no renders at all"),
        pytest.param({"max_bytes": 2**60}, "field_invalid", "max_bytes", id="more than can be counted"),
        pytest.param({"min_zoom": 9, "max_zoom": 3}, "field_invalid", "min_zoom", id="zooms crossed"),
        pytest.param({"profiles": ["nope"]}, "field_invalid", "profiles", id="unknown profile"),
        pytest.param({"allowed_origins": ["example.org"]}, "field_invalid", "allowed_origins.0", id="not an origin"),
        pytest.param({"area": {"type": "Polygon"}}, "field_invalid", "area", id="a limit that is not known"),
    ],
)
async def test_a_refused_field_is_named_and_leaves_no_link(
    lasting: Installation, changes: dict[str, Any], code: str, field: str
) -> None:
    item = await lasting.add_item()
    body = {"target_type": "item", "target_id": item["id"], "password": PASSWORD, "expires_in_hours": 1, **changes}
    document = await problem(await lasting.post("share.link.create", **body), 422, code, field)
    assert PASSWORD not in json.dumps(document)
    links = (await lasting.ask("share.link.list"))["links"]
    assert item["id"] not in {link["target_id"] for link in links}


async def test_a_missing_field_is_named(lasting: Installation) -> None:
    await problem(await lasting.post("share.link.revoke"), 422, "field_missing", "link_id")


@pytest.mark.parametrize("cursor", ["nonsense", "bnVsbA==", "WyIyMDIwIiwgMV0=", "é", "WzEsMl0=" * 20])
async def test_a_made_up_cursor_is_refused(lasting: Installation, cursor: str) -> None:
    await problem(await lasting.post("share.link.list", cursor=cursor), 422, "field_invalid", "cursor")


# Sharers


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer tg_nope"},
        {"Authorization": f"Bearer tg_{'x' * 20}_{'y' * 43}"},
        {"x-api-key": "tg_nope"},
        {"Authorization": "Basic YTpi"},
    ],
)
async def test_a_sharer_must_show_a_known_key(lasting: Installation, headers: dict[str, str]) -> None:
    response = await lasting.post("share.link.list", headers)
    await problem(response, 401, "unauthenticated")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_bearer_of_a_recipient_must_be_valid_too(lasting: Installation) -> None:
    link = await lasting.add_link()
    headers = {"Authorization": "Bearer tg_nope", **HEADERS}
    await problem(await lasting.client.get(f"/s/{link['token']}/info", headers=headers), 401, "unauthenticated")


async def test_a_bearer_of_a_recipient_must_hold_the_scope_too(service: Installation) -> None:
    link = await service.add_link()
    made = await service.ask("api_key.create", label="biller", scopes=["usage:read"])
    headers = {"Authorization": f"Bearer {made['api_key']}", "Accept": "application/json", **HEADERS}
    for path in ("/info", "/tilejson.json", "/preview.png", "/5/1/1.png", ""):
        response = await service.client.get(f"/s/{link['token']}{path}", headers=headers)
        await problem(response, 403, "scope_missing")


async def test_an_api_key_may_come_in_its_own_header(lasting: Installation) -> None:
    assert (await lasting.post("share.link.list", {"x-api-key": lasting.api_key})).status == 200


async def test_a_key_without_the_scope_is_refused(service: Installation) -> None:
    made = await service.ask("api_key.create", label="reader", scopes=["shares:read"])
    reader = {"Authorization": f"Bearer {made['api_key']}"}
    assert (await service.post("share.link.list", reader)).status == 200
    await problem(await service.post("share.link.revoke", reader, link_id="x"), 403, "scope_missing")
    await service.ask("api_key.revoke", api_key_id=made["id"])
    await problem(await service.post("share.link.list", reader), 401, "unauthenticated")


async def other_user(service: Installation, role: Role | None) -> dict[str, str]:
    """Headers of another user of the organization, with a role on its project."""
    accounts = service.services.accounts.store
    user_id = await accounts.create_user("b@example.org", "B")
    if role is not None:
        await accounts.set_member(service.account.project_id, user_id, role)
    _, text = await accounts.create_api_key(
        service.account.organization_id, user_id, label="b", scopes=ALL_SCOPES - {Scope.ADMIN}
    )
    return {"Authorization": f"Bearer {text}"}


async def test_a_viewer_may_look_and_not_share(service: Installation) -> None:
    link = await service.add_link()
    viewer = await other_user(service, Role.VIEWER)
    assert (await service.post("share.link.get", viewer, link_id=link["id"])).status == 200
    await problem(await service.post("share.link.revoke", viewer, link_id=link["id"]), 403, "not_project_editor")
    body = {"target_type": "item", "target_id": link["target_id"], "password": PASSWORD, "expires_in_hours": 1}
    await problem(await service.post("share.link.create", viewer, **body), 403, "not_project_editor")


async def test_who_is_no_member_is_let_into_nothing(service: Installation) -> None:
    link = await service.add_link()
    stranger = await other_user(service, None)
    await problem(await service.post("share.link.get", stranger, link_id=link["id"]), 401, "unauthenticated")
    await problem(await service.post("share.link.list", stranger), 401, "unauthenticated")


async def test_another_organization_sees_nothing(service: Installation) -> None:
    link = await service.add_link()
    accounts = service.services.accounts.store
    other = await bootstrap(accounts, organization="Other", project="P", email="c@example.org", name="C")
    _, text = await accounts.create_api_key(other.organization_id, other.user_id, label="c", scopes=ALL_SCOPES)
    headers = {"Authorization": f"Bearer {text}"}
    await problem(await service.post("share.link.revoke", headers, link_id=link["id"]), 404, "share_not_found")
    usage = await service.post("usage.current", headers, organization_id=service.account.organization_id)
    await problem(usage, 404, "organization_not_found")
    project = await service.post("member.list", headers, project_id=service.account.project_id)
    await problem(project, 404, "project_not_found")


async def test_unknown_things(lasting: Installation) -> None:
    body = {"target_type": "item", "target_id": "nope", "password": PASSWORD, "expires_in_hours": 1}
    await problem(await lasting.post("share.link.create", **body), 404, "target_not_found")
    await problem(await lasting.post("share.nothing"), 404, "operation_not_found")
    await problem(await lasting.client.get("/nowhere"), 404, "route_not_found")
    await problem(await lasting.client.delete("/healthz"), 405, "method_not_allowed")


async def test_a_revoked_link_is_not_changed(lasting: Installation) -> None:
    link = await lasting.add_link()
    await lasting.ask("share.link.revoke", link_id=link["id"])
    await problem(await lasting.post("share.link.update", link_id=link["id"], name="x"), 409, "link_not_active")


# Registering


@pytest.mark.parametrize(
    "path",
    ["../../etc/passwd", "/etc/passwd", "a/../../x", "nope.tif", "/", "..", "x\0", "a" * 2000, "link.tif", "loop.tif"],
)
async def test_a_path_outside_its_root_is_not_there(lasting: Installation, path: str) -> None:
    for name, target in (("link.tif", "/etc/passwd"), ("loop.tif", "loop.tif")):
        (lasting.root / name).unlink(missing_ok=True)
        (lasting.root / name).symlink_to(target)
    body = {"project_id": lasting.account.project_id, "root": "files", "path": path}
    document = await problem(await lasting.post("item.create", **body), 422, "field_invalid", "path")
    assert str(lasting.root) not in json.dumps(document)


async def test_an_unknown_root_is_told_with_those_that_are(lasting: Installation) -> None:
    body = {"project_id": lasting.account.project_id, "root": "nope", "path": "x"}
    document = await problem(await lasting.post("item.create", **body), 422, "field_invalid", "root")
    assert "files" in document["detail"]


async def test_a_corrupt_raster_is_refused_with_a_reason(service: Installation) -> None:
    shutil.copy(DATA / "corrupt.tif", service.root)
    body = {"project_id": service.account.project_id, "root": "files", "path": "corrupt.tif"}
    document = await problem(await service.post("item.create", **body), 422, "field_invalid", "path")
    assert "cannot be shared" in document["detail"]
    assert str(service.root) not in json.dumps(document)
    assert (await service.ask("item.list"))["items"] == []


@pytest.mark.parametrize(
    ("profile", "field"),
    [
        ({"id": "Ä"}, "id"),
        ({"bands": [0]}, "bands"),
        ({"rescale": [["nan", 1]]}, "rescale"),
        ({"rescale": [[5, 5]]}, "rescale"),
        ({"colormap": "no-such-map"}, "colormap"),
        ({"expression": "__import__('os')"}, "expression"),
    ],
)
async def test_a_wrong_profile_is_refused_with_its_field(
    lasting: Installation, profile: dict[str, Any], field: str
) -> None:
    item = await lasting.add_item()
    whole = {"id": "a", "label": "A", "kind": "raw", "bands": [] if "expression" in profile else [1], **profile}
    response = await lasting.post("item.profiles.set", item_id=item["id"], profiles=[whole])
    document = await response.json()
    assert (response.status, document["code"]) == (422, "field_invalid")
    assert field in document["field"]


# Recipients


@pytest.mark.parametrize("change", [0, 10, 30, 43])
async def test_a_forged_token_is_like_an_unknown_one(lasting: Installation, change: int) -> None:
    token = (await lasting.add_link())["token"]
    forged = token[:change] + ("A" if token[change] != "A" else "B") + token[change + 1 :]
    answers = []
    for text in (forged, "x" * 44, "short", "..%2f..%2fetc", "é", "x" * 5000):
        for path in ("", "/info", "/tilejson.json", "/5/1/1.png", "/preview.png"):
            response = await lasting.client.get(f"/s/{text}{path}", headers={"Accept": "application/json", **HEADERS})
            assert response.status == 404, (text, path)
            document = await response.json()
            answers.append((document["code"], document["detail"]))
    assert set(answers) <= {
        ("share_not_found", "There is no such link."),
        ("route_not_found", "There is nothing at this address."),
    }


async def test_a_recipient_must_show_the_password_or_a_key(lasting: Installation) -> None:
    link, other = await lasting.add_link(), await lasting.add_link()
    info = f"/s/{link['token']}/info"
    asked = await lasting.client.get(info)
    await problem(asked, 401, "password_required")
    assert asked.headers["WWW-Authenticate"].startswith("Basic")
    by_a_page = await lasting.client.get(info, headers={"Sec-Fetch-Mode": "cors"})
    assert "WWW-Authenticate" not in by_a_page.headers
    in_url = await lasting.client.get(info, params={"password": PASSWORD})
    await problem(in_url, 401, "password_required")
    await problem(await lasting.client.get(info, headers={"X-Share-Password": "wrong one"}), 401, "password_invalid")
    await problem(await lasting.client.get(info, params={"key": "nonsense"}), 401, "key_invalid")
    opened = await (await lasting.post("share.link.validate", {}, token=other["token"], password=PASSWORD)).json()
    await problem(await lasting.client.get(info, params={"key": opened["key"]}), 401, "key_invalid")
    assert (await lasting.client.get(info, headers={"Authorization": "Basic YTpjb3JyZWN0IGhvcnNlIGJhdHRlcnk="})).ok


async def test_a_key_ends_when_its_time_has_come(install: Callable[..., Awaitable[Installation]]) -> None:
    service = await install(default_key_lifetime=0.2)
    link = await service.add_link()
    opened = await (await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)).json()
    await asyncio.sleep(0.3)
    response = await service.client.get(f"/s/{link['token']}/info", params={"key": opened["key"]})
    await problem(response, 401, "key_expired")


async def test_states_go_before_passwords(lasting: Installation) -> None:
    item, now = await lasting.add_item(), datetime.now(UTC)
    later = (now + timedelta(hours=1)).isoformat()
    expired = await lasting.add_link(item)
    scheduled = await lasting.add_link(starts_at=later)
    revoked = await lasting.add_link()
    await lasting.ask("share.link.revoke", link_id=revoked["id"])
    await lasting.expire(expired)
    for link, code in ((expired, "share_expired"), (scheduled, "share_not_started"), (revoked, "share_revoked")):
        for headers in (HEADERS, {"X-Share-Password": "wrong one"}, {}):
            response = await lasting.client.get(f"/s/{link['token']}/5/1/1.png", headers=headers)
            await problem(response, 410, code)


@pytest.mark.parametrize(
    ("tile", "code", "field"),
    [
        ("5/32/1.png", "tile_address_invalid", "x"),
        ("5/1/32.png", "tile_address_invalid", "y"),
        ("31/1/1.png", "tile_address_invalid", "z"),
        ("-1/0/0.png", "tile_address_invalid", "z"),
        ("5/1/1.5.png", "format_unsupported", "format"),
        ("5/x/1.png", "tile_address_invalid", "x"),
        ("9" * 5000 + "/1/1.png", "tile_address_invalid", "z"),
        ("5/1/%D9%A1.png", "tile_address_invalid", "y"),
        ("5/1/1.bmp", "format_unsupported", "format"),
        ("5/1/1", "format_unsupported", "format"),
        ("5/1/1@3x.png", "format_unsupported", "format"),
    ],
)
async def test_an_impossible_tile(lasting: Installation, tile: str, code: str, field: str) -> None:
    link = await lasting.add_link()
    response = await lasting.client.get(f"/s/{link['token']}/{tile}", headers=HEADERS)
    await problem(response, 422, code, field)


async def test_an_impossible_tile_by_operation(lasting: Installation) -> None:
    link = await lasting.add_link()
    opened = {"token": link["token"], "password": PASSWORD}
    render = {"z": 5, "x": 1, "y": 1, **opened}
    await problem(await lasting.post("share.tile.render", {}, **{**render, "x": 99}), 422, "tile_address_invalid", "x")
    await problem(
        await lasting.post("share.tile.render", {}, **{**render, "x": 10**400}), 422, "tile_address_invalid", "x"
    )
    await problem(await lasting.post("share.tile.render", {}, **{**render, "x": "a"}), 422, "field_invalid", "x")
    await problem(await lasting.post("share.tile.render", {}, **render, tilesize=300), 422, "field_invalid", "tilesize")
    gif = await lasting.post("share.tile.render", {}, **render, format="gif")
    await problem(gif, 422, "format_unsupported", "format")
    unknown = await lasting.post("share.tile.render", {}, **render, profile="x")
    await problem(unknown, 404, "profile_not_found", "profile")


async def test_a_link_shares_the_zooms_and_profiles_that_it_names(service: Installation) -> None:
    item = await service.add_item("shade.tif")
    ids = [profile["id"] for profile in item["profiles"]]
    zoom = item["minzoom"] + 1
    link = await service.add_link(item, min_zoom=zoom, max_zoom=zoom, profiles=ids[:1])
    tilejson = await (await service.post("share.tilejson", {}, token=link["token"], password=PASSWORD)).json()
    assert (tilejson["minzoom"], tilejson["center"][2], tilejson["maxzoom"]) == (zoom, zoom, zoom)
    for other in (zoom - 1, zoom + 1):
        response = await service.client.get(f"/s/{link['token']}/{other}/1/1.png", headers=HEADERS)
        await problem(response, 403, "permission_denied", "z")
    forbidden = await service.client.get(f"/s/{link['token']}/{zoom}/1/1.png?profile={ids[-1]}", headers=HEADERS)
    assert forbidden.status == (404 if len(ids) > 1 else 204)


async def test_only_allowed_origins_may_use_a_link(lasting: Installation) -> None:
    link = await lasting.add_link(allowed_origins=["https://maps.example.org"])
    info = f"/s/{link['token']}/info"
    assert (await lasting.client.get(info, headers={**HEADERS, "Origin": "https://maps.example.org"})).status == 200
    assert (await lasting.client.get(info, headers=HEADERS)).status == 200
    for name in ("Origin", "Referer"):
        evil = await lasting.client.get(info, headers={**HEADERS, name: "https://evil.example.com"})
        await problem(evil, 403, "origin_not_allowed")


async def test_a_file_has_no_tiles(lasting: Installation) -> None:
    (lasting.root / "notes.txt").write_text("hello")
    item = await lasting.ask("item.create", project_id=lasting.account.project_id, root="files", path="notes.txt")
    assert (item["kind"], item["profiles"]) == ("text", [])
    link = await lasting.add_link(item)
    for path in ("5/1/1.png", "info", "tilejson.json", "preview.png"):
        response = await lasting.client.get(f"/s/{link['token']}/{path}", headers=HEADERS)
        assert (response.status, (await response.json())["code"]) == (404, "profile_not_found")


async def test_a_target_that_is_gone_or_broken(service: Installation) -> None:
    link = await service.add_link()
    path = f"/s/{link['token']}/preview.png"
    assert (await service.client.get(path, headers=HEADERS)).status == 200
    (service.root / "RGB.byte.tif").write_bytes(b"II*\0 not a raster any more")
    await asyncio.sleep(1.1)
    await problem(await service.client.get(path, headers=HEADERS), 502, "source_unreadable")
    (service.root / "RGB.byte.tif").unlink()
    await asyncio.sleep(1.1)
    await problem(await service.client.get(path, headers=HEADERS), 410, "target_gone")


# Limits and outages


async def test_more_calls_than_a_minute_allows(install: Callable[..., Awaitable[Installation]]) -> None:
    service = await install(rate_list=3)
    answers = [await service.post("item.list") for _ in range(5)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429, 429]
    await problem(answers[-1], 429, "rate_limited")
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60


async def test_more_tiles_than_a_person_loads(install: Callable[..., Awaitable[Installation]]) -> None:
    service = await install(rate_tiles=3)
    link = await service.add_link()
    answers = [await service.client.get(f"/s/{link['token']}/9/0/0.png", headers=HEADERS) for _ in range(4)]
    assert [answer.status for answer in answers] == [204, 204, 204, 429]
    await problem(answers[-1], 429, "rate_limited")


async def test_wrong_passwords_are_throttled_and_keys_are_not(service: Installation) -> None:
    link = await service.add_link()
    opened = await (await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)).json()
    info = f"/s/{link['token']}/info"
    codes = [
        (await (await service.client.get(info, headers={"X-Share-Password": f"guess {n}"})).json())["code"]
        for n in range(12)
    ]
    assert codes == ["password_invalid"] * 10 + ["too_many_attempts"] * 2
    assert (await service.client.get(info, params={"key": opened["key"]})).status == 200


async def test_a_render_that_takes_too_long(install: Callable[..., Awaitable[Installation]]) -> None:
    service = await install(render_timeout=0.001)
    link = await service.add_link(await make_item(service))
    await problem(await service.client.get(f"/s/{link['token']}/preview.png", headers=HEADERS), 504, "render_timeout")
    assert (await service.usage())["renders"] == 0


async def make_item(service: Installation) -> Any:
    """Register a raster with patience, for a service that has none."""
    pool = service.services.threads.render
    limit, pool._timeout = pool._timeout, 30
    item = await service.add_item()
    pool._timeout = limit
    return item


async def test_more_renders_than_the_pool_takes(install: Callable[..., Awaitable[Installation]]) -> None:
    service = await install(render_threads=1, render_queue=1, render_wait=0.05)
    link = await service.add_link()
    sizes = range(600, 620)
    answers = await asyncio.gather(
        *(service.client.get(f"/s/{link['token']}/preview.png?size={size}", headers=HEADERS) for size in sizes)
    )
    refused = [answer for answer in answers if answer.status != 200]
    assert refused
    await problem(refused[0], 503, "overloaded")
    assert int(refused[0].headers["Retry-After"]) >= 1
    assert (await service.usage())["renders"] == len(answers) - len(refused)


async def test_without_redis_nothing_is_sent_unmetered(
    install: Callable[..., Awaitable[Installation]], mortal_valkey: MortalValkey
) -> None:
    mortal_valkey.start()
    service = await install(redis_url=mortal_valkey.url, redis_timeout=PATIENCE)
    link = await service.add_link()
    tile = f"/s/{link['token']}/preview.png"
    assert (await service.client.get(tile, headers=HEADERS)).status == 200
    mortal_valkey.kill()
    clock = asyncio.get_running_loop().time
    started = clock()
    response = await service.client.get(tile, headers=HEADERS)
    assert clock() - started < 1.5
    await problem(response, 503, "metering_unavailable")
    assert response.headers["Retry-After"]
    unlock = await service.client.get(tile, headers={"X-Share-Password": "not seen before"})
    await problem(unlock, 503, "backend_unavailable")
    assert (await service.client.get("/readyz")).status == 503
    mortal_valkey.start()
    started = clock()
    while (await service.client.get(tile, headers=HEADERS)).status != 200:
        assert clock() - started < 3
        await asyncio.sleep(0.1)
    assert (await service.usage())["renders"] == 2


async def test_a_405_says_what_an_address_takes(service: Installation) -> None:
    link = await service.add_link()
    headers = {"X-Share-Password": PASSWORD}
    for method, path, allowed in [
        ("GET", "/v1/op/share.link.create", "POST"),
        ("DELETE", "/v1/share/link/create", "POST"),
        ("TRACE", f"/s/{link['token']}", "GET, HEAD"),
        ("POST", f"/s/{link['token']}/info", "GET, HEAD"),
        ("PATCH", "/healthz", "GET, HEAD"),
    ]:
        response = await service.client.request(method, path, headers=headers)
        assert (response.status, response.headers.get("Allow")) == (405, allowed), (method, path)
        assert (await response.json())["code"] == "method_not_allowed"


async def test_a_limit_that_is_no_number_is_refused_for_files_too(service: Installation) -> None:
    link = await service.add_link(permission="download")
    path = f"/s/{link['token']}/files/RGB.byte.tif?limit=null"
    response = await service.client.get(path, headers={"X-Share-Password": PASSWORD})
    assert (response.status, (await response.json())["field"]) == (422, "limit")
