"""Which versions of files were being read when a process died, in SQL: for all workers and machines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, case, delete, select

from service.database.tables import suspects
from service.database.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy.ext.asyncio import AsyncEngine

GUILTY = 2
"""Deaths after which a version is not read any more. Once may be chance: who else read something then is innocent."""
SUSPICION = timedelta(days=1)
"""After which the first death is forgotten. What is guilty stays so until its file changes or somebody lifts it."""


class SuspectStore:
    """Counts deaths by version of a file (`tiling.files.last_read.version_key`). Raises SQLAlchemyError, OSError."""

    def __init__(self, engine: AsyncEngine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine = engine
        self._now = now

    async def blame(self, keys: Iterable[bytes]) -> None:
        """Count one death for each key."""
        now = self._now()
        is_forgotten = and_(suspects.c.blamed_at < now - SUSPICION, suspects.c.deaths < GUILTY)
        async with self._engine.begin() as connection:
            await connection.execute(delete(suspects).where(is_forgotten))
            for key in sorted(set(keys)):
                row = upsert(connection, suspects).values(version_key=key.hex(), deaths=1, blamed_at=now)
                deaths = case((is_forgotten, 1), else_=suspects.c.deaths + 1)
                changed = {"deaths": deaths, "blamed_at": now}
                await connection.execute(row.on_conflict_do_update(index_elements=["version_key"], set_=changed))

    async def guilty(self) -> frozenset[bytes]:
        """Return the keys of what is not to be read any more."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(select(suspects.c.version_key).where(suspects.c.deaths >= GUILTY))
            return frozenset(bytes.fromhex(key) for (key,) in rows)

    async def forget(self, key: bytes) -> bool:
        """Take all blame from a key; return whether there was any."""
        async with self._engine.begin() as connection:
            result = await connection.execute(delete(suspects).where(suspects.c.version_key == key.hex()))
            return result.rowcount > 0
