"""SQL of what is dropped by links that show nothing: how much room is left, counted before it is filled."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from service.cancellation import is_cancelled
from service.database.tables import drop_totals, drop_uploads
from service.database.upsert import upsert

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from service.identifiers import LinkId

LEAST = 4096
"""Bytes that a file counts at least: so much of a disk the smallest one takes."""
GIVEN_UP = timedelta(days=7)
"""After so long an upload cannot end any more, and its room is free again."""
SWEEP_SECONDS = 3600.0

logger = logging.getLogger(__name__)


def room_of(size: int) -> int:
    """Return what a file of a size counts."""
    return max(size, LEAST)


class DropStore:
    """Promises room, in one row that all uploads of a link share: of many at once no two get the same. Fails closed.

    A crash between an upload's end and `done` leaves its room taken. Every method is one transaction.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def reserve(self, link_id: LinkId, upload_id: str, size: int, limit: int | None) -> bool:
        """Take room for an upload; return False where the link has less left."""
        row = drop_totals.c
        fits = row.link_id == link_id
        if limit is not None:
            fits &= row.bytes + room_of(size) <= limit
        async with self._engine.begin() as connection:
            first = upsert(connection, drop_totals).values(link_id=link_id, bytes=0)
            await connection.execute(first.on_conflict_do_nothing(index_elements=["link_id"]))
            taken = update(drop_totals).where(fits).values(bytes=row.bytes + room_of(size))
            if (await connection.execute(taken)).rowcount == 0:
                return False
            values = {"id": upload_id, "link_id": link_id, "bytes": size, "is_ending": False}
            await connection.execute(insert(drop_uploads).values(**values, begun_at=datetime.now(UTC)))
        return True

    async def size_of(self, link_id: LinkId, upload_id: str) -> int | None:
        """Return how many bytes an upload was announced with; None for one that is not going on."""
        row = drop_uploads.c
        where = (row.id == upload_id) & (row.link_id == link_id) & ~row.is_ending
        async with self._engine.connect() as connection:
            size: int | None = await connection.scalar(select(row.bytes).where(where))
        return size

    async def end(self, link_id: LinkId, upload_id: str) -> bool:
        """Have an upload become a file; return False where it was given up, or another request does this."""
        row = drop_uploads.c
        where = (row.id == upload_id) & (row.link_id == link_id) & ~row.is_ending
        async with self._engine.begin() as connection:
            ended = await connection.execute(update(drop_uploads).where(where).values(is_ending=True))
        return ended.rowcount == 1

    async def done(self, link_id: LinkId, upload_id: str, size: int) -> None:
        """Count a file that is there, as large as it has become."""
        await self._forget(link_id, upload_id, kept=room_of(size))

    async def release(self, link_id: LinkId, upload_id: str) -> None:
        """Give back the room of an upload that came to nothing."""
        await self._forget(link_id, upload_id, kept=0)

    async def sweep(self, now: datetime) -> int:
        """Give back the room of uploads that were given up; return how many there were."""
        row = drop_uploads.c
        async with self._engine.connect() as connection:
            query = select(row.link_id, row.id, row.bytes, row.is_ending).where(row.begun_at < now - GIVEN_UP)
            found = (await connection.execute(query)).all()
        for each in found:
            await self._forget(each.link_id, each.id, kept=room_of(each.bytes) if each.is_ending else 0)
        return len(found)

    async def run(self) -> None:
        """Sweep once an hour; runs until cancelled."""
        while not is_cancelled():
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self.sweep(datetime.now(UTC))
            except Exception:
                logger.exception("rooms of abandoned uploads not given back")

    async def _forget(self, link_id: LinkId, upload_id: str, *, kept: int) -> None:
        async with self._engine.begin() as connection:
            size = await _deleted(connection, link_id, upload_id)
            if size is not None:
                where, left = drop_totals.c.link_id == link_id, drop_totals.c.bytes - room_of(size) + kept
                await connection.execute(update(drop_totals).where(where).values(bytes=left))


async def _deleted(connection: AsyncConnection, link_id: LinkId, upload_id: str) -> int | None:
    """Delete an upload; return how large it was to be, None where another request has deleted it."""
    row = drop_uploads.c
    where = (row.id == upload_id) & (row.link_id == link_id)
    size: int | None = await connection.scalar(delete(drop_uploads).where(where).returning(row.bytes))
    return size
