"""Codes by e-mail: how often one is made, and whether the right one was given."""

from __future__ import annotations

import hmac
import time
from pathlib import Path
from typing import TYPE_CHECKING

from redis.exceptions import RedisError

from service.errors import Unavailable
from service.links.credentials.codes import invalid_code, new_seed
from service.metering.client_networks import client_network

if TYPE_CHECKING:
    from collections.abc import Callable

    from redis.asyncio import Redis

    from service.links.credentials.codes import CodeSigner
    from service.links.link import Link
    from service.metering.limits import GuessThrottle, RateLimiter

SCRIPTS = Path(__file__).parent
HOUR_MS = 3_600_000
LIFETIME_MS = 600_000
TRIES = 5
NETWORKS_A_LINK = 10
"""A link sends so many times what one network may ask for, and two for each of its recipients."""
OF_A_LINK, OF_ALL_LINKS = 5, 20
"""Codes an hour that one mailbox is sent."""
BUCKET = "codes"


class CodeGate:
    """Makes codes and checks them; fails closed: without Redis there are none.

    Nobody learns here who a recipient is: for every address the same is counted, stored and computed, in the same
    steps, whether the link is meant for it or not. What is stored for others opens nothing.
    """

    def __init__(
        self,
        redis: Redis,
        signer: CodeSigner,
        rates: RateLimiter,
        throttle: GuessThrottle,
        *,
        per_client: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`per_client`: codes an hour that one network may ask for, per link. `clock`: Unix seconds."""
        self._redis = redis
        self._signer = signer
        self._rates = rates
        self._throttle = throttle
        self._per_client = per_client
        self._clock = clock
        self._try = redis.register_script((SCRIPTS / "try_code.lua").read_text())
        self._spend = redis.register_script((SCRIPTS / "spend_code.lua").read_text())

    async def new(self, link: Link, address: str, client: str) -> str:
        """Return the seed of a new code for an address; the one before it ends. Raises Throttled, Unavailable."""
        mailbox, of_link = self._signer.mailbox(address), self._per_client * NETWORKS_A_LINK + 2 * len(link.recipients)
        for caller, most in (
            (f"{link.id}:{client_network(client)}", self._per_client),
            (link.id, of_link),
            (f"{link.id}:{mailbox}", OF_A_LINK),
            (mailbox, OF_ALL_LINKS),
        ):
            (await self._rates.hit(caller, BUCKET, most, HOUR_MS)).require()
        seed = new_seed()
        try:
            await self._redis.set(_name(link, mailbox), f"{seed} {self._now()} 0", px=LIFETIME_MS)
        except (RedisError, OSError) as exc:
            raise _unavailable() from exc
        return seed

    async def redeem(self, link: Link, address: str, code: str, client: str) -> None:
        """Use up a code of an address.

        Raises Unauthenticated `code_invalid`, Throttled `too_many_attempts`, Unavailable.
        """
        guess = await self._throttle.take(link.id, client)
        name = _name(link, self._signer.mailbox(address))
        try:
            seed, sent_at = (part.decode() for part in await self._try(keys=[name], args=[TRIES]))
        except (RedisError, OSError) as exc:
            raise _unavailable() from exc
        expected = self._signer.code(link.id, link.generation, address, seed)
        is_right = hmac.compare_digest(expected.encode(), code.encode())
        is_fresh = seed != "" and self._now() - int(sent_at) < LIFETIME_MS
        if not (is_right and is_fresh and link.is_meant_for(address)):
            raise invalid_code()
        await self._throttle.refund(guess)
        try:
            if not await self._spend(keys=[name], args=[seed]):
                raise invalid_code()
        except (RedisError, OSError) as exc:
            raise _unavailable() from exc

    def _now(self) -> int:
        return int(self._clock() * 1000)


def _name(link: Link, mailbox: str) -> str:
    return f"tg:{{{link.id}}}:code:{mailbox}"


def _unavailable() -> Unavailable:
    detail = "Codes cannot be made or checked at the moment; try again in a second."
    return Unavailable("backend_unavailable", detail, retry_after=1)
