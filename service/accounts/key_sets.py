"""The key set of who signs session tokens, fetched beside the requests and kept."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from service.accounts.fetching import fetch
from service.accounts.session_keys import SessionKey, parse_key_set
from service.cancellation import is_cancelled
from service.errors import Unauthenticated, Unavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

FRESH_SECONDS = 600.0
PAUSE_SECONDS = 30.0
KEPT_SECONDS = 24 * 3600.0
"""For so long keys are believed whose issuer does not answer."""

logger = logging.getLogger(__name__)


class KeySet:
    """The keys at an address (RFC 7517). Fails closed: before they were fetched, no session is let in.

    They are fetched every ten minutes. A token that names a key which is not there has them fetched again, at most
    once in `pause` seconds whoever asks; that token is refused meanwhile, as a request waits for no other server.
    """

    def __init__(
        self,
        url: str,
        *,
        may_be_private: bool = False,
        pause: float = PAUSE_SECONDS,
        fetched: Callable[..., Awaitable[bytes]] = fetch,
    ) -> None:
        self._url = url
        self._may_be_private = may_be_private
        self._pause = pause
        self._fetched = fetched
        self._keys: dict[str | None, SessionKey] = {}
        self._fetched_at = -KEPT_SECONDS
        self._wanted = asyncio.Event()

    def find(self, kid: str | None) -> SessionKey:
        """Return the key of a name; None: the only one. Raises Unauthenticated, Unavailable."""
        if not self._keys or time.monotonic() - self._fetched_at > KEPT_SECONDS:
            self._wanted.set()
            detail = (
                "Session tokens cannot be verified: the issuer's keys are not loaded yet; try again in a few seconds."
            )
            raise Unavailable("backend_unavailable", detail, retry_after=self._pause)
        key = self._keys.get(kid)
        if key is None:
            self._wanted.set()
            detail = "The session token is signed by an unknown key; if the key is new, try again in half a minute."
            raise Unauthenticated("unauthenticated", detail, retry_after=self._pause)
        return key

    async def run(self) -> None:
        """Keep the keys fresh; runs until cancelled. Failures are logged, and what was fetched stays."""
        while not is_cancelled():
            self._wanted.clear()
            await self._fetch()
            await asyncio.sleep(self._pause)
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, FRESH_SECONDS - self._pause)):
                    await self._wanted.wait()

    async def _fetch(self) -> None:
        try:
            raw = await self._fetched(self._url, may_be_private=self._may_be_private)
            keys = parse_key_set(raw)
        except (OSError, ValueError, RecursionError) as exc:
            logger.warning("keys of session tokens cannot be fetched: %s", exc)
            return
        if not keys:
            logger.warning("no key of the key set can be used: RS256, ES256 and EdDSA are taken")
        self._keys, self._fetched_at = keys, time.monotonic()
