"""What is counted, and the names of the counters in an organization's usage hash (see `meter.lua`)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from service.identifiers import LinkId, OrganizationId


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """Amounts of everything that is counted. Totals only grow."""

    renders: int = 0
    """200 answers with an image body, fresh or from the tile cache."""
    cached: int = 0
    """Those of the renders that came from the tile cache."""
    bytes: int = 0
    """Bytes of image and file bodies."""
    downloads: int = 0
    views: int = 0
    """Passwords given."""
    pixels: int = 0
    """Width times height of the images of the renders."""
    queries: int = 0
    """Answers to questions for values: of a point, or statistics."""

    def __add__(self, other: Units) -> Units:
        return Units(
            renders=self.renders + other.renders,
            cached=self.cached + other.cached,
            bytes=self.bytes + other.bytes,
            downloads=self.downloads + other.downloads,
            views=self.views + other.views,
            pixels=self.pixels + other.pixels,
            queries=self.queries + other.queries,
        )

    @classmethod
    def total(cls, amounts: Iterable[Units]) -> Units:
        """Return the sum of some amounts."""
        renders = cached = size = downloads = views = pixels = queries = 0
        for one in amounts:
            renders += one.renders
            cached += one.cached
            size += one.bytes
            downloads += one.downloads
            views += one.views
            pixels += one.pixels
            queries += one.queries
        return cls(
            renders=renders,
            cached=cached,
            bytes=size,
            downloads=downloads,
            views=views,
            pixels=pixels,
            queries=queries,
        )

    def as_tuple(self) -> tuple[int, ...]:
        """Return the amounts in the order of `UNITS`."""
        return (self.renders, self.cached, self.bytes, self.downloads, self.views, self.pixels, self.queries)


SHARE_DAYS = 3
"""UTC days, before today, for which workers' shares are kept in Redis and in the workers' own tallies."""

UNITS = tuple(field.name for field in fields(Units))
LAST_USED = "last_used_at"
"""The name of the moment of a link's last use, beside its units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkUsage:
    """A link's totals over its life."""

    units: Units = Units()
    last_used_at: datetime | None = None


def milliseconds(moment: datetime) -> int:
    """Return a moment as the counters keep it: Unix milliseconds."""
    return int(moment.timestamp() * 1000)


def moment_of(milliseconds: str | bytes) -> datetime:
    """Return the moment that the counters keep."""
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)


def usage_key(organization_id: OrganizationId) -> str:
    """Return the Redis key of an organization's usage hash."""
    return f"tg:{{{organization_id}}}:usage"


def organization_fields(day: date) -> list[str]:
    """Return the fields of an organization's totals on a UTC day, in the order of `UNITS`."""
    return [f"o:{day.isoformat()}:{unit}" for unit in UNITS]


def share_field(epoch: str, link_id: LinkId, day: date, unit: str) -> str:
    """Return the field of a worker's share in a link's total on a UTC day."""
    return f"l:{epoch}:{link_id}:{day.isoformat()}:{unit}"


def epoch_field(epoch: str) -> str:
    """Return the field of the last batch of a worker."""
    return f"e:{epoch}"


def link_fields(link_id: LinkId) -> list[str]:
    """Return the fields of a link's totals over its life, in the order of `UNITS`, then its last use."""
    return [link_field(link_id, name) for name in (*UNITS, LAST_USED)]


def link_field(link_id: LinkId, name: str) -> str:
    """Return the field of one number of a link over its life: of a unit, or of `LAST_USED`."""
    return f"u:{link_id}" if name == LAST_USED else f"t:{link_id}:{name}"


def units_of(values: list[bytes | None]) -> Units:
    """Return what Redis gave for fields in the order of `UNITS`; a missing one is 0."""
    return Units(**{unit: int(value or 0) for unit, value in zip(UNITS, values, strict=True)})
