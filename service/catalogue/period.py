"""When something was: an instant or an interval, by RFC 3339 and as OGC API has intervals (`a/b`, `a/..`, `../b`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from service.errors import BadInput

INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
OPEN = frozenset({"..", ""})
LONGEST = 80
"""Characters of two instants."""
EVER = "../.."
"""All of the time, for clients that have to name one."""
_MICROSECONDS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From one moment to another one, both included; None: without an end. Of an instant both are the same."""

    start: datetime | None
    stop: datetime | None

    @classmethod
    def parse(cls, text: str, field: str = "datetime") -> Period:
        """Read an instant or an interval. Raises BadInput with the field."""
        first, slash, last = text.partition("/")
        if not slash:
            moment = _instant(text, field)
            return cls(start=moment, stop=moment)
        start, stop = (None if end in OPEN else _instant(end, field) for end in (first, last))
        if start is not None and stop is not None and start > stop:
            raise BadInput("field_invalid", f"{field} must not end before it begins.", field=field)
        return cls(start=start, stop=stop)

    def __str__(self) -> str:
        """Return it in UTC, as `parse` reads it."""
        if self.start is not None and self.start == self.stop:
            return _written(self.start)
        return f"{_written(self.start)}/{_written(self.stop)}"

    def meets(self, other: Period | None) -> bool:
        """Whether another one has a moment in common; what is of no known time has none."""
        if other is None:
            return self.start is None and self.stop is None
        return not _before(self.stop, other.start) and not _before(other.stop, self.start)


def _before(stop: datetime | None, start: datetime | None) -> bool:
    return stop is not None and start is not None and stop < start


def _instant(text: str, field: str) -> datetime:
    found = INSTANT.fullmatch(text) if len(text) <= LONGEST else None
    try:
        if found is not None:
            date, time, fraction, offset = found.groups()
            written = f"{date}T{time}{(fraction or '')[:_MICROSECONDS]}{offset.upper().replace('Z', '+00:00')}"
            return datetime.fromisoformat(written).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    detail = f"{field} must be as RFC 3339 has it, such as 2026-06-01T12:00:00Z; an interval is a/b, a/.. or ../b."
    raise BadInput("field_invalid", detail, field=field)


def _written(moment: datetime | None) -> str:
    return ".." if moment is None else moment.isoformat().replace("+00:00", "Z")
