"""A sign-in that was begun: what a browser must bring back with the provider's answer, sealed in a cookie of its own.

Nothing is kept here for it, so whoever begins many of them costs nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from service.sealing import seal, unseal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

LIFETIME = timedelta(minutes=10)
LONGEST_COOKIE = 3000
OWNER = "openid sign-in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A sign-in between the way to the provider and the way back."""

    state: str
    """What ties the answer to this browser (RFC 6749, 10.12)."""
    nonce: str
    """What ties the ID token to this sign-in."""
    verifier: str
    """What ties the code to this sign-in (PKCE, RFC 7636)."""
    to: str
    """The page to show afterwards: a path of ours."""
    organization_id: str
    """For which somebody wants to act who is a member of several; empty: the one of the oldest project."""
    began_at: float
    """UNIX seconds."""

    @property
    def challenge(self) -> str:
        """The verifier as the provider sees it first, by S256."""
        return _text(hashlib.sha256(self.verifier.encode()).digest())

    def is_over(self, now: datetime) -> bool:
        """Whether the answer comes too late."""
        return not 0 <= now.timestamp() - self.began_at <= LIFETIME.total_seconds()


ATTEMPT = TypeAdapter(Attempt)


def new_attempt(to: str, organization_id: str, now: datetime) -> Attempt:
    """Return a sign-in that begins: 256 random bits in each of its parts."""
    parts = [secrets.token_urlsafe(32) for _ in range(3)]
    return Attempt(
        state=parts[0],
        nonce=parts[1],
        verifier=parts[2],
        to=to,
        organization_id=organization_id,
        began_at=now.timestamp(),
    )


def sealed(attempt: Attempt, key: bytes) -> str:
    """Return an attempt as the value of a cookie, which only we can read and make."""
    return _text(seal(key, ATTEMPT.dump_json(attempt), OWNER))


def unsealed(cookie: str, keys: Sequence[bytes]) -> Attempt | None:
    """Return the attempt in a cookie, or None where we did not make it."""
    if not cookie.isascii() or len(cookie) > LONGEST_COOKIE:
        return None
    try:
        plain = unseal(keys, base64.urlsafe_b64decode(cookie + "=" * (-len(cookie) % 4)), OWNER)
        return None if plain is None else ATTEMPT.validate_json(plain)
    except (binascii.Error, ValueError, ValidationError):
        return None


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
