"""Signing in: to the provider with an attempt, and back with its answer."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from service.accounts.openid.attempt import LIFETIME, new_attempt, sealed, unsealed
from service.accounts.openid.id_token import Expected, identity_of, key_named_by, open_id_token, refused
from service.errors import Unauthenticated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from redis.asyncio import Redis

    from service.accounts.openid.attempt import Attempt
    from service.accounts.openid.client import Client, Tokens
    from service.accounts.openid.directory import Directory
    from service.accounts.openid.id_token import Identity
    from service.accounts.openid.provider import Provider

LONGEST_CODE = 4000

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a browser brings back from the provider."""

    state: str = ""
    code: str = ""
    error: str = ""
    issuer: str | None = None


class OpenIdSignIn:
    """Begins and ends sign-ins. Fails closed: without the provider, its keys or Redis nobody is let in.

    `keys`: one for each live master key, the first seals. `redis` knows which answers were used. `now`: aware.
    """

    def __init__(
        self,
        client: Client,
        directory: Directory,
        redis: Redis,
        keys: Sequence[bytes],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = client
        self._directory = directory
        self._redis = redis
        self._keys = keys
        self._now = now

    async def begin(self, to: str, organization_id: str = "") -> tuple[str, str]:
        """Return where a browser is sent, and the cookie that it must come back with. Raises Unavailable."""
        provider, attempt = await self._directory.provider(), new_attempt(to, organization_id, self._now())
        return self._client.authorization_url(provider, attempt), sealed(attempt, self._keys[0])

    async def finish(self, answered: Answered, cookie: str) -> tuple[Identity, Attempt]:
        """Return who signed in, and what they wanted. Raises Unauthenticated, Unavailable, RedisError."""
        attempt = self._attempt(answered.state, cookie)
        provider = await self._directory.provider()
        self._require_provider(provider, answered.issuer)
        if answered.error or not 0 < len(answered.code) <= LONGEST_CODE:
            raise _not_let_in(answered.error)
        await self._use(attempt)
        tokens = await self._client.redeem(provider, answered.code, attempt.verifier)
        return await self._identity(provider, tokens, attempt.nonce), attempt

    def _attempt(self, state: str, cookie: str) -> Attempt:
        attempt = unsealed(cookie, self._keys)
        if attempt is None or not hmac.compare_digest(attempt.state.encode(), state.encode("utf-8", "replace")):
            detail = "This sign-in was not begun in this browser, or in another tab since; sign in again."
            raise Unauthenticated("sign_in_failed", detail)
        if attempt.is_over(self._now()):
            raise Unauthenticated("sign_in_failed", "This sign-in took more than ten minutes; sign in again.")
        return attempt

    def _require_provider(self, provider: Provider, said: str | None) -> None:
        """Raise Unauthenticated for an answer that another provider has sent (RFC 9207)."""
        if (said is None and provider.names_itself) or (said is not None and said != provider.issuer):
            raise Unauthenticated("sign_in_failed", "This answer comes from another provider; sign in again.")

    async def _use(self, attempt: Attempt) -> None:
        """Raise Unauthenticated where an answer was used before, on whichever worker."""
        name = f"tg:sign-in:{hashlib.sha256(attempt.state.encode()).hexdigest()}"
        if not await self._redis.set(name, 1, nx=True, ex=int(LIFETIME.total_seconds()) + 60):
            raise Unauthenticated("sign_in_failed", "This sign-in was used before; sign in again.")

    async def _identity(self, provider: Provider, tokens: Tokens, nonce: str) -> Identity:
        keys = await self._directory.keys(key_named_by(tokens.id_token))
        expected = Expected(issuer=provider.issuer, client_id=self._client.client_id, nonce=nonce)
        identity = open_id_token(tokens.id_token, keys, expected, self._now)
        if identity.email is not None or tokens.access_token is None or provider.userinfo_endpoint is None:
            return identity
        return await self._with_userinfo(provider.userinfo_endpoint, tokens.access_token, identity)

    async def _with_userinfo(self, url: str, access_token: str, identity: Identity) -> Identity:
        """Return an identity with the address that only the provider's userinfo has; without, if it does not answer."""
        try:
            raw = await self._client.document(url, f"Bearer {access_token}")
            claims = json.loads(raw)
        except (OSError, ValueError, RecursionError) as exc:
            logger.warning("the OpenID provider's userinfo cannot be read: %s", exc)
            return identity
        if not isinstance(claims, dict) or claims.get("sub") != identity.subject:
            raise refused("is of somebody else than its userinfo")
        return identity_of(claims, identity.issuer)


def _not_let_in(error: str) -> Unauthenticated:
    """Return the error for who comes back without a code. What the provider wrote is not repeated."""
    if error in {"access_denied", "login_required", "interaction_required", "consent_required"}:
        return Unauthenticated("sign_in_failed", "The provider did not sign you in: it was cancelled or refused there.")
    if error in {"temporarily_unavailable", "server_error"}:
        return Unauthenticated("sign_in_failed", "The provider cannot sign anybody in now; try again in a minute.")
    detail = "The provider did not sign you in: the operator must check how this service is registered there."
    return Unauthenticated("sign_in_failed", detail)
