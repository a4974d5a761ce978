"""Calendar months in the time zones of organizations: what a budget is for."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

UTC_NAME = "UTC"
LAST_MONTH = 12
NO_PLACES = frozenset({"localtime", "posixrules", "Factory"})
"""Files of the database that are no zones, or another one on each machine."""
MONTH_LENGTH = 7
"""Of a month's name, YYYY-MM."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A month somewhere on Earth."""

    name: str
    """YYYY-MM."""
    starts_at: datetime
    ends_at: datetime
    """The first moment of the next one. Both are in the time zone."""

    def holds(self, moment: datetime) -> bool:
        """Whether a moment lies in it."""
        return self.starts_at <= moment < self.ends_at


def month_at(moment: datetime, zone: tzinfo) -> Month:
    """Return the month that a moment lies in."""
    here = moment.astimezone(zone)
    year, number = here.year, here.month
    following = (year + 1, 1) if number == LAST_MONTH else (year, number + 1)
    return Month(
        name=f"{year:04}-{number:02}",
        starts_at=datetime(year, number, 1, tzinfo=zone),
        ends_at=datetime(*following, 1, tzinfo=zone),
    )


def new_epoch_name(month: Month, random: str) -> str:
    """Return the name of an epoch, all of which is in a month: `meter.lua` reads it."""
    return f"{month.name}.{random}"


def month_of_share(epoch: str, day: date) -> str:
    """Return the month that a share counts for. Epochs of older versions name none: then it is the UTC day's."""
    month, dot, _ = epoch.partition(".")
    return month if dot and len(month) == MONTH_LENGTH else f"{day:%Y-%m}"


@lru_cache(maxsize=1024)
def zone_named(name: str) -> tzinfo:
    """Return a time zone by its IANA name. Raises ValueError. Blocks briefly the first time."""
    if name in {"", UTC_NAME}:
        return UTC
    if name in NO_PLACES or name.startswith(("posix/", "right/")):
        raise ValueError("no such time zone")
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, KeyError, OSError) as exc:  # a path out of the database, no file, a folder
        raise ValueError("no such time zone") from exc
