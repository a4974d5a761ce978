"""No route leaks anything of a link without a valid credential: every route and method that the router knows."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from service.links.admission import Client, Credential
from service.operations.registry import OPERATIONS
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Installation

pytestmark = pytest.mark.security

SECRET_NAME = "top-secret-name"
SECRET_TEXT = "top-secret-description"
OPEN_ROUTES = {"/healthz", "/readyz", "/metrics", "/openapi.json", "/docs", "/v1/op", "/static/{name}", "/oembed"}
SIGNING_IN = {"/sign-in", "/sign-in/openid", "/sign-in/openid/callback", "/sign-out"}
BODIES: dict[str, Any] = {
    "share.tile.render": {"z": 8, "x": 72, "y": 110},
    "share.file.upload": {"path": "new.txt"},
    "share.file.drop": {"name": "new.txt", "content": "bmV3"},
    "share.tile.point": {"lon": -77.0, "lat": 25.0},
    "share.tile.crop": {"bbox": [-78, 24, -77, 25]},
    "share.access.request": {"email": "b@example.com"},
    "share.code.request": {"email": "b@example.com"},
    "share.code.redeem": {"email": "b@example.com", "code": "000000"},
}


def recipient_requests(service: Installation, token: str) -> Iterator[tuple[str, str, Any]]:
    """Method, path and body of every way to ask for something of a link."""
    app = service.client.app
    assert app is not None
    for route in app.router.routes():
        resource = route.resource
        assert resource is not None
        path = resource.canonical
        if not path.startswith("/s/{token}"):
            continue
        values = {
            "grid": "WebMercatorQuad",
            "token": token,
            "z": "8",
            "x": "72",
            "name": "110.png",
            "format": "png",
            "y": "110",
            "path": "RGB.byte.tif",
            "lon": "-77.5",
            "lat": "24.5",
        }
        filled = re.sub(r"\{(\w+)\}", lambda match, values=values: values[match[1]], path)
        yield route.method, filled, None
    for operation in OPERATIONS.values():
        if operation.for_recipients and not operation.for_signed_in:
            yield "POST", operation.operation_path, {"token": token, **BODIES.get(operation.id, {})}


async def test_gate_matrix(service: Installation) -> None:
    item = await service.add_item(name=SECRET_NAME, description=SECRET_TEXT)
    link = await service.add_link(item, name=SECRET_NAME, description=SECRET_TEXT)
    other = await service.add_link(item, password="another good password")
    opened = await service.post("share.link.validate", {}, token=other["token"], password="another good password")
    key = (await opened.json())["key"]
    credentials = {
        "none": {},
        "wrong password": {"X-Share-Password": "wrong password"},
        "wrong Basic": {"Authorization": "Basic YTp3cm9uZyBwYXNzd29yZA=="},
        "password of another link": {"X-Share-Password": "another good password"},
        "key of another link": {"X-Share-Key": key},
        "cookie of another link": {"Cookie": f"tilegate_key={key}"},
        "garbage key": {"X-Share-Key": "A" * 68},
        "garbage Basic": {"Authorization": "Basic %%%"},
    }
    asked = 0
    for method, path, body in recipient_requests(service, link["token"]):
        for credential, headers in credentials.items():
            sent = {"Accept": "application/json", **headers}
            response = await service.client.request(method, path, json=body, headers=sent, allow_redirects=False)
            text = await response.text()
            where = (method, path, credential, response.status, text[:200])
            no_codes = {403} if "share.code." in path else set()
            assert response.status in {400, 401, 405, 415, 429} | no_codes, where
            assert SECRET_NAME not in text, where
            assert SECRET_TEXT not in text, where
            assert "ETag" not in response.headers, where
            assert "Last-Modified" not in response.headers, where
            assert response.headers.get("X-Metered", "0") == "0", where
            asked += 1
    assert asked >= 100
    assert (await service.usage())["renders"] == 0


VALIDATORS = {"ETag", "Last-Modified", "Content-Range", "X-Tile-Completeness"}
OTHER_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")


async def keys_that_open_nothing(service: Installation, item: Any, link: Any) -> dict[str, dict[str, str]]:
    """Headers with keys that were, or are, good for something else than this link from here."""

    async def named(**fields: Any) -> Any:
        return await service.ask("share.key.create", link_id=link["id"], label="desk", **fields)

    old = await (await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)).json()
    await service.ask("share.link.update", link_id=link["id"], password="quite another password")
    revoked = await named()
    await service.ask("share.key.revoke", key_id=revoked["id"])
    bound = await named(allowed_origins=["https://maps.example.org"])
    other = await service.add_link(item, name="other")
    other_key = await (await service.post("share.link.validate", {}, token=other["token"], password=PASSWORD)).json()
    live, now = service.services.links.authorizer, datetime.now(UTC)
    credential = Credential(password="quite another password")
    admission = await live.admit(link["token"], credential, Client(address="127.0.0.1", origin=None))
    expired, _ = live.issue_key(admission, 1, now - timedelta(hours=1))
    return {
        "expired key": {"X-Share-Key": expired},
        "revoked key": {"X-Share-Key": revoked["key"]},
        "key of before a new password": {"X-Share-Key": old["key"]},
        "key bound to an origin, from another": {"X-Share-Key": bound["key"], "Origin": "https://evil.example.org"},
        "key of another link": {"X-Share-Key": other_key["key"]},
        "key of another link as a cookie": {"Cookie": f"tilegate_key={other_key['key']}"},
        "API key of another scope": {"Authorization": f"Bearer {await scoped_key(service)}"},
        "API key that is none": {"Authorization": f"Bearer tg_{'A' * 64}"},
    }


async def scoped_key(service: Installation) -> str:
    """An API key that may not read shares."""
    answer = await service.ask("api_key.create", label="items", scopes=["items:read"])
    return str(answer["api_key"])


async def test_no_key_but_a_good_one_opens_any_route_by_any_method(install: Any) -> None:
    service = await install(**{f"rate_{name}": 10**6 for name in ("create", "read", "update", "list", "tiles")})
    item = await service.add_item(name=SECRET_NAME, description=SECRET_TEXT)
    link = await service.add_link(item, name=SECRET_NAME, description=SECRET_TEXT, permission="write")
    size = (service.root / "RGB.byte.tif").stat().st_size
    routes = {(path, json.dumps(body)) for _, path, body in recipient_requests(service, link["token"])}
    asked = 0
    for credential, headers in (await keys_that_open_nothing(service, item, link)).items():
        for path, body in sorted(routes):
            for method in OTHER_METHODS:
                sent = {"Accept": "application/json", "Content-Type": "application/json", **headers}
                response = await service.client.request(method, path, data=body, headers=sent, allow_redirects=False)
                text = await response.text()
                where = (method, path, credential, response.status, text[:200])
                is_preflight = method == "OPTIONS" and response.status == 204
                is_form = path.endswith(link["token"]) and response.status == 200
                is_asking = path.endswith("share.access.request") and response.status == 200
                assert is_preflight or is_form or is_asking or 400 <= response.status < 500, where
                for secret in (SECRET_NAME, SECRET_TEXT, item["id"], str(size)):
                    assert secret not in text + str(response.headers), where
                assert not {"ETag", "Last-Modified", "Content-Range", "X-Tile-Completeness"} & set(response.headers), (
                    where
                )
                assert response.headers.get("X-Metered", "0") == "0", where
                asked += 1
    assert asked > 2000
    assert (await service.usage())["renders"] == 0


async def test_what_needs_no_password_tells_nothing_of_a_link(service: Installation) -> None:
    item = await service.add_item(name=SECRET_NAME, description=SECRET_TEXT)
    link = await service.add_link(item, name=SECRET_NAME, description=SECRET_TEXT, recipients=["b@example.com"])
    seen = {}
    for operation in OPERATIONS.values():
        if operation.for_signed_in:
            for headers in ({}, {"X-Share-Password": "wrong password"}, {"X-Share-Key": "A" * 68}):
                body = {"token": link["token"], **BODIES.get(operation.id, {})}
                response = await service.client.post(operation.operation_path, json=body, headers=headers)
                text = await response.text()
                assert SECRET_NAME not in text
                assert SECRET_TEXT not in text
                assert "b@example.com" not in text
                seen[operation.id] = response.status
    assert seen == {"share.link.claim": 401, "share.access.request": 200}


async def test_the_page_before_unlocking_tells_nothing(service: Installation) -> None:
    item = await service.add_item(name=SECRET_NAME)
    link = await service.add_link(item, name=SECRET_NAME, description=SECRET_TEXT)
    response = await service.client.get(f"/s/{link['token']}", headers={"Accept": "text/html"})
    text = await response.text()
    assert response.status == 200
    assert SECRET_NAME not in text
    assert SECRET_TEXT not in text
    assert item["id"] not in text
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "'unsafe" not in response.headers["Content-Security-Policy"]


async def test_every_sharer_operation_needs_a_bearer(service: Installation) -> None:
    for operation in OPERATIONS.values():
        if not operation.for_recipients:
            for path in (operation.operation_path, operation.resource_path):
                response = await service.client.post(path, json={})
                assert response.status == 401, path


async def test_every_other_route_is_for_who_signed_in(service: Installation) -> None:
    """So that no route is forgotten here."""
    app = service.client.app
    assert app is not None
    item = await service.add_item(name=SECRET_NAME)
    link = await service.add_link(item, name=SECRET_NAME)
    asked = 0
    for route in app.router.routes():
        assert route.resource is not None
        path = route.resource.canonical
        if path in OPEN_ROUTES | SIGNING_IN or path.startswith(("/s/{token}", "/v1/")):
            continue
        values = {"item": item["id"], "link_id": link["id"], "operation": "share.link.list", "webhook": "whk_1"}
        filled = re.sub(r"\{(\w+)\}", lambda match, values=values: values[match[1]], path)
        for headers in ({}, service.headers, {"Cookie": "tilegate_session=A"}):
            response = await service.client.request(route.method, filled, headers=headers, allow_redirects=False)
            led = response.headers.get("Location", "").partition("?")[0] == "/sign-in"
            assert (response.status, led) in {(303, True), (401, False), (403, False)}, (route.method, filled)
            assert SECRET_NAME not in await response.text()
            asked += 1
    assert asked >= 3 * 20


async def test_an_expired_link_answers_410_on_every_route(service: Installation) -> None:
    item = await service.add_item()
    link = await service.add_link(item)
    opened = await (await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)).json()
    await service.expire(link)
    for method, path, body in recipient_requests(service, link["token"]):
        headers = {"Accept": "application/json", "X-Share-Key": opened["key"]}
        response = await service.client.request(method, path, json=body, headers=headers, allow_redirects=False)
        assert response.status in {410, 400, 405, 415}, (method, path, response.status)
