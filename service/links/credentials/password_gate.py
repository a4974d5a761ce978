"""Has the caller given the link's password? Without making a tile wait for bcrypt once it was seen."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from typing import TYPE_CHECKING, TypeAlias

from cachetools import TTLCache

from service.errors import Unauthenticated, Unavailable
from service.links.credentials.passwords import normalise
from service.metering.client_networks import client_source

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from service.links.credentials.passwords import Passwords
    from service.links.link import Link
    from service.metering.limits import GuessThrottle

PROOF_SECONDS = 600
PROOFS = 50_000

Proof: TypeAlias = tuple[str, int, bytes]
"""Link, generation, and an HMAC of the password under a key of this installation."""


class PasswordGate:
    """Checks passwords of links; fails closed.

    A success is remembered for ten minutes in this process, bound to the link's generation; a failure never is. The
    same password given many times at once is one guess and one bcrypt.
    """

    def __init__(self, passwords: Passwords, throttle: GuessThrottle, cache_key: bytes) -> None:
        self._passwords = passwords
        self._throttle = throttle
        self._cache_key = cache_key
        self._proofs: TTLCache[Proof, bool] = TTLCache(PROOFS, PROOF_SECONDS)
        self._running: dict[tuple[Proof, str], asyncio.Task[None]] = {}

    async def pass_through(
        self, link: Link, password: str, client: str, on_first: Callable[[], Awaitable[None]]
    ) -> bool:
        """Return whether the password was checked afresh for this very call, or raise.

        `on_first` is awaited after a fresh check, before the success is remembered: it may still refuse. Raises
        Unauthenticated `password_invalid`, Throttled `too_many_attempts`, Unavailable.
        """
        raw = normalise(password)
        proof = self._proof(link, raw)
        return await self._once(proof, client_source(client), lambda: self._check(link, raw, client, on_first, proof))

    async def walk_in(self, link: Link, client: str, on_first: Callable[[], Awaitable[None]]) -> bool:
        """Do as `pass_through` does where a link needs no password: what is remembered is its address or /64."""
        client = client_source(client)
        proof = self._proof(link, b"\0" + client.encode())  # no password begins so

        async def enter() -> None:
            await on_first()
            self._proofs[proof] = True

        return await self._once(proof, client, enter)

    def _proof(self, link: Link, shown: bytes) -> Proof:
        return (link.id, link.generation, hmac.digest(self._cache_key, shown, hashlib.sha256))

    async def _once(self, proof: Proof, client: str, work: Callable[[], Coroutine[None, None, None]]) -> bool:
        """Do the work unless it was done, or is for this client just now; return whether it was for this very call."""
        if proof in self._proofs:
            return False
        running = self._running.get((proof, client))
        if running is not None:
            await asyncio.shield(running)
            return False
        task = asyncio.create_task(work())
        self._running[proof, client] = task
        task.add_done_callback(lambda _: self._running.pop((proof, client), None))
        await asyncio.shield(task)
        return True

    async def _check(
        self, link: Link, raw: bytes, client: str, on_first: Callable[[], Awaitable[None]], proof: Proof
    ) -> None:
        guess = await self._throttle.take(link.id, client)
        try:
            is_right = await self._passwords.check(raw, link.password_hash)
        except Unavailable:
            await self._throttle.give_back(guess)
            raise
        if not is_right:
            raise Unauthenticated("password_invalid", "The password is wrong.")
        await self._throttle.refund(guess)
        await on_first()
        self._proofs[proof] = True
