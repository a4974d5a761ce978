"""A brake for clients that ask again at once when they are refused."""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING

from aiohttp import web
from cachetools import LRUCache

if TYPE_CHECKING:
    from collections.abc import Callable

AT_ONCE = 20
"""Refusals of a link within a second that are sent at once."""
MOST_HELD = 2000
"""Refusals that are held at a time; each is a request of some kilobytes."""
MOST_LINKS = 1024


class Brake:
    """Holds a link's refusals for a while once they become many: who asks again at once has to wait, and costs little.

    Occasional refusals are sent at once. Only the answer to one request waits; a proxy that shares connections between
    clients has others for the rest.
    """

    def __init__(self, longest: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`longest`: seconds that a refusal is held for, at most; 0: never."""
        self._longest = longest
        self._clock = clock
        self._left: LRUCache[str, tuple[float, float]] = LRUCache(MOST_LINKS)
        """Of each link: a moment, and how many of its refusals could be sent at once then."""
        self.held = 0
        """Refusals that wait to be sent."""

    async def hold(self, link_id: str) -> None:
        """Return when a refusal of a link may be sent."""
        seconds = self.seconds(link_id)
        if seconds == 0 or self.held >= MOST_HELD:
            return
        self.held += 1
        try:
            await asyncio.sleep(seconds)
        finally:
            self.held -= 1

    def seconds(self, link_id: str) -> float:
        """Count a refusal; return for how many seconds it is held."""
        now = self._clock()
        moment, left = self._left.get(link_id, (now, AT_ONCE))
        left = min(AT_ONCE, left + (now - moment) * AT_ONCE)
        self._left[link_id] = now, max(0.0, left - 1)
        if left >= 1:
            return 0.0
        return self._longest * (0.5 + random.random() / 2)  # noqa: S311  (spreads clients, guards nothing)


BRAKE = web.AppKey("brake", Brake)
