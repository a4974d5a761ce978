"""Sums of the ledger, for people: month by month, and of the links that were used most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from service.database.tables import usage_ledger
from service.identifiers import LinkId
from service.metering.ledger_store import unit_sums, units_in
from service.metering.usage import Units

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncEngine

    from service.identifiers import OrganizationId


class UsageSums:
    """Reads sums of what is settled. Every method is one query; days are UTC's, first and last are included."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def months(self, organization_id: OrganizationId, first: date, last: date) -> dict[str, Units]:
        """Return the totals of each month (2026-11) that has any, the newest first."""
        ledger = usage_ledger.c
        query = (
            select(ledger.day, *unit_sums())
            .where(ledger.organization_id == organization_id, ledger.day.between(first, last))
            .group_by(ledger.day)
            .order_by(ledger.day.desc())
        )
        months = dict[str, Units]()
        async with self._engine.connect() as connection:
            for row in await connection.execute(query):
                month = f"{row.day:%Y-%m}"
                months[month] = months.get(month, Units()) + units_in(row)
        return months

    async def links(self, organization_id: OrganizationId, first: date, last: date, limit: int) -> dict[LinkId, Units]:
        """Return the totals of the links that were used most, by their renders, then by what was sent."""
        ledger = usage_ledger.c
        query = (
            select(ledger.link_id, *unit_sums())
            .where(ledger.organization_id == organization_id, ledger.day.between(first, last))
            .group_by(ledger.link_id)
            .order_by(func.sum(ledger.renders).desc(), func.sum(ledger.bytes).desc(), ledger.link_id)
            .limit(limit)
        )
        async with self._engine.connect() as connection:
            rows = await connection.execute(query)
            return {LinkId(row.link_id): units_in(row) for row in rows}
