"""ID tokens, checked as OpenID Connect Core 1.0 (3.1.3.7) says. Fails closed: what cannot be checked is refused."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from joserfc import jwt
from joserfc.errors import BadSignatureError, ExpiredTokenError, InvalidClaimError, JoseError, MissingClaimError
from joserfc.jws import JWSRegistry, extract_compact

from service.accounts.openid.signing_keys import ALGORITHMS
from service.accounts.sessions import LONGEST_EMAIL, written_email
from service.errors import Unauthenticated

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from joserfc.jwk import KeySet

LEEWAY = 30
"""Seconds by which the provider's clock and ours may differ."""
LONGEST_SUBJECT = 255
LONGEST_NAME = 200
REGISTRY = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
"""A header may say what we do not know, unless it says that we must (`crit`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who signed in, as the provider says."""

    issuer: str
    subject: str
    email: str | None = None
    """As members' addresses are stored."""
    is_confirmed: bool | None = None
    """Whether the provider says that the address is theirs; None: it says nothing of it."""
    name: str = ""

    @property
    def shown(self) -> str:
        """What a person is told of who they are to the provider."""
        return self.email or self.subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What an ID token must say."""

    issuer: str
    client_id: str
    nonce: str


def key_named_by(token: str) -> str | None:
    """Return the `kid` of a token that nobody has checked. Raises Unauthenticated."""
    try:
        header = extract_compact(token.encode(), registry=REGISTRY).headers()
    except (JoseError, ValueError, RecursionError) as exc:
        raise refused("cannot be read") from exc
    kid = header.get("kid")
    return kid if isinstance(kid, str) else None


def open_id_token(token: str, keys: KeySet, expected: Expected, now: Callable[[], datetime]) -> Identity:
    """Return who an ID token is of. Raises Unauthenticated."""
    registry = jwt.JWTClaimsRegistry(
        now=lambda: int(now().timestamp()),
        leeway=LEEWAY,
        iss={"essential": True, "value": expected.issuer},
        aud={"essential": True, "value": expected.client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        claims = jwt.decode(token, keys, algorithms=list(ALGORITHMS), registry=REGISTRY).claims
        registry.validate(claims)
    except (JoseError, ValueError, TypeError, OverflowError, RecursionError) as exc:
        raise refused(_reason(exc)) from exc
    _require_party(claims, expected.client_id)
    _require_nonce(claims, expected.nonce)
    return identity_of(claims, expected.issuer)


def identity_of(claims: Mapping[str, Any], issuer: str) -> Identity:
    """Return who some claims are of. Raises Unauthenticated."""
    subject, email, name = claims.get("sub"), claims.get("email"), claims.get("name")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise refused("has no valid sub claim")
    has_email = isinstance(email, str) and "@" in email and len(email) <= LONGEST_EMAIL and email.isprintable()
    return Identity(
        issuer=issuer,
        subject=subject,
        email=written_email(str(email)) if has_email else None,
        is_confirmed=_confirmed(claims.get("email_verified")),
        name=name[:LONGEST_NAME] if isinstance(name, str) and name.isprintable() else "",
    )


def _confirmed(claim: object) -> bool | None:
    """Return what `email_verified` says: some providers write it as text. What is neither is no confirmation."""
    return None if claim is None else claim is True or claim == "true"


def _require_party(claims: Mapping[str, Any], client_id: str) -> None:
    """Raise Unauthenticated unless a token was made for us, where it is for others too."""
    audience, party = claims["aud"], claims.get("azp")
    is_shared = isinstance(audience, list) and set(audience) != {client_id}
    if (party is None and is_shared) or (party is not None and party != client_id):
        raise refused("was issued to another client (azp)")


def _require_nonce(claims: Mapping[str, Any], nonce: str) -> None:
    said = claims.get("nonce")
    if not isinstance(said, str) or not hmac.compare_digest(said.encode("utf-8", "replace"), nonce.encode()):
        raise refused("belongs to another sign-in (nonce)")


def _reason(exc: Exception) -> str:
    if isinstance(exc, ExpiredTokenError):
        return "has expired; if you just signed in, the clocks of both servers differ"
    if isinstance(exc, MissingClaimError):
        return "lacks a claim that it must have (iss, aud, sub, exp, iat)"
    if isinstance(exc, InvalidClaimError):
        return "was not issued for this service, or not now (iss, aud, iat, nbf)"
    if isinstance(exc, BadSignatureError):
        return "is not signed by the provider"
    return "is not signed in a way that is taken here"


def refused(reason: str) -> Unauthenticated:
    """Return the error for an ID token that is not believed."""
    return Unauthenticated("sign_in_failed", f"The provider's answer is not believed: its ID token {reason}.")
