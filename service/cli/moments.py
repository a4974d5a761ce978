"""Moments as they are typed: a duration from now, or RFC 3339."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
DURATION = re.compile(r"([1-9][0-9]{0,8})([mhdw])")
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


def parse_moment(text: str, now: datetime) -> datetime:
    """Return the moment that `text` names, in UTC. Raises ValueError, OverflowError."""
    if duration := DURATION.fullmatch(text):
        return now + int(duration[1]) * UNITS[duration[2]]
    if not RFC_3339.fullmatch(text):
        raise ValueError(text)
    return datetime.fromisoformat(text.upper()).astimezone(UTC)
