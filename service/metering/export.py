"""What changed in the ledger since a mark: for billing jobs that keep a copy of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, tuple_

from service.cursors import cursor_text, cursor_values
from service.database.tables import links, usage_ledger, usage_marks
from service.identifiers import LinkId, OrganizationId, ProjectId
from service.metering.ledger_store import unit_sums, units_in

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from service.metering.usage import Units


class Grouping(StrEnum):
    """What a row of an export is the total of, on one UTC day."""

    LINK = "link"
    PROJECT = "project"
    ORGANIZATION = "organization"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A place in the order of changes: everything up to it has been exported."""

    revision: int = 0
    day: date = date.min
    group: str = ""
    organization: str = ""
    """In an export of every organization."""

    def text(self) -> str:
        """Return the mark as clients keep it."""
        of_one = self.revision, self.day.isoformat(), self.group
        return cursor_text(*of_one, self.organization) if self.organization else cursor_text(*of_one)

    @classmethod
    def parse(cls, text: str) -> Mark:
        """Read a mark that an export gave. Raises ValueError."""
        try:
            revision, day, group, organization = cursor_values(text, int, str, str, str)
        except ValueError:
            revision, day, group, organization = *cursor_values(text, int, str, str), ""
        if revision < 0:
            raise ValueError("no such revision")
        return cls(revision=revision, day=date.fromisoformat(day), group=group, organization=organization)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRow:
    """The whole total, not the change, of a group on a UTC day; and the mark behind it."""

    day: date
    organization_id: OrganizationId
    project_id: ProjectId | None
    link_id: LinkId | None
    units: Units
    last_used_at: datetime | None
    mark: Mark


class UsageExport:
    """Reads the ledger in the order of its changes. Each change is a transaction with a number of its own.

    Whoever asks again with the mark of the last row sees every row that changed after it, and misses none: numbers
    become visible in their order, and a row that changes again moves behind all marks.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def settled_at(self, organization_id: OrganizationId) -> datetime | None:
        """Return when the ledger of an organization was last written."""
        query = select(usage_marks.c.settled_at).where(usage_marks.c.organization_id == organization_id)
        async with self._engine.connect() as connection:
            settled_at: datetime | None = await connection.scalar(query)
        return settled_at

    async def rows(
        self,
        organization_id: OrganizationId | None,
        grouping: Grouping,
        since: Mark,
        *,
        first_day: date | None = None,
        last_day: date | None = None,
        limit: int,
    ) -> list[ExportRow]:
        """Return at most `limit` rows that changed after a mark, in the order of their changes; None: of all."""
        query = _changed(organization_id, grouping, since).limit(limit)
        if first_day is not None:
            query = query.where(usage_ledger.c.day >= first_day)
        if last_day is not None:
            query = query.where(usage_ledger.c.day <= last_day)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return [_row(row, grouping, is_of_all=organization_id is None) for row in rows]


def _changed(organization_id: OrganizationId | None, grouping: Grouping, since: Mark) -> Select[Any]:
    ledger, groups = usage_ledger.c, _groups(grouping)
    group = groups[-1] if groups else literal("")
    revision = func.max(ledger.revision)
    return (
        select(
            ledger.organization_id,
            ledger.day,
            *groups,
            revision.label("revision"),
            func.max(ledger.last_used_at).label("last_used_at"),
            *unit_sums(),
        )
        .outerjoin(links, links.c.id == ledger.link_id)
        .where(_may_have_changed(organization_id, since))
        .group_by(ledger.organization_id, ledger.day, *groups)
        .having(_behind(revision, group, since))
        .order_by(revision, ledger.day, ledger.organization_id, *groups[::-1])
    )


def _may_have_changed(organization_id: OrganizationId | None, since: Mark) -> ColumnElement[bool]:
    """Return where the days lie of which anything changed since a mark."""
    ledger = usage_ledger.c
    if organization_id is None:
        days = select(ledger.organization_id, ledger.day).where(ledger.revision >= since.revision)
        return tuple_(ledger.organization_id, ledger.day).in_(days)
    is_of_one = ledger.organization_id == organization_id
    return and_(is_of_one, ledger.day.in_(select(ledger.day).where(is_of_one, ledger.revision >= since.revision)))


def _groups(grouping: Grouping) -> list[ColumnElement[str]]:
    project_id, link_id = func.coalesce(links.c.project_id, "").label("project_id"), usage_ledger.c.link_id
    groups: dict[Grouping, list[ColumnElement[str]]] = {
        Grouping.LINK: [project_id, link_id],
        Grouping.PROJECT: [project_id],
        Grouping.ORGANIZATION: [],
    }
    return groups[grouping]


def _behind(revision: ColumnElement[int], group: ColumnElement[str], since: Mark) -> ColumnElement[bool]:
    day, organization = usage_ledger.c.day, usage_ledger.c.organization_id
    later = group > since.group
    if since.organization:
        later = or_(organization > since.organization, and_(organization == since.organization, later))
    later = or_(day > since.day, and_(day == since.day, later))
    return or_(revision > since.revision, and_(revision == since.revision, later))


def _row(row: Any, grouping: Grouping, *, is_of_all: bool) -> ExportRow:
    link_id = LinkId(row.link_id) if grouping is Grouping.LINK else None
    project_id = None if grouping is Grouping.ORGANIZATION else ProjectId(row.project_id)
    return ExportRow(
        day=row.day,
        organization_id=OrganizationId(row.organization_id),
        project_id=project_id,
        link_id=link_id,
        units=units_in(row),
        last_used_at=row.last_used_at,
        mark=Mark(
            revision=row.revision,
            day=row.day,
            group=link_id or project_id or "",
            organization=row.organization_id if is_of_all else "",
        ),
    )
