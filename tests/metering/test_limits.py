"""Rate limits: a fixed window a caller, which never causes an outage."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from service.errors import Throttled
from service.identifiers import LinkId
from service.metering import limits as limits_module
from service.metering.limits import RateLimiter, TileLimiter
from service.redis.client import connect_redis
from tests.conftest import PATIENT

if TYPE_CHECKING:
    from pathlib import Path

    from redis.asyncio import Redis

LINK, OTHER = LinkId("lnk_A"), LinkId("lnk_B")


@pytest.mark.also_on_cluster
async def test_calls_are_counted_down_to_the_limit(redis: Redis) -> None:
    limiter = RateLimiter(redis)
    seen = [await limiter.hit("me", "read", 3) for _ in range(5)]
    assert [(one.allowed, one.remaining) for one in seen] == [
        (True, 2),
        (True, 1),
        (True, 0),
        (False, 0),
        (False, 0),
    ]
    assert all(59 < one.reset <= 60 and one.limit == 3 for one in seen)


@pytest.mark.also_on_cluster
async def test_callers_and_buckets_are_counted_apart(redis: Redis) -> None:
    limiter = RateLimiter(redis)
    await limiter.hit("me", "read", 1)
    assert not (await limiter.hit("me", "read", 1)).allowed
    assert (await limiter.hit("you", "read", 1)).allowed
    assert (await limiter.hit("me", "list", 1)).allowed


async def test_the_window_ends_and_calling_on_does_not_lengthen_it(redis: Redis) -> None:
    limiter = RateLimiter(redis)
    await limiter.hit("me", "read", 1)
    [key] = await redis.keys("tg:rate:*")
    await redis.pexpire(key, 50)
    assert (await limiter.hit("me", "read", 1)).reset <= 0.05
    await asyncio.sleep(0.06)
    assert (await limiter.hit("me", "read", 1)).allowed


async def test_a_window_that_lost_its_end_gets_one(redis: Redis) -> None:
    limiter = RateLimiter(redis)
    await limiter.hit("me", "read", 1)
    [key] = await redis.keys("tg:rate:*")
    await redis.persist(key)
    assert 59 < (await limiter.hit("me", "read", 1)).reset <= 60
    assert await redis.pttl(key) > 0


@pytest.mark.also_on_cluster
async def test_the_limit_is_exact_over_workers(valkey_url: str) -> None:
    clients = [connect_redis(valkey_url, PATIENT) for _ in range(4)]
    limiters = [RateLimiter(client) for client in clients]
    seen = await asyncio.gather(*(limiters[n % 4].hit("me", "read", 30) for n in range(100)))
    assert sum(one.allowed for one in seen) == 30
    for client in clients:
        await client.aclose()


async def test_without_redis_every_call_is_allowed(tmp_path: Path) -> None:
    redis = connect_redis(f"unix://{tmp_path}/nothing.sock")
    seen = await RateLimiter(redis).hit("me", "read", 3)
    assert (seen.allowed, seen.remaining, seen.reset) == (True, 3, 0)
    await redis.aclose()


async def test_what_is_not_allowed_says_when_to_come_back(redis: Redis) -> None:
    limiter = RateLimiter(redis)
    (await limiter.hit("me", "read", 1)).require()
    with pytest.raises(Throttled) as refused:
        (await limiter.hit("me", "read", 1)).require()
    assert refused.value.code == "rate_limited"
    assert 59 < (refused.value.retry_after or 0) <= 60


def test_tiles_are_counted_by_link_and_client() -> None:
    limiter = TileLimiter(2)
    assert [limiter.hit(LINK, "a").allowed for _ in range(3)] == [True, True, False]
    assert limiter.hit(LINK, "b").allowed
    assert limiter.hit(OTHER, "a").allowed
    seen = limiter.hit(LINK, "b")
    assert (seen.remaining, seen.limit) == (0, 2)
    assert 59 < seen.reset <= 60


def test_a_window_of_tiles_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(limits_module.time, "monotonic", lambda: now[0])
    limiter = TileLimiter(1)
    limiter.hit(LINK, "a")
    now[0] += 59.5
    late = limiter.hit(LINK, "a")
    assert not late.allowed
    assert late.reset == 1
    now[0] += 1
    assert limiter.hit(LINK, "a").allowed
