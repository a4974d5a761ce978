"""SQL that finds links by words and state, in any order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import Text, and_, cast, func, not_, or_, select

from service.database.tables import collections, items, links
from service.links.link import LinkStatus
from service.links.store import link_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncEngine

    from service.identifiers import LinkId, ProjectId
    from service.links.link import Link


class LinkOrder(StrEnum):
    """What links are sorted by in SQL."""

    CREATED_AT = "created_at"
    NAME = "name"
    EXPIRES_AT = "expires_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which links are looked for."""

    project_ids: Sequence[ProjectId]
    words: tuple[str, ...] = ()
    """Each is in the name, the id, a recipient's address, or the name of what is shared."""
    status: LinkStatus | None = None
    now: datetime
    """Of which moment the status is."""


class LinkSearch:
    """Finds links. Every method is one transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def count(self, wanted: Wanted) -> int:
        """Return how many there are."""
        async with self._engine.connect() as connection:
            found = await connection.scalar(select(func.count()).select_from(links).where(_matches(wanted)))
        return found or 0

    async def page(self, wanted: Wanted, order: LinkOrder, *, descending: bool, offset: int, limit: int) -> list[Link]:
        """Return some of them, sorted; those without an end come last."""
        column = func.lower(links.c.name) if order is LinkOrder.NAME else links.c[order]
        by = [column.desc() if descending else column.asc(), links.c.id]
        if order is LinkOrder.EXPIRES_AT:
            by.insert(0, links.c.expires_at.is_(None))
        query = select(links).where(_matches(wanted)).order_by(*by).offset(offset).limit(limit)
        async with self._engine.connect() as connection:
            return [link_of(row) for row in await connection.execute(query)]

    async def ids(self, wanted: Wanted, most: int) -> list[LinkId]:
        """Return the ids of all, but the newest `most` where there are more."""
        query = select(links.c.id).where(_matches(wanted)).order_by(links.c.created_at.desc(), links.c.id).limit(most)
        async with self._engine.connect() as connection:
            return list((await connection.scalars(query)).all())

    async def target_names(self, ids: Sequence[str]) -> dict[str, str]:
        """Return the names of what links point at, also of what was deleted, by its id."""
        found: dict[str, str] = {}
        async with self._engine.connect() as connection:
            for table in (items, collections):
                rows = await connection.execute(select(table.c.id, table.c.name).where(table.c.id.in_(ids)))
                found |= {row.id: row.name for row in rows}
        return found


def _matches(wanted: Wanted) -> ColumnElement[bool]:
    is_ours = links.c.project_id.in_(wanted.project_ids)
    has_status = () if wanted.status is None else (_has_status(wanted.status, wanted.now),)
    return and_(is_ours, *has_status, *map(_has_word, wanted.words))


def _has_word(word: str) -> ColumnElement[bool]:
    texts = (links.c.name, links.c.id, cast(links.c.recipients, Text))
    named = (
        links.c.target_id.in_(select(table.c.id).where(table.c.name.icontains(word, autoescape=True)))
        for table in (items, collections)
    )
    return or_(*(text.icontains(word, autoescape=True) for text in texts), *named)


def _has_status(status: LinkStatus, now: datetime) -> ColumnElement[bool]:
    """Return what `Link.status` says, for SQL."""
    revoked, suspended = links.c.revoked_at.is_not(None), links.c.suspended_at.is_not(None)
    expired = and_(links.c.expires_at.is_not(None), links.c.expires_at <= now)
    scheduled = and_(links.c.starts_at.is_not(None), links.c.starts_at > now)
    in_turn = {
        LinkStatus.REVOKED: revoked,
        LinkStatus.SUSPENDED: suspended,
        LinkStatus.EXPIRED: expired,
        LinkStatus.SCHEDULED: scheduled,
    }
    before: list[ColumnElement[bool]] = []
    for each, condition in in_turn.items():
        if each is status:
            return and_(condition, *before)
        before.append(not_(condition))
    return and_(*before)
