"""A chart of uses by day, as numbers that a template draws as SVG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.api.sharer.words import count

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

WIDTH, HEIGHT, FOOT = 720, 160, 20
GAP = 0.25
"""Of a day's width."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A day."""

    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Bars from left to right; lengths are units of the view box."""

    bars: tuple[Bar, ...]
    highest: str
    first: str
    last: str
    label: str
    """What the chart shows, in words."""
    width: int = WIDTH
    height: int = HEIGHT
    foot: int = FOOT


def chart_of(days: Sequence[tuple[date, int]], what: str) -> Chart:
    """Return the chart of some days, oldest first; `what` is counted."""
    most, step = max((number for _, number in days), default=0), WIDTH / max(1, len(days))
    bars = []
    for place, (day, number) in enumerate(days):
        height = 0 if not number else max(2.0, number / most * (HEIGHT - FOOT - 12))
        bars.append(
            Bar(
                x=round(place * step + step * GAP / 2, 2),
                y=round(HEIGHT - FOOT - height, 2),
                width=round(step * (1 - GAP), 2),
                height=round(height, 2),
                title=f"{day:%d %b}: {count(number)} {what}",
            )
        )
    total = sum(number for _, number in days)
    return Chart(
        bars=tuple(bars),
        highest=count(most),
        first=f"{days[0][0]:%d %b}" if days else "",
        last=f"{days[-1][0]:%d %b}" if days else "",
        label=f"{count(total)} {what} in the last {len(days)} days, at most {count(most)} on one day",
    )
