"""What a provider says of itself (OpenID Connect Discovery 1.0)."""

from __future__ import annotations

import json
from dataclasses import dataclass

from service.outbound.reach import check_url

WELL_KNOWN = "/.well-known/openid-configuration"
USERINFO = "userinfo_endpoint"
ADDRESSES = ("authorization_endpoint", "token_endpoint", "jwks_uri", USERINFO)
BASIC, POST = "client_secret_basic", "client_secret_post"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Where a provider is asked for what."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    secret_by_post: bool
    """Whether it takes the client's secret in the body of a request alone, and in no header."""
    names_itself: bool
    """Whether each of its answers to a browser says `iss` (RFC 9207), so that one without it is not its own."""


def discovery_url(issuer: str) -> str:
    """Return where a provider describes itself."""
    return issuer.rstrip("/") + WELL_KNOWN


def parse_provider(raw: bytes, issuer: str) -> Provider:
    """Return what a discovery document says. Raises ValueError where it is none, or another issuer's."""
    document = json.loads(raw)
    if not isinstance(document, dict):
        raise ValueError("the discovery document is no JSON object")  # noqa: TRY004  (callers expect one kind)
    if document.get("issuer") != issuer:
        raise ValueError("the discovery document is another issuer's: TILEGATE_OIDC_ISSUER must be letter for letter")
    found = {name: _address(document, name, issuer) for name in ADDRESSES if name in document or name != USERINFO}
    methods = document.get("token_endpoint_auth_methods_supported")
    return Provider(
        issuer=issuer,
        authorization_endpoint=found["authorization_endpoint"],
        token_endpoint=found["token_endpoint"],
        jwks_uri=found["jwks_uri"],
        userinfo_endpoint=found.get(USERINFO),
        secret_by_post=isinstance(methods, list) and POST in methods and BASIC not in methods,
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
    )


def _address(document: dict[str, object], name: str, issuer: str) -> str:
    """Return an address that a provider names: by https where the provider itself is asked by https."""
    value = document.get(name)
    if not isinstance(value, str):
        raise ValueError(f"the discovery document has no {name}")  # noqa: TRY004  (callers expect one kind)
    try:
        url = check_url(value)
    except ValueError as exc:
        raise ValueError(f"{name} of the discovery document {exc}") from exc
    if url.scheme != "https" and issuer.startswith("https:"):
        raise ValueError(f"{name} of the discovery document must be https://")
    return str(url)
