"""Session tokens: what is taken, and all that is not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import TypeAdapter, ValidationError

from service.accounts.api_keys import Scope
from service.accounts.members import Role
from service.accounts.scopes import EDITING, VIEWING, scopes_of
from service.accounts.session_keys import OneKey, SessionKey, load_public_key, load_secret
from service.accounts.sessions import Session, Sessions
from service.errors import Misconfigured, Unauthenticated
from service.operations.links.models import Email
from service.settings import Settings
from tests.accounts.signers import AUDIENCE, ISSUER, SECRET, Signer, signer

if TYPE_CHECKING:
    from pathlib import Path

HS, ES = signer("HS256"), signer("ES256")
PAST = datetime.now(UTC) - timedelta(minutes=2)


def sessions_of(one: Signer, leeway: float = 30) -> Sessions:
    key = SECRET.encode() if one.algorithm == "HS256" else one.key.public_key()
    keys = OneKey(SessionKey(key=key, algorithm=one.algorithm))
    return Sessions(keys, issuer=ISSUER, audience=AUDIENCE, leeway=leeway)


def why_not(token: str, one: Signer = HS) -> str:
    with pytest.raises(Unauthenticated) as refused:
        sessions_of(one).open(token)
    assert refused.value.code == "unauthenticated"
    return refused.value.detail


def raw_token(header: dict[str, Any], claims: dict[str, Any] | bytes, signature: bytes = b"") -> str:
    body = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    parts = [json.dumps(header).encode(), body, signature]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


@pytest.mark.parametrize("algorithm", ["HS256", "RS256", "ES256", "EdDSA"])
def test_who_signed_in_is_what_the_token_says(algorithm: str, tmp_path: Path) -> None:
    one, file = signer(algorithm), tmp_path / "key"
    file.write_bytes(SECRET.encode() + b"\n" if algorithm == "HS256" else one.pem)
    key = load_secret(file) if algorithm == "HS256" else load_public_key(file)
    token = one.token(email="Anna@Example.org", email_verified=True, scope="openid shares:read unknown:word")
    found = Sessions(OneKey(key), issuer=ISSUER, audience=AUDIENCE, leeway=0).open(token)
    assert key.algorithm == algorithm
    assert found == Session(
        subject="user-1", email="anna@example.org", unconfirmed=False, scopes=frozenset({Scope.SHARES_READ})
    )


def test_an_address_is_the_one_that_recipients_are_written_as() -> None:
    found = sessions_of(HS).open(HS.token(email="B@XN--ZRICH-KVA.example.org", email_verified=True))
    assert found.email == TypeAdapter(Email).validate_python("b@Zürich.example.org")


@pytest.mark.parametrize("claim", [False, None, "true", 1, "yes"])
def test_an_address_counts_only_where_it_is_confirmed(claim: object) -> None:
    found = sessions_of(HS).open(HS.token(email="a@example.org", email_verified=claim))
    assert (found.email, found.unconfirmed) == (None, True)


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"exp": PAST}, "has expired"),
        ({"exp": None}, "lacks the claim exp"),
        ({"nbf": 4102444800}, "not valid yet"),
        ({"iss": "https://other.example"}, "not issued for this service"),
        ({"iss": None}, "lacks the claim iss"),
        ({"aud": "another"}, "not issued for this service"),
        ({"aud": ["another", "third"]}, "not issued for this service"),
        ({"aud": None}, "lacks the claim aud"),
        ({"sub": None}, "lacks the claim sub"),
        ({"sub": ""}, "has no valid sub"),
        ({"sub": "x" * 201}, "has no valid sub"),
        ({"more": "x" * 9000}, "too long"),
    ],
)
def test_a_token_for_others_or_another_time_is_refused(claims: dict[str, Any], why: str) -> None:
    assert why in why_not(HS.token(**claims))


def test_clocks_may_differ_by_the_leeway() -> None:
    just_now = datetime.now(UTC) - timedelta(seconds=10)
    assert sessions_of(HS, leeway=30).open(HS.token(exp=just_now)).subject == "user-1"
    with pytest.raises(Unauthenticated):
        sessions_of(HS, leeway=1).open(HS.token(exp=just_now))


def test_a_token_does_not_choose_how_it_is_checked() -> None:
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "user-1", "exp": 4102444800}
    unsigned = raw_token({"alg": "none"}, claims)
    head_and_body = raw_token({"alg": "HS256", "typ": "JWT"}, claims).rpartition(".")[0]
    mac = hmac.digest(ES.pem, head_and_body.encode(), hashlib.sha256)
    by_public_key = f"{head_and_body}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
    for one in (HS, ES):
        assert "is signed in a way that is not taken here" in why_not(unsigned, one)
    assert "is signed in a way that is not taken here" in why_not(by_public_key, ES)
    assert "is signed in a way that is not taken here" in why_not(HS.token(), ES)
    assert "not signed by those who may" in why_not(Signer("HS256", "another secret of over 32 characters").token())
    assert "not signed by those who may" in why_not(HS.token()[:-4] + "AAAA")


@pytest.mark.parametrize(
    "token",
    [
        "..",
        "a.b.c",
        "ä.ö.ü",
        raw_token({"alg": "HS256"}, b"[1]"),
        raw_token({"alg": "HS256"}, b"{" * 2000),
        raw_token({"alg": "HS256", "kid": 7}, {}),  # type: ignore[dict-item]
        raw_token({"alg": "HS256", "crit": ["b64"], "b64": False}, {}),
        raw_token({"alg": "HS256"}, {"exp": "9" * 5000}),
    ],
)
def test_what_is_no_token_is_refused(token: str) -> None:
    assert why_not(token).startswith("The session token ")


def test_numbers_beyond_reason_are_refused() -> None:
    for name in ("exp", "nbf", "iat"):
        assert why_not(HS.token(**{name: "soon"}))
        assert why_not(HS.token(**{name: float("inf")}))


@pytest.mark.parametrize(
    ("role", "claim", "scopes"),
    [
        (Role.VIEWER, None, VIEWING),
        (Role.EDITOR, None, EDITING),
        (Role.ADMIN, None, EDITING),
        (Role.ADMIN, "openid email profile", EDITING),
        (Role.ADMIN, "shares:read", {Scope.SHARES_READ}),
        (Role.VIEWER, "shares:read shares:write admin", {Scope.SHARES_READ}),
        (Role.EDITOR, "admin shares:write", {Scope.SHARES_WRITE}),
        (Role.ADMIN, "admin", {Scope.ADMIN}),
        (Role.ADMIN, "calendar", set()),
        (Role.ADMIN, ["shares:read"], set()),
        (Role.ADMIN, "", EDITING),
    ],
)
def test_a_token_may_do_what_it_says_and_the_role_allows(role: Role, claim: object, scopes: set[Scope]) -> None:
    found = sessions_of(HS).open(HS.token(scope=claim))
    assert scopes_of(role, found.scopes) == scopes


@pytest.mark.parametrize("content", [b"", b"short", b"-----BEGIN PUBLIC KEY-----\nAAAA"])
def test_a_secret_that_is_none_stops_the_start(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(Misconfigured, match="TILEGATE_JWT_SECRET_FILE"):
        load_secret(tmp_path / "key")


def test_a_public_key_that_is_none_stops_the_start(tmp_path: Path) -> None:
    weak = Signer("RS256", rsa.generate_private_key(65537, 1024)).pem
    for content in (b"", SECRET.encode(), weak, ES.pem[:40]):
        (tmp_path / "key").write_bytes(content)
        with pytest.raises(Misconfigured, match="TILEGATE_JWT_PUBLIC_KEY_FILE"):
            load_public_key(tmp_path / "key")
    with pytest.raises(Misconfigured, match="cannot be read"):
        load_public_key(tmp_path / "nothing")


@pytest.mark.parametrize(
    "given",
    [
        {"jwt_secret_file": "a"},
        {"jwt_issuer": "i", "jwt_audience": "a"},
        {"jwt_jwks_url": "https://x", "jwt_issuer": "i"},
        {"jwt_secret_file": "a", "jwt_jwks_url": "https://x", "jwt_issuer": "i", "jwt_audience": "a"},
    ],
)
def test_half_of_the_settings_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="TILEGATE_JWT"):
        Settings(**given)
