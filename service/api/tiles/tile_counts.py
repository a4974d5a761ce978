"""What the metrics are told of tiles, by the lot."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING

from service.api.metrics import SECONDS

if TYPE_CHECKING:
    from service.api.metrics import Metrics
    from service.delivery.images.tiles import Tier

INTERVAL = 0.2
"""Seconds by which the metrics are late. Telling them of each tile took a fifth of the time that it takes in all."""


class TileCounts:
    """Counts answers to GET of a route until they are told: now and then, and before the metrics are read."""

    def __init__(self, metrics: Metrics, route: str, tiers: Counter[Tier]) -> None:
        """`tiers`: where images came from; what is there is told and taken out."""
        self._metrics, self._route, self._tiers = metrics, route, tiers
        self._seconds = metrics.seconds.labels(route)
        self._bins = [0] * (len(SECONDS) + 1)
        self._statuses = Counter[int]()
        self._total, self._rendered = 0.0, 0
        self._timer: asyncio.TimerHandle | None = None
        metrics.lots.append(self.tell)

    def add(self, status: int, seconds: float, *, metered: bool) -> None:
        """Count an answer that was ready after some seconds. `metered`: whether an image was sent and counted."""
        self._bins[bisect_left(SECONDS, seconds)] += 1
        self._total += seconds
        self._statuses[status] += 1
        self._rendered += metered
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(INTERVAL, self.tell)

    def tell(self) -> None:
        """Tell the metrics now."""
        if self._timer is None:
            return
        self._timer.cancel()
        self._timer = None
        for status, count in self._statuses.items():
            self._metrics.requests.labels(self._route, "GET", str(status)).inc(count)
        for tier, count in self._tiers.items():
            self._metrics.images.labels(tier).inc(count)
        self._tiers.clear()
        self._metrics.renders.inc(self._rendered)
        self._seconds.add(self._bins, self._total)
        self._bins, self._statuses = [0] * len(self._bins), Counter()
        self._total, self._rendered = 0.0, 0
