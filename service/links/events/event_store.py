"""SQL of events."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, tuple_

from service.database.tables import link_events
from service.database.upsert import upsert
from service.links.events.event import Event, EventKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncEngine

    from service.identifiers import LinkId
    from service.links.events.event import Row

ROWS_A_STATEMENT = 500
COLUMNS = tuple(field.name for field in fields(Event))
"""An event's fields and its table's columns have the same names."""


class EventStore:
    """Reads and writes events. Every method is one transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def write(self, rows: Sequence[Row]) -> None:
        """Store rows, new ones and such as have grown."""
        values = [{"id": row.id, "at": row.at, "count": row.count, **row.use._asdict()} for row in rows]
        async with self._engine.begin() as connection:
            statement = upsert(connection, link_events)
            counts = {"count": statement.excluded["count"]}
            statement = statement.on_conflict_do_update(index_elements=["id"], set_=counts)
            for start in range(0, len(values), ROWS_A_STATEMENT):
                await connection.execute(statement, values[start : start + ROWS_A_STATEMENT])

    async def list(
        self,
        link_id: LinkId,
        *,
        kind: EventKind | None = None,
        key_id: str | None = None,
        before: tuple[datetime, str] | None = None,
        limit: int,
    ) -> list[Event]:
        """Return events of a link, newest first, that come before `(at, id)`."""
        events = link_events.c
        query = select(link_events).where(events.link_id == link_id)
        if kind is not None:
            query = query.where(events.kind == kind)
        if key_id is not None:
            query = query.where(events.key_id == key_id)
        if before is not None:
            query = query.where(tuple_(events.at, events.id) < tuple_(*before))
        query = query.order_by(events.at.desc(), events.id.desc()).limit(limit)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [Event(**{name: row[name] for name in COLUMNS} | {"kind": EventKind(row["kind"])}) for row in rows]

    async def forget_before(self, moment: datetime) -> None:
        """Drop events before a moment. Writes nothing where there are none."""
        where = link_events.c.at < moment
        async with self._engine.connect() as connection:
            if (await connection.execute(select(link_events.c.id).where(where).limit(1))).first() is None:
                return
        async with self._engine.begin() as connection:
            await connection.execute(delete(link_events).where(where))
