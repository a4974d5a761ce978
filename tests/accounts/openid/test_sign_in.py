"""Signing in with a provider: what it must answer to be believed, and what is tried against it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from yarl import URL

from service.accounts.openid.attempt import LIFETIME, unsealed
from service.accounts.openid.client import Client
from service.accounts.openid.directory import PAUSE_SECONDS, Directory
from service.accounts.openid.id_token import Identity
from service.accounts.openid.sign_in import Answered, OpenIdSignIn
from service.errors import TilegateError, Unauthenticated, Unavailable
from tests.accounts.openid import provider as bad
from tests.accounts.openid.provider import CLIENT_ID, REDIRECT_URI, SECRET, LocalProvider, provider_running

if TYPE_CHECKING:
    from redis.asyncio import Redis

KEY = b"k" * 32


class Moment:
    """A clock for both: what time it is, and seconds that rise."""

    def __init__(self) -> None:
        self.passed = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.passed)

    def seconds(self) -> float:
        return 1e6 + self.passed


@pytest.fixture
async def provider() -> AsyncIterator[LocalProvider]:
    async with provider_running() as running:
        yield running


@pytest.fixture
def moment() -> Moment:
    return Moment()


def client_of(provider: LocalProvider, **changes: Any) -> Client:
    return replace(
        Client(issuer=provider.issuer, client_id=CLIENT_ID, secret=SECRET, redirect_uri=REDIRECT_URI), **changes
    )


@pytest.fixture
def sign_in(provider: LocalProvider, redis: Redis, moment: Moment) -> OpenIdSignIn:
    client = client_of(provider)
    return OpenIdSignIn(client, Directory(client, moment.seconds), redis, [KEY], moment.now)


async def signed_in(sign_in: OpenIdSignIn, provider: LocalProvider) -> Identity:
    url, cookie = await sign_in.begin("/links")
    identity, attempt = await sign_in.finish(answered(provider.authorize(url)), cookie)
    assert (attempt.to, attempt.organization_id) == ("/links", "")
    return identity


def answered(query: dict[str, str]) -> Answered:
    return Answered(
        state=query.get("state", ""),
        code=query.get("code", ""),
        error=query.get("error", ""),
        issuer=query.get("iss"),
    )


async def test_who_signs_in_is_who_the_provider_says(sign_in: OpenIdSignIn, provider: LocalProvider) -> None:
    provider.person |= {"email": "Ann@Example.org", "name": "Ann"}
    identity = await signed_in(sign_in, provider)
    assert identity == Identity(
        issuer=provider.issuer, subject="u-1", email="ann@example.org", is_confirmed=True, name="Ann"
    )
    assert provider.asked == ["discovery", "keys", "token"]
    await signed_in(sign_in, provider)
    assert provider.asked == ["discovery", "keys", "token", "token"]


async def test_a_browser_is_sent_with_state_nonce_and_challenge_that_are_new_each_time(sign_in: OpenIdSignIn) -> None:
    (first, cookie), (second, _) = await sign_in.begin("/"), await sign_in.begin("/")
    one, other = URL(first).query, URL(second).query
    assert one["scope"] == "openid email profile"
    for name in ("state", "nonce", "code_challenge"):
        assert len(one[name]) == 43
        assert one[name] != other[name]
    assert one["state"] not in cookie
    attempt = unsealed(cookie, [KEY])
    assert attempt is not None
    assert attempt.verifier not in first


@pytest.mark.parametrize(("make", "algorithm"), [(bad.ec_key, "ES256"), (bad.ed_key, "Ed25519")])
async def test_other_kinds_of_keys_are_taken(
    sign_in: OpenIdSignIn, provider: LocalProvider, make: Any, algorithm: str
) -> None:
    provider.key, provider.algorithm = make(), algorithm
    assert (await signed_in(sign_in, provider)).subject == "u-1"


@pytest.mark.parametrize("methods", [("client_secret_post",), ("none",)])
async def test_a_provider_says_how_it_takes_the_secret(
    provider: LocalProvider, redis: Redis, methods: tuple[str, ...]
) -> None:
    provider.auth_methods = methods
    client = client_of(provider, secret=None if methods == ("none",) else SECRET)
    sign_in = OpenIdSignIn(client, Directory(client), redis, [KEY])
    assert (await signed_in(sign_in, provider)).subject == "u-1"


NOW = int(datetime.now(UTC).timestamp())
BAD_CLAIMS: dict[str, dict[str, Any]] = {
    "foreign issuer": {"iss": "https://evil.example.org"},
    "issuer with a slash more": {"iss": "SLASH"},
    "no issuer": {"iss": None},
    "wrong audience": {"aud": "another client"},
    "no audience": {"aud": None},
    "audience in capitals": {"aud": CLIENT_ID.upper()},
    "audiences without azp": {"aud": [CLIENT_ID, "another client"]},
    "audiences, of another party": {"aud": [CLIENT_ID, "another client"], "azp": "another client"},
    "azp of another party": {"azp": "another client"},
    "wrong nonce": {"nonce": "n" * 43},
    "no nonce": {"nonce": None},
    "a nonce that is a number": {"nonce": 7},
    "expired": {"exp": NOW - 3600},
    "never expires": {"exp": None},
    "expires as text": {"exp": "never"},
    "expires beyond numbers": {"exp": 10**400, "iat": "x"},
    "issued in the future": {"iat": NOW + 3600},
    "not issued": {"iat": None},
    "not valid yet": {"nbf": NOW + 3600},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
    "a long subject": {"sub": "s" * 256},
    "a subject that is a number": {"sub": 1},
    "a subject of two lines": {"sub": "u\n1"},
}


@pytest.mark.security
@pytest.mark.parametrize("claims", BAD_CLAIMS.values(), ids=BAD_CLAIMS)
async def test_a_token_that_says_something_else_is_refused(
    sign_in: OpenIdSignIn, provider: LocalProvider, claims: dict[str, Any]
) -> None:
    provider.claims = {name: f"{provider.issuer}/" if value == "SLASH" else value for name, value in claims.items()}
    with pytest.raises(Unauthenticated) as caught:
        await signed_in(sign_in, provider)
    assert caught.value.code == "sign_in_failed"


SIGNERS = (
    bad.unsigned,
    bad.signed_by_secret,
    bad.signed_by_public_key,
    bad.signed_by_another,
    bad.with_its_own_key,
    bad.altered,
    bad.no_object,
    bad.critical,
    bad.surrogate_nonce,
    lambda _provider, _claims: "",
    lambda _provider, _claims: "a.b.c",
    lambda provider, claims: provider.signed(claims)[:-6],
    lambda _provider, _claims: "é" * 5000,
)


@pytest.mark.security
@pytest.mark.parametrize("sign", SIGNERS, ids=lambda sign: sign.__name__)
async def test_a_token_that_the_provider_did_not_sign_is_refused(
    sign_in: OpenIdSignIn, provider: LocalProvider, sign: bad.Sign
) -> None:
    provider.sign = sign
    with pytest.raises(Unauthenticated) as caught:
        await signed_in(sign_in, provider)
    assert caught.value.code == "sign_in_failed"


@pytest.mark.security
@pytest.mark.filterwarnings("ignore:Key size")
async def test_a_weak_key_of_the_provider_is_not_believed(sign_in: OpenIdSignIn, provider: LocalProvider) -> None:
    provider.key = bad.rsa_key("weak", 1024)
    provider.published = [provider.key, bad.rsa_key("one")]
    with pytest.raises(Unauthenticated):
        await signed_in(sign_in, provider)
    provider.key = bad.rsa_key("one")
    assert (await signed_in(sign_in, provider)).subject == "u-1"


async def test_audiences_with_us_as_the_party_are_taken(sign_in: OpenIdSignIn, provider: LocalProvider) -> None:
    provider.claims = {"aud": ["another client", CLIENT_ID], "azp": CLIENT_ID}
    assert (await signed_in(sign_in, provider)).subject == "u-1"


@pytest.mark.parametrize(
    ("said", "is_confirmed"), [(True, True), ("true", True), (False, False), ("yes", False), (1, False), (None, None)]
)
async def test_an_address_is_confirmed_only_where_the_provider_says_so(
    sign_in: OpenIdSignIn, provider: LocalProvider, said: object, is_confirmed: bool | None
) -> None:
    provider.claims = {"email_verified": said}
    assert (await signed_in(sign_in, provider)).is_confirmed is is_confirmed


@pytest.mark.security
async def test_an_answer_is_good_once_and_in_its_browser(sign_in: OpenIdSignIn, provider: LocalProvider) -> None:
    url, cookie = await sign_in.begin("/")
    answer = answered(provider.authorize(url))
    _, others = await sign_in.begin("/")
    for wrong in (others, "", "x" * 5000, "é", cookie[:-2], cookie[2:], f"{cookie}A"):
        with pytest.raises(Unauthenticated):
            await sign_in.finish(answer, wrong)
    with pytest.raises(Unauthenticated, match="not begun in this browser"):
        await sign_in.finish(replace(answer, state="é"), cookie)
    assert "token" not in provider.asked
    await sign_in.finish(answer, cookie)
    provider.codes |= {answer.code: provider.codes.get(answer.code, {})}
    with pytest.raises(Unauthenticated, match="used before"):
        await sign_in.finish(answer, cookie)
    assert provider.asked.count("token") == 1


@pytest.mark.security
async def test_a_code_of_somebody_elses_sign_in_is_refused(sign_in: OpenIdSignIn, provider: LocalProvider) -> None:
    """The attacker's code in the victim's browser, with the victim's state: PKCE does not fit."""
    attackers, _ = await sign_in.begin("/")
    victims, cookie = await sign_in.begin("/")
    code = provider.authorize(attackers)["code"]
    with pytest.raises(Unauthenticated, match="is over or was used"):
        await sign_in.finish(Answered(state=URL(victims).query["state"], code=code), cookie)


