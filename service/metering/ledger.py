"""The SQL ledger: the usage counters' safe copy, and what they are restored from."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, cast

from redis.exceptions import RedisError
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from service.cancellation import is_cancelled
from service.database.tables import links, organizations, usage_ledger
from service.database.upsert import upsert
from service.identifiers import LinkId, OrganizationId
from service.metering.usage import UNITS, Units, link_day_field, usage_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

LEADER_KEY = "tg:settler"
ROWS_A_STATEMENT = 500

logger = logging.getLogger(__name__)


class Ledger:
    """Copies absolute totals from Redis to SQL. Doing it twice, or late, changes nothing: the greater total stays."""

    def __init__(self, engine: AsyncEngine, redis: Redis) -> None:
        self._engine = engine
        self._redis = redis
        self._settled: dict[OrganizationId, bytes] = {}

    async def counters(self, organization_id: OrganizationId) -> dict[str, int]:
        """Return the usage hash that the ledger stands for (see `meter.lua`), with each link's generation."""
        counters: dict[str, int] = defaultdict(int)
        async with self._engine.connect() as connection:
            where = usage_ledger.c.organization_id == organization_id
            for row in await connection.execute(select(usage_ledger).where(where)):
                _add_row(counters, row._mapping)  # noqa: SLF001  (SQLAlchemy's documented name)
            query = select(links.c.id, links.c.generation).where(links.c.organization_id == organization_id)
            for link_id, generation in await connection.execute(query):
                counters[f"g:{link_id}"] = generation
        return counters

    async def history(
        self, organization_id: OrganizationId, first: date, last: date, link_id: LinkId | None = None
    ) -> dict[tuple[date, LinkId], Units]:
        """Return the settled totals of each UTC day and link from `first` to `last`; of one link where it is given."""
        query = (
            select(usage_ledger)
            .where(usage_ledger.c.organization_id == organization_id, usage_ledger.c.day.between(first, last))
            .order_by(usage_ledger.c.day, usage_ledger.c.link_id)
        )
        if link_id is not None:
            query = query.where(usage_ledger.c.link_id == link_id)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return {(row.day, LinkId(row.link_id)): Units(**{unit: getattr(row, unit) for unit in UNITS}) for row in rows}

    async def settle(self, organization_id: OrganizationId) -> int:
        """Copy what changed since this process last looked; return how many rows were written."""
        key = usage_key(organization_id)
        revision = cast("bytes | None", await self._redis.hget(key, "rev"))
        if revision is None or self._settled.get(organization_id) == revision:
            return 0
        rows = _rows(organization_id, cast("dict[bytes, bytes]", await self._redis.hgetall(key)))
        async with self._engine.begin() as connection:
            for start in range(0, len(rows), ROWS_A_STATEMENT):
                await _upsert(connection, rows[start : start + ROWS_A_STATEMENT])
        self._settled[organization_id] = revision
        return len(rows)

    async def settle_all(self) -> None:
        """Settle every organization."""
        async with self._engine.connect() as connection:
            ids = [OrganizationId(row.id) for row in await connection.execute(select(organizations.c.id))]
        for organization_id in ids:
            await self.settle(organization_id)

    async def run(self, interval: float) -> None:
        """Settle every `interval` seconds, one worker at a time. An outage is logged and made up for later."""
        while not is_cancelled():
            await asyncio.sleep(interval)
            try:
                if await self._redis.set(LEADER_KEY, "1", nx=True, px=int(interval * 900)):
                    await self.settle_all()
            except (RedisError, SQLAlchemyError, OSError) as exc:
                logger.warning("usage not settled, will try again: %s", type(exc).__name__)


def _add_row(counters: dict[str, int], row: Any) -> None:
    link_id, day = LinkId(row["link_id"]), row["day"]
    for unit in UNITS:
        if amount := row[unit]:
            counters[f"o:{day.isoformat()}:{unit}"] += amount
            counters[f"t:{link_id}:{unit}"] += amount
            counters[link_day_field(link_id, day, unit)] = amount
    if row["last_used_at"] is not None:
        used = int(row["last_used_at"].timestamp() * 1000)
        counters[f"u:{link_id}"] = max(counters[f"u:{link_id}"], used)


def _rows(organization_id: OrganizationId, fields: dict[bytes, bytes]) -> list[dict[str, object]]:
    """Return the ledger rows in a usage hash, its `l:<link>:<day>:<unit>` fields, in the order of the primary key."""
    rows: dict[tuple[str, str], dict[str, object]] = {}
    for name, value in fields.items():
        kind, *rest = name.decode().split(":")
        if kind != "l":
            continue
        link_id, day, unit = rest
        empty = {"organization_id": organization_id, "link_id": link_id, "day": date.fromisoformat(day)}
        row = rows.setdefault((link_id, day), empty | dict.fromkeys(UNITS, 0))
        row[unit] = int(value)
    for (link_id, _), row in rows.items():
        used = fields.get(f"u:{link_id}".encode())
        row["last_used_at"] = None if used is None else datetime.fromtimestamp(int(used) / 1000, UTC)
    return [rows[key] for key in sorted(rows)]


async def _upsert(connection: AsyncConnection, rows: Sequence[dict[str, object]]) -> None:
    """Insert ledger rows; where one is there, each value becomes the greater of the two.

    Rows come in the order of their key, so that two settlers wait for each other and never deadlock.
    """
    greatest = func.greatest if connection.dialect.name == "postgresql" else func.max
    statement = upsert(connection, usage_ledger)
    old, new = usage_ledger.c, statement.excluded
    values = {unit: greatest(old[unit], new[unit]) for unit in UNITS}
    values["last_used_at"] = greatest(
        func.coalesce(old.last_used_at, new.last_used_at), func.coalesce(new.last_used_at, old.last_used_at)
    )
    key = ["organization_id", "link_id", "day"]
    await connection.execute(statement.on_conflict_do_update(index_elements=key, set_=values), list(rows))
