"""Statistics of loads, and their ratios."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one load measured."""

    tiles: int
    seconds: float
    latencies: tuple[float, ...]
    """Seconds, sorted; of a load by wrk only some quantiles."""
    bytes: int
    cpu: float = 0.0
    """Seconds of CPU that all processes of the server used meanwhile."""
    refused: int = 0
    """Tiles that were answered 503 because too many waited; only where a load allows that."""
    memory: int = 0
    """Bytes (proportional set size) of all processes of the server after it."""

    @property
    def rate(self) -> float:
        """Tiles a second."""
        return self.tiles / self.seconds

    @property
    def cpu_of_thousand(self) -> float:
        """CPU seconds for a thousand tiles."""
        return self.cpu / max(self.tiles, 1) * 1000

    def within(self, part: float) -> float:
        """Return the seconds within which this part of the answers came."""
        return quantile(self.latencies, part)


def rate(result: Result) -> float:
    """Return tiles a second."""
    return result.rate


def slowest(result: Result) -> float:
    """Return the seconds within which 99 % of the tiles came."""
    return result.within(0.99)


def quantile(ordered: Sequence[float], part: float) -> float:
    """Return the value that `part` (0 to 1) of the sorted values do not exceed. Raises ValueError without values."""
    if not ordered:
        raise ValueError("no values")
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)]


def median_ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the median of the rounds' ratios: both servers of a round met the same machine. Raises ValueError."""
    return statistics.median(mine / other for mine, other in zip(ours, theirs, strict=True))
