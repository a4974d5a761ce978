"""People who signed in elsewhere: users of ours with their rights, others with links that are meant for them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from service.accounts.members import Role
from tests.accounts.signers import AUDIENCE, ISSUER, Signer, signer
from tests.operations.people import session_settings, signed_in

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tests.conftest import Installation

MEANT, OTHER = "b@example.com", "c@example.com"


async def code_of(service: Installation, operation: str, headers: dict[str, str], **body: Any) -> tuple[int, str]:
    response = await service.post(operation, headers, **body)
    return response.status, (await response.json()).get("code", "")


async def test_a_link_is_taken_by_whom_it_is_meant_for_and_nobody_else(
    install: Callable[..., Awaitable[Installation]], tmp_path: Path
) -> None:
    service = await install(**session_settings(tmp_path))
    link = await service.add_link(recipients=[MEANT, "d@example.com"], max_views=1)

    async def claim(headers: dict[str, str], token: str = link["token"]) -> tuple[int, str]:
        return await code_of(service, "share.link.claim", headers, token=token)

    assert await claim({}) == (401, "unauthenticated")
    assert await claim(service.headers) == (401, "unauthenticated")
    assert await claim(signed_in(OTHER)) == (403, "can_not_apply_to_this_user")
    assert await claim(signed_in(MEANT, email_verified=False)) == (403, "can_not_apply_to_this_user")
    assert await claim(signed_in(None)) == (403, "can_not_apply_to_this_user")
    forged = Signer("HS256", "another secret of over 32 characters").token(email=MEANT, email_verified=True)
    assert await claim({"Authorization": f"Bearer {forged}"}) == (401, "unauthenticated")
    assert await claim(signed_in(MEANT), "A" * 44) == (404, "share_not_found")

    response = await service.post("share.link.claim", signed_in(MEANT.upper()), token=link["token"])
    opened = await response.json()
    assert (response.status, opened["permission"], opened["view_count"]) == (200, "view", 1)
    tile = await service.client.get(f"/s/{link['token']}/8/72/110.png?key={opened['key']}")
    assert (tile.status, tile.headers["X-Metered"]) == (200, "1")
    again = await (await service.post("share.link.claim", signed_in(MEANT), token=link["token"])).json()
    assert again["view_count"] == 1
    assert await claim(signed_in("d@example.com")) == (410, "limit_reached")
    claims = (await service.ask("share.link.get", link_id=link["id"]))["claims"]
    assert [(one["email"], one["subject"]) for one in claims] == [(MEANT, f"id of {MEANT.upper()}")]

    await service.ask("share.link.update", link_id=link["id"], recipients=["d@example.com"])
    assert await claim(signed_in(MEANT)) == (403, "can_not_apply_to_this_user")
    info = await service.client.get(f"/s/{link['token']}/info?key={again['key']}")
    assert info.status == 401
    await service.ask("share.link.revoke", link_id=link["id"])
    assert await claim(signed_in("d@example.com")) == (410, "share_revoked")


async def test_who_signed_in_does_what_their_role_and_token_allow(
    install: Callable[..., Awaitable[Installation]], tmp_path: Path
) -> None:
    service = await install(**session_settings(tmp_path))
    accounts, item = service.services.accounts.store, await service.add_item()
    viewer = await accounts.create_user("viewer@example.org", "V")
    await accounts.set_member(service.account.project_id, viewer, Role.VIEWER)
    second = await accounts.create_organization("Second")
    await accounts.set_member(await accounts.create_project(second, "P"), viewer, Role.ADMIN)
    link = {"target_type": "item", "target_id": item["id"], "password": "a good password", "expires_in_hours": 1}
    owner = signed_in("a@example.org")

    made = await service.post("share.link.create", owner, **link)
    assert made.status == 200, await made.text()
    assert (await made.json())["created_by"] == service.account.user_id
    tile = await service.client.get(f"/s/{(await made.json())['token']}/8/72/110.png", headers=owner)
    assert (tile.status, tile.headers["X-Metered"]) == (200, "0")
    for scope, operates in (("admin", False), ("operator", True)):
        expected = (200, "") if operates else (403, "scope_missing")
        assert await code_of(service, "organization.list", signed_in("a@example.org", scope=scope)) == expected
    assert await code_of(service, "member.list", owner, project_id=service.account.project_id) == (200, "")
    assert await code_of(service, "project.create", owner, name="P") == (403, "scope_missing")
    assert await code_of(service, "project.create", signed_in("a@example.org", scope="admin"), name="P") == (200, "")
    narrow = signed_in("a@example.org", scope="items:read")
    assert await code_of(service, "share.link.create", narrow, **link) == (403, "scope_missing")

    viewing = signed_in("viewer@example.org")
    assert await code_of(service, "item.get", viewing, item_id=item["id"]) == (200, "")
    assert await code_of(service, "share.link.create", viewing, **link) == (403, "scope_missing")
    elsewhere = viewing | {"X-Organization": second}
    listed = await (await service.post("organization.mine", elsewhere)).json()
    assert {each["organization_id"]: each["current"] for each in listed["organizations"]} == {
        service.account.organization_id: False,
        second: True,
    }
    assert await code_of(service, "item.get", elsewhere, item_id=item["id"]) == (404, "target_not_found")
    assert await code_of(service, "item.get", viewing | {"X-Organization": "org_x"}, item_id=item["id"]) == (
        404,
        "organization_not_found",
    )

    for nobody in (signed_in(OTHER), signed_in("a@example.org", email_verified=False)):
        assert await code_of(service, "share.link.list", nobody) == (403, "scope_missing")
        token = (await made.json())["token"]
        info = await service.client.get(f"/s/{token}/info", headers=nobody | {"X-Share-Password": "a good password"})
        assert info.status == 403
    response = await service.post("share.link.list", {"Authorization": "Bearer a.b.c"})
    assert (response.status, response.headers["WWW-Authenticate"]) == (401, 'Bearer realm="Tilegate"')


async def test_the_keys_of_an_issuer_are_fetched_from_its_address(
    install: Callable[..., Awaitable[Installation]],
) -> None:
    issuer, fetched = signer("ES256"), asyncio.Event()

    async def keys(_request: web.Request) -> web.Response:
        fetched.set()
        return web.json_response({"keys": [issuer.jwk(kid="one")]})

    app = web.Application()
    app.router.add_get("/keys", keys)
    async with TestServer(app) as server:
        url = str(server.make_url("/keys"))
        service = await install(jwt_jwks_url=url, jwt_issuer=ISSUER, jwt_audience=AUDIENCE)
        await fetched.wait()
        token = issuer.token(headers={"kid": "one"}, email="a@example.org", email_verified=True)
        headers = {"Authorization": f"Bearer {token}"}
        async with asyncio.timeout(20):
            while (answer := await code_of(service, "share.link.list", headers))[0] == 503:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    assert answer == (200, "")
    other = issuer.token(headers={"kid": "two"}, email="a@example.org", email_verified=True)
    assert await code_of(service, "share.link.list", {"Authorization": f"Bearer {other}"}) == (401, "unauthenticated")


async def test_without_a_key_no_session_token_is_taken(service: Installation) -> None:
    response = await service.post("share.link.list", signed_in("a@example.org"))
    problem = await response.json()
    assert (response.status, problem["code"]) == (401, "unauthenticated")
    assert "send an API key" in problem["detail"]
