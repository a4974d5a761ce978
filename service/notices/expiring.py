"""Sees links that end in three days."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from service.cancellation import is_cancelled
from service.database.tables import links
from service.identifiers import LinkId
from service.notices.notice import expiring

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncEngine

    from service.notices.notices import Notices

BEFORE = timedelta(days=3)
LOOK_EVERY = 300.0

logger = logging.getLogger(__name__)


class Expiring:
    """Writes notices of links that end soon. A link that was made for less than three days has none.

    `now`: the time, aware.
    """

    def __init__(
        self, engine: AsyncEngine, notices: Notices, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._engine = engine
        self._notices = notices
        self._now = now

    async def look(self) -> int:
        """Write what was not written yet; return how many it was."""
        now, table = self._now(), links.c
        query = select(table.id, table.created_at, table.expires_at).where(
            table.expires_at > now, table.expires_at <= now + BEFORE, table.revoked_at.is_(None)
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query.order_by(table.expires_at))).all()
        due = (row for row in rows if row.created_at <= row.expires_at - BEFORE)
        return await self._notices.add(*(expiring(LinkId(row.id), row.expires_at, now) for row in due))

    async def run(self) -> None:
        """Look every few minutes; runs until cancelled."""
        while not is_cancelled():
            try:
                await self.look()
            except (SQLAlchemyError, OSError) as exc:
                logger.warning("ends of links not looked at: %s", type(exc).__name__)
            await asyncio.sleep(LOOK_EVERY)
