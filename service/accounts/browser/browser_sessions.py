"""Sessions of the sharer's page, in Redis: short, ended by their holder, and never more than what was signed in with.

A session holds no credential: the id of an API key, or of what binds an identity to a member. What that allows is
looked up for each request, so that a revoked key, an identity that is not theirs any more or a lost role ends it at
once.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.identifiers import ApiKeyId

if TYPE_CHECKING:
    from collections.abc import Callable

    from redis.asyncio import Redis

LONGEST = 12 * 3600
"""Seconds after which a session ends, however much it is used."""
LONGEST_ID = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """What somebody signed in with: one of both."""

    api_key_id: ApiKeyId | None = None
    identity_id: str | None = None
    """That who came from the OpenID provider is a member (`service.accounts.openid.identities.Binding`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserSession:
    """A sign-in that has not ended."""

    id: str
    """What the cookie holds."""
    csrf: str
    """What a page of ours knows, and no page of another: each write says it."""
    signed_in: SignedIn
    started_at: float
    """Unix time."""


class BrowserSessions:
    """Starts, finds and ends sessions. Raises RedisError, OSError where Redis does not answer: nobody is let in."""

    def __init__(self, redis: Redis, idle: float, clock: Callable[[], float] = time.time) -> None:
        """`idle`: seconds without a request after which a session ends."""
        self._redis = redis
        self._idle_ms = int(idle * 1000)
        self._clock = clock

    async def start(self, signed_in: SignedIn) -> BrowserSession:
        """Return a new session."""
        session = BrowserSession(
            id=secrets.token_urlsafe(32),
            csrf=secrets.token_urlsafe(32),
            signed_in=signed_in,
            started_at=self._clock(),
        )
        await self._redis.set(_key(session.id), _written(session), px=self._idle_ms)
        return session

    async def find(self, session_id: str) -> BrowserSession | None:
        """Return a session that has not ended, and let it live on."""
        if not 0 < len(session_id) <= LONGEST_ID:
            return None
        raw = await self._redis.getex(_key(session_id), px=self._idle_ms)
        if raw is None:
            return None
        session = _read(session_id, raw)
        if self._clock() - session.started_at >= LONGEST:
            await self.end(session_id)
            return None
        return session

    async def end(self, session_id: str) -> None:
        """End a session, if there is one."""
        if 0 < len(session_id) <= LONGEST_ID:
            await self._redis.delete(_key(session_id))


def _key(session_id: str) -> str:
    """Return where a session is: who reads Redis does not learn what a cookie holds."""
    return f"tg:browser:{hashlib.sha256(session_id.encode()).hexdigest()}"


def _written(session: BrowserSession) -> str:
    return json.dumps(
        {
            "csrf": session.csrf,
            "started_at": session.started_at,
            "api_key_id": session.signed_in.api_key_id,
            "identity_id": session.signed_in.identity_id,
        }
    )


def _read(session_id: str, raw: bytes | str) -> BrowserSession:
    kept = json.loads(raw)
    return BrowserSession(
        id=session_id,
        csrf=kept["csrf"],
        started_at=kept["started_at"],
        signed_in=SignedIn(
            api_key_id=None if kept["api_key_id"] is None else ApiKeyId(kept["api_key_id"]),
            identity_id=kept["identity_id"],
        ),
    )