async def test_a_sign_in_takes_ten_minutes_at_most(
    sign_in: OpenIdSignIn, provider: LocalProvider, moment: Moment
) -> None:
    url, cookie = await sign_in.begin("/")
    moment.passed = LIFETIME.total_seconds() + 1
    with pytest.raises(Unauthenticated, match="ten minutes"):
        await sign_in.finish(answered(provider.authorize(url)), cookie)


async def test_a_cookie_of_the_key_before_is_still_good(provider: LocalProvider, redis: Redis) -> None:
    client = client_of(provider)
    url, cookie = await OpenIdSignIn(client, Directory(client), redis, [KEY]).begin("/")
    after = OpenIdSignIn(client, Directory(client), redis, [b"n" * 32, KEY])
    assert (await after.finish(answered(provider.authorize(url)), cookie))[0].subject == "u-1"


@pytest.mark.security
async def test_answers_of_other_providers_are_refused(provider: LocalProvider, redis: Redis) -> None:
    """The mix-up attack (RFC 9207)."""
    provider.document = {"authorization_response_iss_parameter_supported": True}
    client = client_of(provider)
    sign_in = OpenIdSignIn(client, Directory(client), redis, [KEY])
    for more in ({}, {"iss": "https://evil.example.org"}):
        provider.answer_more = more
        with pytest.raises(Unauthenticated, match="another provider"):
            await signed_in(sign_in, provider)
    provider.answer_more = {"iss": provider.issuer}
    assert (await signed_in(sign_in, provider)).subject == "u-1"


