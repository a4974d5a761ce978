"""Signing in to the sharer's page: what a session is, what ends it, and who may not use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from service.accounts.browser.browser_sessions import LONGEST, BrowserSessions, SignedIn
from service.identifiers import ApiKeyId
from tests.api.sharer.browsing import Browsing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from redis.asyncio import Redis

    from tests.conftest import Installation


@pytest.fixture
async def browsing(service: Installation) -> Browsing:
    """Somebody who signed in."""
    browsing = Browsing(service=service)
    await browsing.sign_in()
    return browsing


async def test_who_has_not_signed_in_is_led_to_the_sign_in_and_back(service: Installation) -> None:
    browsing = Browsing(service=service)
    response = await browsing.get("/?q=forest")
    assert (response.status, response.headers["Location"]) == (303, "/sign-in?next=%2F%3Fq%3Dforest")
    assert 'value="/?q=forest"' in await (await browsing.get(response.headers["Location"])).text()
    response = await browsing.sign_in(way="/?q=forest")
    assert response.headers["Location"] == "/?q=forest"


async def test_the_cookie_is_out_of_reach_of_scripts_and_holds_no_key(service: Installation) -> None:
    response = await Browsing(service=service).sign_in()
    cookie = response.cookies["tilegate_session"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert cookie.value not in service.api_key
    assert service.api_key[:10] not in cookie.value


async def test_over_tls_the_cookie_is_for_tls_and_this_host_alone(
    install: Callable[..., Awaitable[Installation]],
) -> None:
    service = await install(public_url="https://maps.example.org")
    response = await Browsing(service=service).sign_in()
    assert response.cookies["__Host-tilegate_session"]["secure"] is True


@pytest.mark.parametrize("way", ["//evil.example", "/\\evil.example", "https://evil.example", "/a b", "javascript:x"])
async def test_a_sign_in_leads_to_no_other_site(service: Installation, way: str) -> None:
    assert (await Browsing(service=service).sign_in(way=way)).headers["Location"] == "/"


async def test_a_wrong_key_is_refused_on_the_page(service: Installation) -> None:
    response = await Browsing(service=service).sign_in("tg_no")
    assert response.status == 401
    assert "unknown, revoked or expired" in await response.text()
    assert "Set-Cookie" not in response.headers


async def test_sign_ins_are_throttled(service: Installation) -> None:
    statuses = [(await Browsing(service=service).sign_in("tg_no")).status for _ in range(21)]
    assert statuses == [401] * 20 + [429]


async def test_another_site_can_neither_sign_in_nor_out(service: Installation, browsing: Browsing) -> None:
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "null"}, {}):
        foreign = Browsing(service=service, cookie=browsing.cookie, csrf=browsing.csrf, headers=headers)
        assert (await foreign.post_form("/sign-in", {"api_key": service.api_key})).status == 403
        assert (await foreign.sign_out()).status == 403
        assert (await foreign.call("share.link.list")).status == 403
    assert (await browsing.get("/")).status == 200


async def test_without_tls_the_origin_tells_our_pages(service: Installation, browsing: Browsing) -> None:
    origin = {"Origin": f"http://127.0.0.1:{service.client.port}"}
    ours = Browsing(service=service, cookie=browsing.cookie, csrf=browsing.csrf, headers=origin)
    assert (await ours.call("share.link.list")).status == 200


async def test_a_call_needs_the_token_of_its_own_session(service: Installation, browsing: Browsing) -> None:
    other = Browsing(service=service)
    await other.sign_in()
    for token in ("", "x", other.csrf):
        response = await browsing.call("share.link.list", headers={"X-CSRF-Token": token})
        assert (response.status, (await response.json())["code"]) == (403, "origin_not_allowed")
    assert (await browsing.call("share.link.list")).status == 200


async def test_a_bearer_does_not_stand_in_for_a_session(service: Installation) -> None:
    response = await Browsing(service=service).call("share.link.list", headers=service.headers)
    assert (response.status, (await response.json())["code"]) == (401, "unauthenticated")


async def test_the_cookie_opens_nothing_of_the_api(service: Installation, browsing: Browsing) -> None:
    headers = {"Cookie": browsing.cookie}
    assert (await service.post("share.link.list", headers=headers)).status == 401


async def test_signing_out_ends_the_session(service: Installation, browsing: Browsing) -> None:
    stolen = Browsing(service=service, cookie=browsing.cookie, csrf=browsing.csrf)
    assert (await browsing.sign_out()).status == 303
    assert (await stolen.get("/")).status == 303
    assert (await stolen.call("share.link.list")).status == 401


async def test_a_new_sign_in_ends_the_session_before(service: Installation, browsing: Browsing) -> None:
    before = Browsing(service=service, cookie=browsing.cookie, csrf=browsing.csrf)
    await browsing.sign_in()
    assert browsing.cookie != before.cookie
    assert (await before.get("/")).status == 303


async def test_a_revoked_key_ends_its_sessions_at_once(service: Installation) -> None:
    key = await service.ask("api_key.create", label="page", scopes=["shares:read"])
    browsing = Browsing(service=service)
    await browsing.sign_in(key["api_key"])
    assert (await browsing.call("share.link.list")).status == 200
    await service.ask("api_key.revoke", api_key_id=key["id"])
    assert (await browsing.call("share.link.list")).status == 401
    response = await browsing.get("/")
    assert response.status == 303
    assert browsing.cookie == ""


async def test_a_session_may_no_more_than_its_key(service: Installation) -> None:
    key = await service.ask("api_key.create", label="page", scopes=["shares:read"])
    link = await service.add_link()
    browsing = Browsing(service=service)
    await browsing.sign_in(key["api_key"])
    response = await browsing.call("share.link.revoke", link_id=link["id"])
    assert (response.status, (await response.json())["code"]) == (403, "scope_missing")


async def test_a_key_without_the_scope_sees_no_links(service: Installation) -> None:
    key = await service.ask("api_key.create", label="items", scopes=["items:read"])
    browsing = Browsing(service=service)
    await browsing.post_form("/sign-in", {"api_key": key["api_key"]})
    response = await browsing.get("/")
    assert response.status == 403
    assert "shares:read" in await response.text()


async def test_names_are_escaped(service: Installation, browsing: Browsing) -> None:
    await service.add_link(name='<img src=x onerror="alert(1)">')
    text = await (await browsing.get("/")).text()
    assert "<img src=x" not in text
    assert "&lt;img src=x" in text


async def test_pages_are_kept_by_nobody_and_framed_by_nobody(browsing: Browsing) -> None:
    headers = (await browsing.get("/")).headers
    assert headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "Access-Control-Allow-Origin" not in headers


async def test_a_session_ends_after_a_day_s_work_however_much_it_is_used(redis: Redis) -> None:
    now = 1000.0
    sessions = BrowserSessions(redis, idle=1800, clock=lambda: now)
    session = await sessions.start(SignedIn(api_key_id=ApiKeyId("key_x")))
    assert await sessions.find(session.id) == session
    assert not any(session.id.encode() in key for key in await redis.keys("*"))
    now += LONGEST
    assert await sessions.find(session.id) is None


async def test_an_unused_session_ends(redis: Redis) -> None:
    session = await BrowserSessions(redis, idle=1800).start(SignedIn(api_key_id=ApiKeyId("key_x")))
    (key,) = await redis.keys("tg:browser:*")
    assert 0 < await redis.pttl(key) <= 1_800_000
    assert await BrowserSessions(redis, idle=1800).find("x" * 200) is None
    await BrowserSessions(redis, idle=1800).end(session.id)
    assert await redis.keys("tg:browser:*") == []
