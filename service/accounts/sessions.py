"""Session tokens: JSON Web Tokens (RFC 7519, RFC 8725) of people who signed in elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jwt
from email_validator import EmailNotValidError, validate_email
from jwt.exceptions import (
    ExpiredSignatureError,
    ImmatureSignatureError,
    InvalidAlgorithmError,
    InvalidAudienceError,
    InvalidIssuerError,
    InvalidSignatureError,
    MissingRequiredClaimError,
    PyJWTError,
)

from service.accounts.api_keys import Scope
from service.errors import Unauthenticated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from service.accounts.session_keys import SessionKeys

LONGEST_TOKEN = 8000
LONGEST_WORD = 200
LONGEST_EMAIL = 320
REQUIRED = ["exp", "sub", "iss", "aud"]
OPENID_WORDS = {"openid", "profile", "email", "address", "phone", "offline_access"}
"""Scopes about what a sign-in reveals of a person, and not about what they may do here."""
REASONS: dict[type[Exception], str] = {
    ExpiredSignatureError: "has expired; sign in again",
    ImmatureSignatureError: "is not valid yet",
    InvalidIssuerError: "was not issued for this service",
    InvalidAudienceError: "was not issued for this service",
    InvalidAlgorithmError: "is signed in a way that is not taken here",
    InvalidSignatureError: "is not signed by those who may",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Who signed in, as the token says."""

    subject: str
    """Who it is, to the issuer."""
    email: str | None
    """Confirmed by the issuer; as recipients are stored. None: there is none, or it is not confirmed."""
    unconfirmed: bool
    """Whether there is an address that is not confirmed."""
    scopes: frozenset[Scope] | None
    """What the token allows; None where it does not say."""


class Sessions:
    """Opens session tokens; fails closed: what cannot be checked is refused."""

    def __init__(self, keys: SessionKeys, *, issuer: str, audience: str, leeway: float) -> None:
        """`leeway`: seconds by which the issuer's clock and ours may differ."""
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._leeway = leeway

    def open(self, token: str) -> Session:
        """Return what a token says. Raises Unauthenticated, Unavailable where the issuer's keys are not known yet."""
        if len(token) > LONGEST_TOKEN:
            raise _refused("is too long")
        try:
            key = self._keys.find(_kid(jwt.get_unverified_header(token)))
            claims: dict[str, Any] = jwt.decode(
                token,
                key.key,
                algorithms=[key.algorithm],
                issuer=self._issuer,
                audience=self._audience,
                leeway=self._leeway,
                options={"require": REQUIRED},
            )
        except (PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as exc:
            raise _refused(_reason(exc)) from exc
        return _session(claims)


def _session(claims: Mapping[str, Any]) -> Session:
    subject, email = claims["sub"], claims.get("email")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_WORD:
        raise _refused("has no valid sub claim")
    if not isinstance(email, str) or not 0 < len(email) <= LONGEST_EMAIL:
        email = None
    is_confirmed = claims.get("email_verified") is True
    return Session(
        subject=subject,
        email=written_email(email) if email is not None and is_confirmed else None,
        unconfirmed=email is not None and not is_confirmed,
        scopes=_scopes(claims.get("scope")),
    )


def written_email(email: str) -> str:
    """Return an address as recipients are stored, so that they compare: a domain of any language in one form."""
    try:
        return validate_email(email, check_deliverability=False, globally_deliverable=False).normalized.lower()
    except EmailNotValidError:
        return email.lower()


def _scopes(claim: object) -> frozenset[Scope] | None:
    """Return the scopes of a claim `scope` (RFC 9068: words with spaces between them); None where it says none."""
    words = set(claim.split() if isinstance(claim, str) else ["?"] if claim is not None else []) - OPENID_WORDS
    return frozenset(Scope(word) for word in words & set(Scope)) if words else None


def _kid(header: Mapping[str, Any]) -> str | None:
    kid = header.get("kid")
    if kid is not None and (not isinstance(kid, str) or len(kid) > LONGEST_WORD):
        raise _refused("has an invalid kid header")
    return kid


def _reason(exc: Exception) -> str:
    if isinstance(exc, MissingRequiredClaimError):
        return f"lacks the claim {exc.claim}"
    return next((reason for kind, reason in REASONS.items() if isinstance(exc, kind)), "cannot be read")


def _refused(reason: str) -> Unauthenticated:
    return Unauthenticated("unauthenticated", f"The session token {reason}.")
