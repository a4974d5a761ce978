"""Numbers and moments, as people read them on the sharer's pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

MINUTE, HOUR, DAY = 60, 3600, 86400


def count(number: int) -> str:
    """Return a number with thin spaces between thousands: 12 345."""
    return f"{number:,}".replace(",", "\u202f")


def moment(at: datetime | None) -> str:
    """Return a moment to the minute, in UTC; nothing for None."""
    return "" if at is None else f"{at:%Y-%m-%d %H:%M}"


def ago(at: datetime | None, now: datetime) -> str:
    """Return how far a moment lies from now: 5 minutes ago, in 3 days; nothing for None."""
    if at is None:
        return ""
    seconds = (at - now).total_seconds()
    length = abs(seconds)
    if length < MINUTE:
        return "now"
    unit, name = next(
        ((unit, name) for unit, name in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")) if length >= unit),
    )
    number = int(length // unit)
    text = f"{number} {name}{'' if number == 1 else 's'}"
    return f"{text} ago" if seconds < 0 else f"in {text}"