@pytest.mark.parametrize("error", ["access_denied", "server_error", "<script>alert(1)</script>", "invalid_request"])
async def test_an_error_of_the_provider_is_told_in_our_words(
    sign_in: OpenIdSignIn, provider: LocalProvider, error: str
) -> None:
    url, cookie = await sign_in.begin("/")
    state = URL(url).query["state"]
    with pytest.raises(Unauthenticated) as caught:
        await sign_in.finish(Answered(state=state, error=error), cookie)
    assert error not in caught.value.detail


async def test_new_keys_of_the_provider_are_fetched_and_not_too_often(
    sign_in: OpenIdSignIn, provider: LocalProvider, moment: Moment
) -> None:
    await signed_in(sign_in, provider)
    provider.key = bad.rsa_key("two")
    with pytest.raises(Unauthenticated):
        await signed_in(sign_in, provider)  # they were just fetched
    assert provider.asked.count("keys") == 1
    moment.passed = PAUSE_SECONDS + 1
    assert (await signed_in(sign_in, provider)).subject == "u-1"
    assert provider.asked.count("keys") == 2
    provider.key, provider.published = bad.rsa_key("three"), [bad.rsa_key("two")]
    for _ in range(3):
        with pytest.raises(Unauthenticated):
            await signed_in(sign_in, provider)
    assert provider.asked.count("keys") == 2


