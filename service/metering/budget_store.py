"""SQL of budgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, Select, select, update

from service.database.tables import budgets, organizations
from service.database.upsert import upsert
from service.identifiers import OrganizationId
from service.metering.budgets import BUDGETED, Budget, Limits, limits_of

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine


class BudgetStore:
    """Reads and writes what organizations may use. Every method is one transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def get(self, organization_id: OrganizationId) -> Budget:
        """Return an organization's budget; where nothing was decided, one without limits."""
        async with self._engine.connect() as connection:
            return await _read(connection, organization_id)

    async def all(self) -> dict[OrganizationId, Budget]:
        """Return the budget of each organization that has one."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(_query().where(budgets.c.version.is_not(None)))
            return {OrganizationId(row.id): _budget(row) for row in rows}

    async def set_own(self, organization_id: OrganizationId, limits: Limits, time_zone: str | None = None) -> Budget:
        """Replace the limits that an organization has set itself, and its time zone where one is given."""
        async with self._engine.begin() as connection:
            await _write(connection, organization_id, _columns("max", limits))
            if time_zone is not None:
                where = organizations.c.id == organization_id
                await connection.execute(update(organizations).where(where).values(time_zone=time_zone))
            return await _read(connection, organization_id)

    async def set_ceiling(self, organization_id: OrganizationId, limits: Limits) -> Budget:
        """Replace the limits that the operator has set to an organization."""
        async with self._engine.begin() as connection:
            await _write(connection, organization_id, _columns("ceiling", limits))
            return await _read(connection, organization_id)


def _columns(prefix: str, limits: Limits) -> dict[str, int | None]:
    return {f"{prefix}_{unit}": limit for unit, limit in zip(BUDGETED, limits.as_tuple(), strict=True)}


async def _write(connection: AsyncConnection, organization_id: OrganizationId, values: dict[str, int | None]) -> None:
    statement = upsert(connection, budgets).values(organization_id=organization_id, version=1, **values)
    changed = {**values, "version": budgets.c.version + 1}
    await connection.execute(statement.on_conflict_do_update(index_elements=["organization_id"], set_=changed))


async def _read(connection: AsyncConnection, organization_id: OrganizationId) -> Budget:
    row = (await connection.execute(_query().where(organizations.c.id == organization_id))).one_or_none()
    return Budget() if row is None else _budget(row)


def _query() -> Select[Any]:
    return select(organizations.c.id, organizations.c.time_zone, budgets).outerjoin(budgets)


def _budget(row: Row[Any]) -> Budget:
    return Budget(
        version=row.version or 0,
        time_zone=row.time_zone,
        own=limits_of([getattr(row, f"max_{unit}") for unit in BUDGETED]),
        ceiling=limits_of([getattr(row, f"ceiling_{unit}") for unit in BUDGETED]),
    )
