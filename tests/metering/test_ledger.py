"""The ledger: the counters' safe copy in SQL, and back."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from service.database.tables import usage_ledger
from service.identifiers import LinkId, OrganizationId, new_id
from service.metering.charges import Caps, Charge
from service.metering.ledger import Ledger
from service.metering.meter import Meter
from service.metering.usage import UNITS, Units, share_field, usage_key
from service.redis.client import connect_redis
from tests.links.samples import store_account, store_link

if TYPE_CHECKING:
    from pathlib import Path

    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine

DAY = datetime.now(UTC).date()
LINK, OTHER = LinkId("lnk_AAAAAAAAAAAAAAAAAAAA"), LinkId("lnk_BBBBBBBBBBBBBBBBBBBB")
TILE = Units(renders=1, cached=1, bytes=1000)


@pytest.fixture
async def org(engine: AsyncEngine) -> OrganizationId:
    return (await store_account(engine)).organization_id


@pytest.fixture
def ledger(engine: AsyncEngine, redis: Redis) -> Ledger:
    return Ledger(engine, redis)


async def count(
    redis: Redis, org: OrganizationId, rev: str, totals: dict[tuple[date, LinkId], Units], used: datetime | None = None
) -> None:
    """Put totals into the usage hash as `meter.lua` does."""
    fields: dict[str, str | int] = {"rev": rev, "e:0123456789abcdef": f"5:ccc:{int(time.time() * 1000)}"}
    for (day, link), units in totals.items():
        for unit, amount in zip(UNITS, units.as_tuple(), strict=True):
            if amount:
                fields[share_field("0123456789abcdef", link, day, unit)] = amount
        if used is not None:
            fields[f"u:{link}"] = int(used.timestamp() * 1000)
    await redis.hset(usage_key(org), mapping=fields)  # type: ignore[arg-type]


def charge(org: OrganizationId, link: LinkId, **caps: int) -> Charge:
    return Charge(organization_id=org, link_id=link, version=1, units=TILE, caps=Caps(**caps))


async def last_used(engine: AsyncEngine) -> list[datetime | None]:
    async with engine.connect() as connection:
        return list(await connection.scalars(select(usage_ledger.c.last_used_at)))


@pytest.mark.also_on_cluster
async def test_settling_copies_the_totals(ledger: Ledger, redis: Redis, org: OrganizationId) -> None:
    totals = {
        (DAY, LINK): Units(renders=7, cached=3, bytes=2**50, downloads=1, views=2),
        (DAY + timedelta(days=1), LINK): Units(renders=1),
        (DAY, OTHER): Units(views=1),
    }
    await count(redis, org, "a:1", totals)
    assert await ledger.settle(org) == 3
    assert await ledger.history(org, DAY, DAY + timedelta(days=1)) == totals


async def test_settling_twice_changes_nothing(ledger: Ledger, redis: Redis, org: OrganizationId) -> None:
    await count(redis, org, "a:1", {(DAY, LINK): TILE})
    assert [await ledger.settle(org) for _ in range(3)] == [1, 0, 0]
    assert await ledger.history(org, DAY, DAY) == {(DAY, LINK): TILE}


async def test_settling_after_a_restart_changes_nothing(engine: AsyncEngine, redis: Redis, org: OrganizationId) -> None:
    await count(redis, org, "a:1", {(DAY, LINK): TILE})
    for _ in range(3):
        assert await Ledger(engine, redis).settle(org) == 1
    assert await Ledger(engine, redis).history(org, DAY, DAY) == {(DAY, LINK): TILE}


async def test_a_settle_that_comes_late_takes_nothing_away(
    engine: AsyncEngine, ledger: Ledger, redis: Redis, org: OrganizationId
) -> None:
    used = datetime(2026, 7, 1, 12, tzinfo=UTC)
    await count(redis, org, "a:9", {(DAY, LINK): Units(renders=9, bytes=900)}, used)
    await ledger.settle(org)
    await redis.flushall()
    await count(redis, org, "b:1", {(DAY, LINK): Units(renders=4, bytes=1000, views=1)}, used - timedelta(hours=1))
    assert await ledger.settle(org) == 1
    assert await ledger.history(org, DAY, DAY) == {(DAY, LINK): Units(renders=9, bytes=1000, views=1)}
    assert await last_used(engine) == [used]


async def test_a_settle_without_a_last_use_keeps_the_known_one(
    engine: AsyncEngine, ledger: Ledger, redis: Redis, org: OrganizationId
) -> None:
    used = datetime(2026, 7, 1, 12, tzinfo=UTC)
    await count(redis, org, "a:1", {(DAY, LINK): TILE})
    await ledger.settle(org)
    assert await last_used(engine) == [None]
    await count(redis, org, "a:2", {(DAY, LINK): TILE + TILE}, used)
    await ledger.settle(org)
    await redis.flushall()
    await count(redis, org, "b:1", {(DAY, LINK): TILE + TILE + TILE})
    await ledger.settle(org)
    assert await last_used(engine) == [used]


async def test_an_organization_without_counters_has_nothing_to_settle(
    ledger: Ledger, redis: Redis, org: OrganizationId
) -> None:
    assert await ledger.settle(org) == 0
    await redis.hset(usage_key(org), "rev", "a:1")
    assert await ledger.settle(org) == 0


async def test_more_rows_than_one_statement_takes(ledger: Ledger, redis: Redis, org: OrganizationId) -> None:
    totals = {(DAY + timedelta(days=n % 3), LinkId(new_id("lnk"))): Units(renders=n + 1) for n in range(1203)}
    await count(redis, org, "a:1", totals)
    assert await ledger.settle(org) == 1203
    assert await ledger.history(org, DAY, DAY + timedelta(days=2)) == totals


async def test_organizations_are_settled_apart(engine: AsyncEngine, ledger: Ledger, redis: Redis) -> None:
    orgs = [(await store_account(engine, name)).organization_id for name in ("One", "Two", "Three")]
    for n, org in enumerate(orgs[:2]):
        await count(redis, org, "a:1", {(DAY, LINK): Units(renders=n + 1)})
    await ledger.settle_all()
    settled = [await ledger.history(org, DAY, DAY) for org in orgs]
    assert settled == [{(DAY, LINK): Units(renders=1)}, {(DAY, LINK): Units(renders=2)}, {}]


async def test_settlers_at_the_same_time_neither_fail_nor_count_twice(
    engine: AsyncEngine, redis: Redis, org: OrganizationId
) -> None:
    totals = {(DAY, LinkId(new_id("lnk"))): Units(renders=n + 1) for n in range(300)}
    await count(redis, org, "a:1", totals)
    ledgers = [Ledger(engine, redis) for _ in range(6)]
    assert await asyncio.gather(*(ledger.settle(org) for ledger in ledgers)) == [300] * 6
    assert await ledgers[0].history(org, DAY, DAY) == totals


async def test_history_is_of_the_days_and_the_link_that_are_asked_for(
    ledger: Ledger, redis: Redis, org: OrganizationId
) -> None:
    days = [DAY + timedelta(days=n) for n in range(5)]
    await count(redis, org, "a:1", {(day, link): TILE for link in (OTHER, LINK) for day in days})
    await ledger.settle(org)
    assert list(await ledger.history(org, days[1], days[2])) == [
        (days[1], LINK),
        (days[1], OTHER),
        (days[2], LINK),
        (days[2], OTHER),
    ]
    assert list(await ledger.history(org, DAY, DAY, LINK)) == [(DAY, LINK)]
    assert await ledger.history(org, days[2], days[1]) == {}
    assert await ledger.history(org, DAY, DAY, LinkId("lnk_unknown")) == {}


async def test_what_is_restored_is_what_was_settled(engine: AsyncEngine, ledger: Ledger, redis: Redis) -> None:
    account = await store_account(engine)
    org, today = account.organization_id, datetime.now(UTC).date()
    first, second = [(await store_link(engine, account, version=3)).id for _ in range(2)]
    other_org_link = await store_link(engine, version=9)
    async with Meter(redis, ledger.counters) as meter:
        for link, times in ((first, 5), (second, 2)):
            for _ in range(times):
                await meter.charge(Charge(organization_id=org, link_id=link, version=3, units=TILE))
        await ledger.settle(org)
        before = await meter.link_usage(org, [first, second]), await meter.organization_usage(org, today, today)
        await redis.flushall()
        after = await meter.link_usage(org, [first, second]), await meter.organization_usage(org, today, today)
        assert after == before
        fields = await redis.hgetall(usage_key(org))
        versions = {name: value for name, value in fields.items() if name.startswith(b"v:")}
        assert versions == {f"v:{first}".encode(): b"3", f"v:{second}".encode(): b"3"}
        assert other_org_link.id.encode() not in b"".join(fields)


async def test_use_after_a_loss_is_settled_on_top(engine: AsyncEngine, ledger: Ledger, redis: Redis) -> None:
    link = await store_link(engine)
    org, today = link.organization_id, datetime.now(UTC).date()
    async with Meter(redis, ledger.counters) as meter:
        for served in (5, 10, 15):
            outcomes = await asyncio.gather(
                *(meter.charge(charge(org, link.id, max_renders=15)) for _ in range(5)), return_exceptions=True
            )
            assert outcomes == [None] * 5
            assert await ledger.settle(org) == 1, "the same number of batches after a loss is not the same state"
            settled = await ledger.history(org, today, today)
            assert settled == {(today, link.id): Units(renders=served, cached=served, bytes=served * 1000)}
            await redis.flushall()


async def test_one_worker_at_a_time_settles_and_again_after_the_interval(
    engine: AsyncEngine, redis: Redis, org: OrganizationId
) -> None:
    await count(redis, org, "a:1", {(DAY, LINK): TILE})
    ledgers = [Ledger(engine, redis) for _ in range(3)]
    tasks = [asyncio.create_task(ledger.run(0.1)) for ledger in ledgers]
    for rev, units in (("a:2", TILE + TILE), ("a:3", TILE + TILE + TILE)):
        await count(redis, org, rev, {(DAY, LINK): units})
        async with asyncio.timeout(30):
            while await ledgers[0].history(org, DAY, DAY) != {(DAY, LINK): units}:
                pass
    for task in tasks:
        task.cancel()
    assert (await asyncio.wait(tasks, timeout=30))[1] == set()


async def test_settling_ends_whenever_it_is_cancelled(engine: AsyncEngine, redis: Redis, org: OrganizationId) -> None:
    """A service that does not end when it is told to is killed, with whatever it had in hand."""
    await count(redis, org, "a:1", {(DAY, LINK): TILE})
    for n in range(80):
        task = asyncio.create_task(Ledger(engine, redis).run(0.002))
        await asyncio.sleep(n / 10_000)
        task.cancel()
        assert (await asyncio.wait([task], timeout=30))[1] == set()


async def test_settling_survives_an_outage(engine: AsyncEngine, tmp_path: Path) -> None:
    redis = connect_redis(f"unix://{tmp_path}/nothing.sock")
    task = asyncio.create_task(Ledger(engine, redis).run(0.02))
    await asyncio.sleep(0.15)
    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await redis.aclose()