async def test_a_provider_that_is_away_is_told_and_asked_again_later(
    sign_in: OpenIdSignIn, provider: LocalProvider, moment: Moment
) -> None:
    provider.is_down = True
    for _ in range(3):
        with pytest.raises(Unavailable, match="cannot be reached"):
            await sign_in.begin("/")
    assert provider.asked == ["discovery"]
    provider.is_down, moment.passed = False, PAUSE_SECONDS + 1
    assert (await signed_in(sign_in, provider)).subject == "u-1"
    provider.is_down = True
    with pytest.raises(Unavailable):
        await signed_in(sign_in, provider)


BAD_DOCUMENTS: dict[str, dict[str, Any]] = {
    "of another issuer": {"issuer": "https://evil.example.org"},
    "without a token endpoint": {"token_endpoint": None},
    "an address that is none": {"authorization_endpoint": "javascript:alert(1)"},
    "an address with a user": {"jwks_uri": "https://a:b@example.org/keys"},
    "keys in a private network": {"jwks_uri": "https://10.0.0.1/keys"},
    "keys at the cloud's own address": {"jwks_uri": "http://169.254.169.254/latest"},
}


@pytest.mark.security
@pytest.mark.parametrize("document", BAD_DOCUMENTS.values(), ids=BAD_DOCUMENTS)
async def test_a_description_that_leads_elsewhere_is_refused(
    sign_in: OpenIdSignIn, provider: LocalProvider, document: dict[str, Any]
) -> None:
    provider.document = document
    with pytest.raises(Unavailable):
        await sign_in.begin("/")


@pytest.mark.security
async def test_a_public_provider_cannot_lead_to_this_machine(provider: LocalProvider) -> None:
    client = client_of(provider, issuer="https://id.example.org")
    with pytest.raises(PermissionError):
        await client.document(f"{provider.issuer}/keys")
    assert provider.asked == []


async def test_an_address_may_come_from_userinfo(sign_in: OpenIdSignIn, provider: LocalProvider) -> None:
    provider.person = {"sub": "u-1"}
    assert (await signed_in(sign_in, provider)).email is None
    provider.userinfo = {"sub": "u-1", "email": "ann@example.org", "email_verified": True}
    identity = await signed_in(sign_in, provider)
    assert (identity.email, identity.is_confirmed) == ("ann@example.org", True)


@pytest.mark.security
async def test_userinfo_of_somebody_else_is_refused(sign_in: OpenIdSignIn, provider: LocalProvider) -> None:
    provider.person = {"sub": "u-1"}
    provider.userinfo = {"sub": "u-2", "email": "ann@example.org", "email_verified": True}
    with pytest.raises(Unauthenticated):
        await signed_in(sign_in, provider)


async def test_without_redis_nobody_signs_in(provider: LocalProvider, redis: Redis) -> None:
    class Away:
        async def set(self, *_: object, **__: object) -> None:
            raise ConnectionError

    client = client_of(provider)
    sign_in = OpenIdSignIn(client, Directory(client), Away(), [KEY])  # type: ignore[arg-type]
    url, cookie = await sign_in.begin("/")
    with pytest.raises((TilegateError, ConnectionError)):
        await sign_in.finish(answered(provider.authorize(url)), cookie)
    assert "token" not in provider.asked
