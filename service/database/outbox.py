"""SQL of the outbox: what changed, and whether Redis has it. A row is written in the transaction of its change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

from service.database.tables import record_changes
from service.database.upsert import upsert

if TYPE_CHECKING:
    from sqlalchemy import Select
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

ROWS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The last change of a record: its kind (`link`, `item`), its id, and the version that it made."""

    kind: str
    record_id: str
    version: int


async def note_change(connection: AsyncConnection, change: Change) -> None:
    """Write down, in an open transaction, that a change has to be spread. A record has one row, of its last change."""
    values = {"version": change.version, "changed_at": datetime.now(UTC), "spread_at": None}
    key = {"kind": change.kind, "record_id": change.record_id}
    statement = upsert(connection, record_changes).values(**key, **values)
    await connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))


class OutboxStore:
    """Reads and clears the outbox. Every method is one transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def waiting(self) -> list[Change]:
        """Return the changes that were not spread yet, oldest first; a thousand at most."""
        query = select(record_changes).where(record_changes.c.spread_at.is_(None))
        return await self._changes(query.order_by(record_changes.c.changed_at).limit(ROWS_AT_ONCE))

    async def kept(self) -> list[Change]:
        """Return the changes that were spread and are still kept."""
        return await self._changes(select(record_changes).where(record_changes.c.spread_at.is_not(None)))

    async def mark_spread(self, change: Change) -> None:
        """Write down that a change, and what came before it, was spread. A later one stays waiting."""
        where = (record_changes.c.kind == change.kind) & (record_changes.c.record_id == change.record_id)
        where &= record_changes.c.spread_at.is_(None) & (record_changes.c.version <= change.version)
        async with self._engine.begin() as connection:
            await connection.execute(update(record_changes).where(where).values(spread_at=datetime.now(UTC)))

    async def forget_before(self, moment: datetime) -> None:
        """Drop the rows of what was spread before a moment. Writes nothing where there are none."""
        where = record_changes.c.spread_at < moment
        async with self._engine.connect() as connection:
            if (await connection.execute(select(record_changes.c.kind).where(where).limit(1))).first() is None:
                return
        async with self._engine.begin() as connection:
            await connection.execute(delete(record_changes).where(where))

    async def _changes(self, query: Select[Any]) -> list[Change]:
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return [Change(kind=row.kind, record_id=row.record_id, version=row.version) for row in rows]
