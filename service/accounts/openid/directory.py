"""What is known of the provider: its addresses and its keys, fetched when somebody signs in and kept for a while."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from service.accounts.openid.client import unreachable
from service.accounts.openid.provider import discovery_url, parse_provider
from service.accounts.openid.signing_keys import holds, parse_keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from joserfc.jwk import KeySet

    from service.accounts.openid.client import Client
    from service.accounts.openid.provider import Provider

FRESH_SECONDS = 600.0
PAUSE_SECONDS = 30.0
"""Between two askings of a provider that failed, or that does not have a key: whoever signs in meanwhile is refused."""

logger = logging.getLogger(__name__)


class Directory:
    """The provider's description and keys. Fails closed: without them nobody signs in.

    A token that names a key which is not there has the keys fetched again, at most once in half a minute whoever asks.
    `clock`: seconds that only rise.
    """

    def __init__(self, client: Client, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._lock = asyncio.Lock()
        self._known: tuple[Provider, KeySet] | None = None
        self._fetched_at = self._asked_at = -FRESH_SECONDS

    async def provider(self) -> Provider:
        """Return the provider. Raises Unavailable."""
        return (await self._fresh())[0]

    async def keys(self, kid: str | None) -> KeySet:
        """Return the provider's keys, with the one of a name if it has that now. Raises Unavailable."""
        keys = (await self._fresh())[1]
        if holds(keys, kid):
            return keys
        async with self._lock:
            await self._fetch_again()
        return (await self._fresh())[1]

    async def _fresh(self) -> tuple[Provider, KeySet]:
        if self._known is None or self._clock() - self._fetched_at > FRESH_SECONDS:
            async with self._lock:
                if self._known is None or self._clock() - self._fetched_at > FRESH_SECONDS:
                    await self._fetch_again()
        if self._known is None:
            raise unreachable()
        return self._known

    async def _fetch_again(self) -> None:
        """Fetch all anew, unless that was just done. What was known stays where the provider does not answer."""
        if self._clock() - self._asked_at < PAUSE_SECONDS:
            return
        self._asked_at = self._clock()
        try:
            raw = await self._client.document(discovery_url(self._client.issuer))
            provider = parse_provider(raw, self._client.issuer)
            self._known = provider, parse_keys(await self._client.document(provider.jwks_uri))
            self._fetched_at = self._clock()
        except (OSError, ValueError, RecursionError) as exc:
            logger.warning("the OpenID provider cannot be asked: %s", exc)
