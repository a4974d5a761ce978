"""What Redis loses is counted again, and nothing twice: random losses, settlers and deaths against a plain sum."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from service.errors import TilegateError
from service.identifiers import LinkId, OrganizationId
from service.metering.charges import Caps, Charge
from service.metering.counters import Counters
from service.metering.ledger import Ledger
from service.metering.meter import Meter
from service.metering.usage import Units, usage_key
from tests.links.samples import store_account

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine

LINKS = (LinkId("lnk_AAAAAAAAAAAAAAAAAAAA"), LinkId("lnk_BBBBBBBBBBBBBBBBBBBB"))


class World:
    """Workers, settlers and one Redis that loses its last writes now and then."""

    def __init__(self, redis: Redis, ledgers: list[Ledger], org: OrganizationId) -> None:
        self.redis = redis
        self.ledgers = ledgers
        self.org = org
        self.key = usage_key(org)
        self.workers = [self.worker() for _ in range(3)]
        self.copies: list[bytes | None] = [None]
        self.sent: Counter[LinkId] = Counter()

    def worker(self) -> Meter:
        return Meter(self.redis, self.ledgers[0].counters)

    async def charge(self, chance: random.Random) -> None:
        worker, link = chance.choice(self.workers), chance.choice(LINKS)
        caps = Caps(max_renders=chance.choice([None, None, 10]))
        wanted = Charge(organization_id=self.org, link_id=link, version=1, units=Units(renders=1), caps=caps)
        answers = await asyncio.gather(
            *(worker.charge(wanted) for _ in range(chance.randint(1, 5))), return_exceptions=True
        )
        assert all(answer is None or isinstance(answer, TilegateError) for answer in answers)
        self.sent[link] += answers.count(None)

    async def settle(self, chance: random.Random) -> None:
        await chance.choice(self.ledgers).settle(self.org)

    async def copy(self, _: random.Random) -> None:
        self.copies.append(await self.redis.dump(self.key))

    async def lose(self, chance: random.Random) -> None:
        """Go back to an earlier state, as a torn file or a replica that lags does, or to nothing."""
        copy = chance.choice(self.copies)
        await self.redis.delete(self.key)
        if copy is not None:
            await self.redis.restore(self.key, 0, copy)

    async def die(self, chance: random.Random) -> None:
        """End a worker whose work the ledger has, and start another."""
        await self.check()
        await self.settle(chance)
        self.workers[chance.randrange(3)] = self.worker()

    async def check(self) -> None:
        for worker in self.workers:
            for account in worker._accounts.values():
                await account.check()

    async def counted(self) -> Counter[LinkId]:
        usage = await self.workers[0].link_usage(self.org, LINKS)
        return Counter({link: usage[link].units.renders for link in LINKS})


@pytest.mark.parametrize("seed", range(12))
async def test_every_unit_is_counted_once_whatever_redis_loses(
    redis: Redis, sqlite_engine: AsyncEngine, seed: int
) -> None:
    chance, today = random.Random(seed), datetime.now(UTC).date()
    org = (await store_account(sqlite_engine)).organization_id
    world = World(redis, [Ledger(sqlite_engine, redis) for _ in range(2)], org)
    steps = [world.charge] * 6 + [world.settle, world.copy, world.lose, world.die]
    for _ in range(120):
        await chance.choice(steps)(chance)
    await world.check()
    await world.settle(chance)
    await world.settle(chance)
    assert await world.counted() == world.sent
    rows = await world.ledgers[0].history(org, today, today)
    assert {link: units.renders for (_, link), units in rows.items()} == +world.sent
    days = await world.workers[0].organization_usage(org, today, today)
    assert days[today].renders == world.sent.total()


async def test_two_servers_that_came_apart_are_settled_to_the_sum(redis: Redis, sqlite_engine: AsyncEngine) -> None:
    """One worker counts on the one, another on the other; both are settled; then only the second is left."""
    org, today = (await store_account(sqlite_engine)).organization_id, datetime.now(UTC).date()
    key, ledger = usage_key(org), Ledger(sqlite_engine, redis)
    wanted = Charge(organization_id=org, link_id=LINKS[0], version=1, units=Units(renders=1))
    first, second = Meter(redis, ledger.counters), Meter(redis, ledger.counters)
    await first.charge(wanted)
    common = await redis.dump(key)
    for _ in range(5):
        await first.charge(wanted)
    await ledger.settle(org)
    await redis.restore(key, 0, common, replace=True)  # type: ignore[arg-type]
    for _ in range(3):
        await second.charge(wanted)
    await ledger.settle(org)
    await redis.delete(key)  # and the first worker is gone
    await second.charge(wanted)
    await ledger.settle(org)
    assert await ledger.history(org, today, today) == {(today, LINKS[0]): Units(renders=10)}
    assert (await second.link_usage(org, LINKS))[LINKS[0]].units.renders == 10


async def test_a_batch_that_only_the_ledger_still_knows_is_not_counted_again(
    redis: Redis, sqlite_engine: AsyncEngine
) -> None:
    """Its reply was lost, it was settled, then Redis lost everything, and the worker sends it again."""
    org, today = (await store_account(sqlite_engine)).organization_id, datetime.now(UTC).date()
    ledger = Ledger(sqlite_engine, redis)
    counters = Counters(redis, ledger.counters)
    charge = Charge(organization_id=org, link_id=LINKS[0], version=1, units=Units(renders=1))
    now = int(datetime.now(UTC).timestamp() * 1000)
    batch = ["0123456789abcdef", 1, today.isoformat(), now, charge.item()]
    assert await counters.meter(org, batch) == ("c", "")
    await ledger.settle(org)
    await redis.flushall()
    assert await counters.meter(org, batch) == ("c", "")
    await ledger.settle(org)
    assert await ledger.history(org, today, today) == {(today, LINKS[0]): Units(renders=1)}
    assert await redis.hget(usage_key(org), f"t:{LINKS[0]}:renders") == b"1"
