"""Signing in to the sharer's page with an OpenID provider that runs on this machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from yarl import URL

from service.accounts.members import Role
from tests.accounts.openid.provider import CLIENT_ID, SECRET, LocalProvider, provider_running
from tests.api.isolation.tenants import second_organization
from tests.api.sharer.browsing import CSRF, Browsing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from aiohttp import ClientResponse

    from tests.conftest import Installation

CALLBACK = "/sign-in/openid/callback"


@dataclass(kw_only=True)
class Person(Browsing):
    """Somebody whose browser keeps several cookies, and who has an account with the provider."""

    provider: LocalProvider
    jar: dict[str, str] = field(default_factory=dict)

    async def go(self, way: str = "/", **more: str) -> ClientResponse:
        """Sign in with the provider; return what the way back answers."""
        response = await self.get(str(URL("/sign-in/openid").with_query(next=way, **more)))
        if response.status != 303:
            return response
        back = self.provider.authorize(response.headers["Location"])
        response = await self.get(str(URL(CALLBACK).with_query(back)))
        if response.status == 303:
            self.csrf = CSRF.findall(await (await self.get("/")).text())[0]
        return response

    def _sent(self) -> dict[str, str]:
        self.cookie = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        return super()._sent()

    def _kept(self, response: ClientResponse) -> ClientResponse:
        for cookie in response.cookies.values():
            self.jar[cookie.key] = cookie.value
            if not cookie.value:
                del self.jar[cookie.key]
        return response


@pytest.fixture
async def provider() -> AsyncIterator[LocalProvider]:
    async with provider_running(redirect_uri=f"http://127.0.0.1:8080{CALLBACK}") as running:
        running.person["email"] = "a@example.org"
        yield running


@pytest.fixture
async def service(
    install: Callable[..., Awaitable[Installation]], provider: LocalProvider, tmp_path: Path
) -> Installation:
    secret = tmp_path / "secret"
    secret.write_text(f"{SECRET}\n")
    return await install(
        oidc_issuer=provider.issuer, oidc_client_id=CLIENT_ID, oidc_client_secret_file=secret, oidc_name="Example ID"
    )


@pytest.fixture
def person(service: Installation, provider: LocalProvider) -> Person:
    return Person(service=service, provider=provider)


async def test_a_member_signs_in_with_the_provider_and_is_where_they_wanted(person: Person) -> None:
    form = await (await person.get("/sign-in?next=/items?q=x")).text()
    assert 'href="/sign-in/openid?next=/items%3Fq%3Dx"' in form
    assert "Sign in with Example ID" in form
    response = await person.go("/items?q=x")
    assert (response.status, response.headers["Location"]) == (303, "/items?q=x")
    assert list(person.jar) == ["tilegate_session"]
    cookie = response.cookies["tilegate_session"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert (await person.call("share.link.list")).status == 200


async def test_the_cookie_on_the_way_is_short_lived_and_out_of_reach(person: Person) -> None:
    cookie = (await person.get("/sign-in/openid")).cookies["tilegate_openid"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/sign-in/openid")
    assert cookie["max-age"] == "600"


async def test_a_session_may_what_the_role_allows_now_and_never_what_an_operator_may(person: Person) -> None:
    service = person.service
    await person.go()
    assert (await person.call("api_key.list")).status == 200
    refused = await person.call("organization.list")
    assert (refused.status, (await refused.json())["code"]) == (403, "scope_missing")
    refused = await person.call("api_key.create", label="more", scopes=["operator"])
    assert refused.status == 403
    store, account = service.services.accounts.store, service.account
    await store.set_member(account.project_id, account.user_id, Role.VIEWER)
    assert (await person.call("api_key.list")).status == 403
    assert (await person.call("share.link.list")).status == 200


async def test_who_loses_their_role_or_identity_is_signed_out(person: Person) -> None:
    service = person.service
    bob = {"project_id": service.account.project_id, "email": "bob@example.org"}
    await service.ask("member.set", **bob, role="viewer")
    person.provider.person |= {"sub": "bob", "email": "bob@example.org"}
    await person.go()
    await service.ask("member.identity.remove", email="bob@example.org")
    assert (await person.call("share.link.list")).status == 401
    assert (await person.go()).status == 303
    await service.ask("member.remove", **bob)
    assert (await person.get("/")).headers["Location"] == "/sign-in?next=%2F&why=ended"


@pytest.mark.security
@pytest.mark.parametrize("way", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:x", "/a b"])
async def test_nobody_is_led_to_another_site(person: Person, way: str) -> None:
    assert (await person.go(way)).headers["Location"] == "/"


@pytest.mark.security
async def test_strangers_are_told_so_and_get_no_session(person: Person) -> None:
    person.provider.person |= {"sub": "x", "email": "<b>x</b>@example.org"}
    response = await person.go()
    text = await response.text()
    assert response.status == 403
    assert "are no member of anything here" in text
    assert "<b>x" not in text
    assert person.jar == {}


@pytest.mark.security
@pytest.mark.parametrize(
    "claims",
    [{"nonce": "n" * 43}, {"aud": "other"}, {"exp": 1}, {"iss": "https://evil.example"}],
    ids=["nonce", "audience", "expired", "issuer"],
)
async def test_a_token_that_is_not_believed_opens_nothing(person: Person, claims: dict[str, Any]) -> None:
    person.provider.claims = claims
    response = await person.go()
    assert response.status == 401
    assert "is not believed" in await response.text()
    assert response.headers["WWW-Authenticate"].startswith("Bearer")  # no dialog of the browser
    assert person.jar == {}


@pytest.mark.security
async def test_an_answer_is_good_for_its_browser_and_once(person: Person) -> None:
    victim = Person(service=person.service, provider=person.provider)
    start = await person.get("/sign-in/openid")
    back = str(URL(CALLBACK).with_query(person.provider.authorize(start.headers["Location"])))
    assert (await victim.get(back)).status == 401
    kept = dict(person.jar)
    assert (await person.get(back)).status == 303
    again = Person(service=person.service, provider=person.provider, jar=kept)
    response = await again.get(back)
    assert response.status == 401
    assert "used before" in await response.text()


@pytest.mark.security
async def test_a_new_sign_in_ends_the_session_before(person: Person) -> None:
    await person.go()
    before = Person(service=person.service, provider=person.provider, jar=dict(person.jar), csrf=person.csrf)
    await person.go()
    assert before.jar != person.jar
    assert (await before.call("share.link.list")).status == 401


async def test_members_of_several_organizations_choose_one(person: Person) -> None:
    service = person.service
    other, _ = await second_organization(service, "theirs")
    await service.services.accounts.store.set_member(other.project_id, service.account.user_id, Role.VIEWER)

    async def current() -> list[str]:
        found = (await (await person.call("organization.mine")).json())["organizations"]
        return [one["organization_id"] for one in found if one["current"]]

    await person.go()
    assert await current() == [service.account.organization_id]
    await person.go(organization=other.organization_id)
    assert await current() == [other.organization_id]
    await person.go(organization="org_none")
    assert await current() == [service.account.organization_id]


async def test_a_provider_that_is_away_is_told_on_the_page(person: Person) -> None:
    person.provider.is_down = True
    response = await person.go()
    assert response.status == 503
    assert "cannot be reached now" in await response.text()
    assert "Retry-After" in response.headers


async def test_who_cancels_is_told(person: Person) -> None:
    url = URL((await person.get("/sign-in/openid")).headers["Location"])
    back = URL(CALLBACK).with_query(state=url.query["state"], error="access_denied")
    assert "cancelled or refused" in await (await person.get(str(back))).text()


async def test_sign_ins_are_in_the_audit_log(person: Person) -> None:
    await person.go()
    account = person.service.account
    rows = (await person.service.ask("audit.list", organization_id=account.organization_id))["rows"]
    bound = next(row for row in rows if row["target_type"] == "openid_subject")
    assert (bound["operation"], bound["actor_type"], bound["actor_id"]) == ("sign_in", "signed_in", "u-1")
    assert any(row["operation"] == "sign_in" and row["actor_id"] == account.user_id for row in rows)


async def test_without_a_provider_there_is_no_such_way(install: Callable[..., Awaitable[Installation]]) -> None:
    browsing = Browsing(service=await install())
    assert "Sign in with" not in await (await browsing.get("/sign-in")).text()
    assert (await browsing.get("/sign-in/openid")).status == 404
    assert (await browsing.get(f"{CALLBACK}?state=x&code=y")).status == 404


async def test_steps_are_throttled(person: Person) -> None:
    statuses = [(await person.get(f"{CALLBACK}?state=x&code=y")).status for _ in range(41)]
    assert statuses == [401] * 40 + [429]
