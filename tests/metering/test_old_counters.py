"""Counters and rows of a version that knew fewer units."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from alembic import command
from sqlalchemy import text

from service.database.engine import migrate, open_engine
from service.database.upgrade import migrations_config
from service.errors import Forbidden
from service.identifiers import LinkId, OrganizationId
from service.metering.budget_store import BudgetStore
from service.metering.budgets import Limits
from service.metering.charges import Charge
from service.metering.export import Grouping, Mark, UsageExport
from service.metering.ledger import Ledger
from service.metering.meter import Meter
from service.metering.months import month_at
from service.metering.usage import Units, usage_key

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine

ORG, LINK = OrganizationId("org_AAAAAAAAAAAAAAAAAAAA"), LinkId("lnk_AAAAAAAAAAAAAAAAAAAA")
EPOCH = "0123456789abcdef"
TODAY = datetime.now(UTC).date()
BEFORE = Units(renders=7, cached=3, bytes=2**40, downloads=1, views=2)
AFTER = Units(renders=1, bytes=1000, pixels=65536)
OLD_ROW = (
    "INSERT INTO usage_ledger (organization_id, link_id, day, epoch, renders, cached, bytes, downloads, views, seq,"
    f" revision) VALUES (:org, :link, :day, :epoch, 7, 3, {2**40}, 1, 2, 5, 1)"
)
OLD_UNITS = ("renders", "cached", "bytes", "downloads", "views")


async def old_ledger(engine: AsyncEngine) -> None:
    """Make the tables of the version before, with a row and the last batch of the worker that it is of."""
    values = {"org": ORG, "link": LINK, "epoch": EPOCH, "day": TODAY, "now": datetime.now(UTC)}
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(migrations_config(sync), "0009"))
        for statement in (
            "INSERT INTO organizations (id, name, created_at) VALUES (:org, 'O', :now)",
            OLD_ROW,
            "INSERT INTO usage_epochs VALUES (:epoch, :org, 5, 'ccc', :now)",
            "INSERT INTO usage_marks VALUES (:org, 1, 'a:1', :now)",
        ):
            names = {name: value for name, value in values.items() if f":{name}" in statement}
            if engine.dialect.name == "sqlite":
                names = {name: value if isinstance(value, str) else str(value) for name, value in names.items()}
            await connection.execute(text(statement), names)


async def old_hash(redis: Redis) -> None:
    """Write a usage hash as the version before did."""
    fields: dict[str, str | int] = {
        "rev": f"{EPOCH}:5",
        f"e:{EPOCH}": f"5:ccc:{int(time.time() * 1000)}",
        f"v:{LINK}": 1,
        f"u:{LINK}": int(time.time() * 1000),
    }
    for unit in OLD_UNITS:
        for field in (f"o:{TODAY}:{unit}", f"t:{LINK}:{unit}", f"l:{EPOCH}:{LINK}:{TODAY}:{unit}"):
            fields[field] = getattr(BEFORE, unit)
    await redis.hset(usage_key(ORG), mapping=fields)  # type: ignore[arg-type]


async def test_an_old_ledger_stays_valid(sql_url: str, redis: Redis) -> None:
    """Where the counters are gone, all comes from the rows; new shares go beside them."""
    async with open_engine(sql_url) as engine:
        await old_ledger(engine)
        await migrate(engine)
        ledger = Ledger(engine, redis)
        assert await ledger.history(ORG, TODAY, TODAY) == {(TODAY, LINK): BEFORE}
        async with Meter(redis, ledger.counters) as meter:
            await meter.charge(Charge(organization_id=ORG, link_id=LINK, version=1, units=AFTER))
            assert await meter.organization_usage(ORG, TODAY, TODAY) == {TODAY: BEFORE + AFTER}
        await ledger.settle(ORG)
        (row,) = await UsageExport(engine).rows(ORG, Grouping.LINK, Mark(), limit=10)
    assert row.units == BEFORE + AFTER
    assert row.mark.revision == 2


async def test_old_counters_stay_valid(engine: AsyncEngine, redis: Redis) -> None:
    """A hash that is there, and of which the ledger has nothing yet."""
    ledger = Ledger(engine, redis)
    async with engine.begin() as connection:
        statement = text("INSERT INTO organizations (id, name, created_at) VALUES (:org, 'O', :now)")
        now = datetime.now(UTC)
        await connection.execute(statement, {"org": ORG, "now": now if engine.dialect.name != "sqlite" else str(now)})
    await old_hash(redis)
    async with Meter(redis, ledger.counters) as meter:
        await meter.charge(Charge(organization_id=ORG, link_id=LINK, version=1, units=AFTER))
        assert await meter.organization_usage(ORG, TODAY, TODAY) == {TODAY: BEFORE + AFTER}
        assert (await meter.link_usage(ORG, [LINK]))[LINK].units == BEFORE + AFTER
    await ledger.settle(ORG)
    assert await ledger.history(ORG, TODAY, TODAY) == {(TODAY, LINK): BEFORE + AFTER}


@pytest.mark.parametrize("lost", [False, True], ids=["as they are", "out of the ledger"])
async def test_a_budget_knows_what_an_older_version_counted_this_month(
    sql_url: str, redis: Redis, *, lost: bool
) -> None:
    async with open_engine(sql_url) as engine:
        await old_ledger(engine)
        await migrate(engine)
        if not lost:
            await old_hash(redis)
        ledger, limits = Ledger(engine, redis), Limits(max_renders=9)
        async with Meter(redis, ledger.counters) as meter:
            await meter.set_budget(ORG, await BudgetStore(engine).set_own(ORG, limits))
            month = month_at(datetime.now(UTC), UTC)
            assert (await meter.used(ORG, month))["renders"] == 7
            for _ in range(2):
                await meter.charge(Charge(organization_id=ORG, link_id=LINK, version=1, units=AFTER))
            with pytest.raises(Forbidden, match="used up"):
                await meter.charge(Charge(organization_id=ORG, link_id=LINK, version=1, units=AFTER))
            assert await meter.used(ORG, month) == {
                "renders": 9,
                "pixels": 2 * 65536,
                "bytes": 2**40 + 2000,
                "queries": 0,
            }
