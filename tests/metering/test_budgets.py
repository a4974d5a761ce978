"""Budgets: exact over all workers, in every month and time zone, whatever Redis loses."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from service.errors import TilegateError
from service.identifiers import LinkId, OrganizationId
from service.metering.budget_store import BudgetStore
from service.metering.budgets import BUDGETED, Budget, Limits
from service.metering.charges import Caps, Charge
from service.metering.ledger import Ledger
from service.metering.meter import Meter
from service.metering.months import month_at, zone_named
from service.metering.usage import Units, usage_key
from tests.conftest import PATIENT
from tests.links.samples import store_account

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine

LINK, OTHER = LinkId("lnk_AAAAAAAAAAAAAAAAAAAA"), LinkId("lnk_BBBBBBBBBBBBBBBBBBBB")
TILE = Units(renders=1, bytes=1000, pixels=65536)


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


class World:
    """Some workers of one organization."""

    def __init__(self, engine: AsyncEngine, redis: Redis, org: OrganizationId, workers: int = 3) -> None:
        self.clock, self.org, self.redis = Clock(), org, redis
        self.store, self.ledger = BudgetStore(engine), Ledger(engine, redis)
        self.workers = [Meter(redis, self.ledger.counters, PATIENT, self.clock) for _ in range(workers)]

    async def limit(self, time_zone: str | None = None, **limits: int) -> Budget:
        budget = await self.store.set_own(self.org, Limits(**limits), time_zone)
        await self.workers[0].set_budget(self.org, budget)
        return budget

    async def ask(self, times: int, units: Units = TILE, **caps: int) -> Counter[str]:
        """Charge at once by all workers, to two links; return what became of it."""
        links = (LINK, OTHER)
        charges = [
            Charge(organization_id=self.org, link_id=links[n % 2], version=1, units=units, caps=Caps(**caps))
            for n in range(times)
        ]
        workers = self.workers
        tried = (_outcome(workers[n % len(workers)], one) for n, one in enumerate(charges))
        return Counter(await asyncio.gather(*tried))

    async def used(self, zone: str = "UTC") -> dict[str, int]:
        return await self.workers[0].used(self.org, month_at(self.clock.now, zone_named(zone)))


async def _outcome(meter: Meter, charge: Charge) -> str:
    try:
        await meter.charge(charge)
    except TilegateError as error:
        return error.code
    return "charged"


@pytest.fixture
async def world(sqlite_engine: AsyncEngine, redis: Redis) -> World:
    return World(sqlite_engine, redis, (await store_account(sqlite_engine)).organization_id)


@pytest.mark.also_on_cluster
@pytest.mark.parametrize(
    ("units", "limits", "fits"),
    [
        pytest.param(TILE, {"max_renders": 37}, 37, id="renders"),
        pytest.param(TILE, {"max_bytes": 37_999}, 37, id="bytes"),
        pytest.param(TILE, {"max_pixels": 65536 * 37}, 37, id="pixels"),
        pytest.param(Units(queries=1), {"max_queries": 37}, 37, id="queries"),
        pytest.param(TILE, {"max_renders": 0}, 0, id="none at all"),
        pytest.param(TILE, {"max_renders": 90, "max_pixels": 65536 * 41}, 41, id="the tighter of two"),
        pytest.param(Units(downloads=1, bytes=700), {"max_bytes": 7000}, 10, id="files"),
        pytest.param(Units(views=1), {"max_renders": 0}, 100, id="what has no budget"),
    ],
)
async def test_a_budget_is_exact_over_workers_and_links(
    world: World, units: Units, limits: dict[str, int], fits: int
) -> None:
    """Also where charges of a link without limits go together, of which only some are within it."""
    await world.limit(**limits)
    outcomes = await world.ask(100, units)
    assert outcomes == +Counter({"charged": fits, "budget_exhausted": 100 - fits})
    assert await world.used() == {unit: getattr(units, unit) * fits for unit in BUDGETED}


async def test_a_budget_holds_at_once_and_for_what_was_counted_before(world: World) -> None:
    assert await world.ask(20) == {"charged": 20}
    await world.limit(max_renders=25)
    assert await world.ask(20) == {"charged": 5, "budget_exhausted": 15}
    await world.limit(max_renders=27)
    assert await world.ask(20) == {"charged": 2, "budget_exhausted": 18}
    await world.limit()
    assert await world.ask(20) == {"charged": 20}


async def test_a_link_has_its_own_limits_beside_it(world: World) -> None:
    await world.limit(max_renders=10)
    assert await world.ask(8, max_renders=3) == {"charged": 6, "limit_reached": 2}
    assert await world.ask(8) == {"charged": 4, "budget_exhausted": 4}


async def test_an_earlier_budget_never_replaces_a_later_one(world: World) -> None:
    early = await world.limit(max_renders=1)
    late = await world.limit(max_renders=5)
    await world.workers[1].set_budget(world.org, early)
    assert (await world.ask(9))["charged"] == 5
    assert late.version > early.version


async def test_the_tighter_of_the_two_limits_holds(world: World) -> None:
    await world.store.set_ceiling(world.org, Limits(max_renders=4, max_bytes=10**9))
    budget = await world.limit(max_renders=6, max_queries=1)
    assert budget.effective == Limits(max_renders=4, max_bytes=10**9, max_queries=1)
    assert (await world.ask(9))["charged"] == 4


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Honolulu"])
async def test_all_begins_anew_with_the_month_of_the_time_zone(world: World, zone: str) -> None:
    end = month_at(world.clock.now, zone_named(zone)).ends_at.astimezone(UTC)
    world.clock.now = end - timedelta(seconds=1)
    await world.limit(zone, max_renders=5)
    assert await world.ask(9) == {"charged": 5, "budget_exhausted": 4}
    meter, tile = world.workers[0], Charge(organization_id=world.org, link_id=LINK, version=1, units=TILE)
    with pytest.raises(TilegateError) as refused:
        await meter.charge(tile)
    assert (refused.value.code, refused.value.retry_after) == ("budget_exhausted", 1)
    world.clock.now = end
    assert await world.ask(9) == {"charged": 5, "budget_exhausted": 4}
    world.clock.now = end + timedelta(days=32)
    assert await world.ask(9) == {"charged": 5, "budget_exhausted": 4}
    assert (await world.used(zone))["renders"] == 5


async def test_a_time_zone_is_known_to_a_worker_before_it_counts(world: World, sqlite_engine: AsyncEngine) -> None:
    end = month_at(world.clock.now, zone_named("Asia/Tokyo")).ends_at.astimezone(UTC)
    world.clock.now = end
    await world.limit("Asia/Tokyo", max_renders=5)
    assert (await world.ask(9))["charged"] == 5
    assert (await world.used("Asia/Tokyo"))["renders"] == 5
    late = World(sqlite_engine, world.redis, world.org)
    late.clock.now = end
    assert await late.ask(3) == {"budget_exhausted": 3}


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati"])
async def test_months_come_back_from_the_ledger(engine: AsyncEngine, redis: Redis, zone: str) -> None:
    world = World(engine, redis, (await store_account(engine)).organization_id)
    await world.limit(zone, max_renders=12)
    assert await world.ask(7) == {"charged": 7}
    before = await world.used(zone)
    await world.ledger.settle(world.org)
    await world.redis.flushall()
    assert (await world.ask(9))["charged"] == 5
    fresh = World(engine, world.redis, world.org)
    assert await fresh.ask(3) == {"budget_exhausted": 3}
    await world.ledger.settle(world.org)
    await world.redis.flushall()
    assert await world.used(zone) == {unit: amount * 12 // 7 for unit, amount in before.items()}


async def test_what_redis_loses_of_a_month_is_sent_again(world: World) -> None:
    await world.limit(max_renders=20)
    await world.ask(3)
    copy = await world.redis.dump(usage_key(world.org))
    await world.ask(10)
    await world.redis.delete(usage_key(world.org))
    await world.redis.restore(usage_key(world.org), 0, copy)
    for worker in world.workers:
        for account in worker._accounts.values():
            await account.check()
    assert (await world.used())["renders"] == 13
    assert (await world.ask(20))["charged"] == 7


async def test_a_budget_that_redis_has_lost_is_set_again(world: World) -> None:
    await world.ask(1)
    await world.limit(max_renders=1)
    await world.redis.hdel(usage_key(world.org), "budget")
    await world.ledger.settle_all()
    assert await world.ask(3) == {"budget_exhausted": 3}


async def test_a_month_that_has_ended_is_kept_until_the_ledger_has_it(world: World) -> None:
    world.clock.now = end = month_at(world.clock.now, UTC).ends_at
    world.clock.now = end - timedelta(seconds=1)
    await world.ask(6)
    world.clock.now = end
    await world.ask(6)
    (account,) = world.workers[0]._accounts.values()
    assert [book.month for book in account.unsettled] == [f"{end - timedelta(1):%Y-%m}", f"{end:%Y-%m}"]
    await world.ledger.settle(world.org)
    await world.workers[0]._look(world.ledger.settled)
    assert account.unsettled == []
