"""API keys: `tg_<20>_<43>`, shown once, stored as the SHA-256 of their secret.

The secret holds 256 random bits, so a plain hash is enough: there is nothing to guess.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from service.identifiers import ApiKeyId, OrganizationId, UserId, new_id

if TYPE_CHECKING:
    from collections.abc import Iterable

PREFIX = "tg_"
PATTERN = re.compile(r"tg_([A-Za-z0-9_-]{20})_([A-Za-z0-9_-]{43})", re.ASCII)


class Scope(StrEnum):
    """What a key may do. `admin` holds all the others but `operator`."""

    SHARES_READ = "shares:read"
    SHARES_WRITE = "shares:write"
    ITEMS_READ = "items:read"
    ITEMS_WRITE = "items:write"
    USAGE_READ = "usage:read"
    ADMIN = "admin"
    OPERATOR = "operator"
    """Of the whole installation: organizations, and what everybody used."""


ALL_SCOPES = frozenset(Scope)
OF_ONE_ORGANIZATION = ALL_SCOPES - {Scope.OPERATOR}


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A stored API key, without its secret."""

    id: ApiKeyId
    organization_id: OrganizationId
    user_id: UserId
    label: str
    secret_sha256: str
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_live(self, now: datetime) -> bool:
        """Whether the key may still be used at `now`."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def matches(self, secret: str) -> bool:
        """Whether `secret` is this key's, compared in constant time."""
        return hmac.compare_digest(hash_secret(secret), self.secret_sha256)


def mint() -> tuple[ApiKeyId, str, str]:
    """Return a new key's id, its full text (to be shown once) and the hash to store."""
    key_id, secret = new_id("key"), secrets.token_urlsafe(32)
    return ApiKeyId(key_id), f"tg_{key_id.removeprefix('key_')}_{secret}", hash_secret(secret)


def new_key(
    organization_id: OrganizationId,
    user_id: UserId,
    *,
    label: str,
    scopes: Iterable[Scope],
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Return a key that is not stored yet, and its text, which cannot be shown again."""
    key_id, text, secret_sha256 = mint()
    key = ApiKey(
        id=key_id,
        organization_id=organization_id,
        user_id=user_id,
        label=label,
        secret_sha256=secret_sha256,
        scopes=frozenset(scopes),
        created_at=datetime.now(UTC),
        expires_at=expires_at,
    )
    return key, text


def key_values(key: ApiKey) -> dict[str, object]:
    """Return a key as its table has it."""
    return {field.name: getattr(key, field.name) for field in fields(key)} | {"scopes": sorted(key.scopes)}


def parse(text: str) -> tuple[ApiKeyId, str] | None:
    """Return the id and the secret in a key's text, or None where it has not the form of one."""
    match = PATTERN.fullmatch(text)
    return None if match is None else (ApiKeyId(f"key_{match[1]}"), match[2])


def hash_secret(secret: str) -> str:
    """Return the SHA-256 of a secret, 64 hex digits."""
    return hashlib.sha256(secret.encode()).hexdigest()
