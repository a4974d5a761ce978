"""Whose session tokens count, by the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.accounts.key_sets import KeySet
from service.accounts.session_keys import OneKey, SessionKeys, load_public_key, load_secret
from service.accounts.sessions import Sessions
from service.errors import Misconfigured
from service.outbound.reach import check_url

if TYPE_CHECKING:
    from service.settings import Settings


def session_keys(settings: Settings) -> SessionKeys | None:
    """Return where the keys come from, or None where no session token is taken. Blocks. Raises Misconfigured."""
    if settings.jwt_secret_file is not None:
        return OneKey(load_secret(settings.jwt_secret_file))
    if settings.jwt_public_key_file is not None:
        return OneKey(load_public_key(settings.jwt_public_key_file))
    if settings.jwt_jwks_url is not None:
        try:
            check_url(settings.jwt_jwks_url)
        except ValueError as exc:
            raise Misconfigured("misconfigured", f"TILEGATE_JWT_JWKS_URL: {exc}.") from exc
        return KeySet(settings.jwt_jwks_url, may_be_private=settings.jwt_jwks_private)
    return None


def sessions(settings: Settings, keys: SessionKeys | None) -> Sessions | None:
    """Return what opens session tokens, or None where none is taken."""
    if keys is None:
        return None
    issuer, audience = settings.jwt_issuer or "", settings.jwt_audience or ""
    return Sessions(keys, issuer=issuer, audience=audience, leeway=settings.jwt_leeway)
