"""Limits, budgets, ends and guesses: noticed once each, by however many workers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, select, update

from service.database.tables import links, notices
from service.errors import Forbidden, Gone
from service.links.guard import charge_of
from service.metering.budget_store import BudgetStore
from service.metering.budgets import Limits
from service.metering.ledger import Ledger
from service.metering.meter import Meter
from service.metering.usage import Units
from service.metering.usage_watch import UsageWatch
from service.notices.expiring import BEFORE, Expiring
from service.notices.notices import Notices
from tests.conftest import PASSWORD, PATIENT
from tests.links.samples import NOW, store_link
from tests.notices.receiver import LOCAL, open_receiver

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine

    from service.links.link import Link
    from tests.conftest import Installation


class Worker:
    """What of a worker counts, copies and watches."""

    def __init__(self, engine: AsyncEngine, redis: Redis) -> None:
        self.watch = UsageWatch(engine, redis, Notices(engine, sends_mail=False))
        self.ledger = Ledger(engine, redis, self.watch)
        self.meter = Meter(redis, self.ledger.counters, PATIENT, refused=self.watch.refuse)

    async def use(self, link: Link, units: Units, times: int = 1) -> None:
        for _ in range(times):
            await self.meter.charge(charge_of(link, units))

    async def look(self) -> None:
        await self.ledger.settle_all()
        await self.watch.look_at_refused()


async def seen(engine: AsyncEngine) -> list[tuple[str, str, int, int]]:
    """Return what was noticed: type, unit, how much was used, and of what."""
    async with engine.connect() as connection:
        rows = (await connection.execute(select(notices.c.type, notices.c.data).order_by(notices.c.type))).all()
    return [(row.type, row.data["unit"], row.data["used"], row.data.get("cap", row.data.get("budget"))) for row in rows]


@pytest.mark.also_on_cluster
async def test_a_limit_is_near_once_and_reached_once_for_many_workers(sqlite_engine: AsyncEngine, redis: Redis) -> None:
    link = await store_link(sqlite_engine, max_renders=10)
    workers = [Worker(sqlite_engine, redis) for _ in range(3)]
    tile = Units(renders=1, bytes=100)
    await workers[0].use(link, tile, 7)
    await workers[0].look()
    assert await seen(sqlite_engine) == []
    await workers[1].use(link, tile)
    for worker in workers:
        await worker.look()
    assert await seen(sqlite_engine) == [("cap.near", "renders", 8, 10)]
    await workers[2].use(link, tile, 2)
    for worker in (*workers, *workers):
        with pytest.raises(Gone):
            await worker.use(link, tile)
        await worker.look()
    assert await seen(sqlite_engine) == [("cap.near", "renders", 8, 10), ("cap.reached", "renders", 10, 10)]
    higher = replace(link, max_renders=20)
    async with sqlite_engine.begin() as connection:
        await connection.execute(update(links).values(max_renders=20))
    await workers[0].use(higher, tile, 6)
    await workers[0].look()
    assert ("cap.near", "renders", 16, 20) in await seen(sqlite_engine)


async def test_bytes_are_reached_by_what_no_longer_fits(sqlite_engine: AsyncEngine, redis: Redis) -> None:
    link, worker = await store_link(sqlite_engine, max_bytes=1000), Worker(sqlite_engine, redis)
    with pytest.raises(Gone):
        await worker.use(link, Units(downloads=1, bytes=5000))
    await worker.look()
    assert await seen(sqlite_engine) == []  # one that is too large for it ends no link
    await worker.use(link, Units(renders=1, bytes=900))
    await worker.look()
    with pytest.raises(Gone):
        await worker.use(link, Units(renders=1, bytes=200))
    await worker.look()
    assert await seen(sqlite_engine) == [("cap.near", "bytes", 900, 1000), ("cap.reached", "bytes", 900, 1000)]


async def test_a_small_limit_is_reached_and_never_near(sqlite_engine: AsyncEngine, redis: Redis) -> None:
    link, worker = await store_link(sqlite_engine, max_views=1), Worker(sqlite_engine, redis)
    await worker.use(link, Units(views=1))
    await worker.look()
    assert await seen(sqlite_engine) == [("cap.reached", "views", 1, 1)]


@pytest.mark.also_on_cluster
async def test_a_budget_is_near_once_and_reached_once(sqlite_engine: AsyncEngine, redis: Redis) -> None:
    link, workers = await store_link(sqlite_engine), [Worker(sqlite_engine, redis) for _ in range(2)]
    budgets, organization_id = BudgetStore(sqlite_engine), link.organization_id
    budget = await budgets.set_own(organization_id, Limits(max_renders=10, max_pixels=1000))
    tile = Units(renders=1, pixels=99, bytes=1)
    await workers[0].use(link, tile)
    await workers[0].meter.set_budget(organization_id, budget)
    await workers[0].use(link, tile, 7)
    for worker in workers:
        await worker.look()
    assert await seen(sqlite_engine) == [("budget.near", "renders", 8, 10)]
    await workers[1].use(link, tile, 2)
    for worker in (*workers, *workers):
        with pytest.raises(Forbidden):
            await worker.use(link, tile)
        await worker.look()
    assert await seen(sqlite_engine) == [
        ("budget.near", "renders", 8, 10),
        ("budget.near", "pixels", 990, 1000),
        ("budget.reached", "renders", 10, 10),
        ("budget.reached", "pixels", 990, 1000),
    ]


async def test_a_link_that_ends_in_three_days_is_noticed_once(engine: AsyncEngine) -> None:
    clock = [NOW]

    def now() -> datetime:
        return clock[0]

    made = {"created_at": NOW, "updated_at": NOW}
    link = await store_link(engine, **made, expires_at=NOW + timedelta(days=10))
    await store_link(engine, **made, expires_at=NOW + timedelta(days=2))  # was never further away
    await store_link(engine, **made, expires_at=NOW + timedelta(days=10), revoked_at=NOW)
    workers = [Expiring(engine, Notices(engine, sends_mail=False), now=now) for _ in range(3)]
    assert [await worker.look() for worker in workers] == [0, 0, 0]
    clock[0] = NOW + timedelta(days=10) - BEFORE
    assert [await worker.look() for worker in (*workers, *workers)] == [1, 0, 0, 0, 0, 0]
    async with engine.begin() as connection:
        later = NOW + timedelta(days=20)
        await connection.execute(update(links).where(links.c.id == link.id).values(expires_at=later))
    assert await workers[0].look() == 0
    clock[0] = NOW + timedelta(days=18)
    assert await workers[1].look() == 1
    clock[0] = NOW + timedelta(days=21)
    async with engine.begin() as connection:
        await connection.execute(delete(notices))
    assert await Expiring(engine, Notices(engine, sends_mail=False), now=now).look() == 0


async def test_limits_and_guesses_reach_a_webhook_without_a_secret(
    install: Callable[..., Awaitable[Installation]],
) -> None:
    async with open_receiver() as receiver:
        service = await install(webhook_allow=LOCAL, settle_interval=0.1, guesses_per_client=3)
        hook: Any = await service.ask("webhook.create", url=receiver.url)
        link = await service.add_link(max_views=5)
        asked = {"token": link["token"]}
        for _ in range(5):
            assert (await service.post("share.link.validate", {}, **asked, password=PASSWORD)).status == 200
        assert (await service.post("share.link.validate", {}, **asked, password=PASSWORD)).status == 410
        [near] = await receiver.wait_for("cap.near")
        [reached] = await receiver.wait_for("cap.reached")
        assert reached.said["data"] | {"unit": "views", "used": 5, "cap": 5} == reached.said["data"]
        statuses = [
            (await service.post("share.link.validate", {}, **asked, password=f"a wrong one {n}")).status
            for n in range(8)
        ]
        assert statuses[-1] == 429
        [guessing] = await receiver.wait_for("password.guessing")
        for received in (near, reached, guessing):
            received.verify(hook["secret"])
            text = received.body.decode()
            assert not any(secret in text for secret in (PASSWORD, "a wrong one", link["token"], service.api_key))
        assert receiver.types().count("cap.near") == receiver.types().count("password.guessing") == 1
