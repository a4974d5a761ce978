"""The books of a system, waited for: counters and ledger come to rest some seconds after the last tile."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from tests.faults.soak.readings import redis_reading, sql_reading
from tests.faults.soak.system import PATIENCE, POLL, System

if TYPE_CHECKING:
    from tests.faults.soak.checker import Checker, Delivered, Reading

STABLE = 0.4  # seconds


class Books:
    """Reads counters and ledger of one organization."""

    def __init__(self, system: System, organization_id: str) -> None:
        self._system = system
        self._organization_id = organization_id

    async def counted(self, checker: Checker, delivered: dict[str, Delivered], patience: float) -> Reading:
        """Return what is counted once all is, or after a while; and once it changes no more."""
        deadline = time.monotonic() + patience
        reading = await self.redis()
        while checker.misses(delivered, reading) and time.monotonic() < deadline:
            await asyncio.sleep(POLL)
            reading = await self.redis()
        while time.monotonic() < deadline + patience:
            await asyncio.sleep(STABLE)
            before, reading = reading, await self.redis()
            if reading == before:
                break
        return reading

    async def settled(self) -> bool:
        """Wait until the ledger has what Redis has: no worker that ended is needed any more."""
        deadline = time.monotonic() + PATIENCE
        while (await self.ledger()).tiles() != (await self.redis()).tiles():
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(POLL)
        return True

    async def redis(self) -> Reading:
        """Return what Redis says now."""
        async with self._system.primary.client() as client:
            return await redis_reading(client, self._organization_id)

    async def ledger(self) -> Reading:
        """Return what SQL says now."""
        connection = await self._system.sql_connection()
        try:
            return await sql_reading(connection, self._organization_id)
        finally:
            await connection.close()
