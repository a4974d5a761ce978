"""How many passwords may be tried."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from service.errors import Throttled, Unavailable
from service.identifiers import LinkId, new_id
from service.metering.client_networks import client_network, client_source
from service.metering.limits import HOUR_MS, GuessThrottle
from service.redis.client import connect_redis
from tests.clocks import Clock
from tests.conftest import PATIENT

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

    from redis.asyncio import Redis

LINK = LinkId("lnk_AAAAAAAAAAAAAAAAAAAA")


@pytest.fixture
def throttle(redis: Redis) -> GuessThrottle:
    return GuessThrottle(redis, per_link=100, per_client=10)


async def allowed(throttle: GuessThrottle, client: str, times: int, link: LinkId = LINK) -> int:
    """Take so many guesses, one after the other; return how many were allowed."""
    count = 0
    for _ in range(times):
        try:
            await throttle.take(link, client)
        except Throttled:
            continue
        count += 1
    return count


@pytest.mark.also_on_cluster
async def test_a_network_has_ten_wrong_guesses(throttle: GuessThrottle) -> None:
    assert await allowed(throttle, "192.0.2.1", 6) == 6
    assert await allowed(throttle, "192.0.2.250", 6) == 4
    assert await allowed(throttle, "192.0.3.1", 1) == 1


@pytest.mark.also_on_cluster
async def test_a_network_has_a_count_of_its_own_on_each_link(throttle: GuessThrottle) -> None:
    assert await allowed(throttle, "192.0.2.1", 11) == 10
    assert await allowed(throttle, "192.0.2.1", 11, LinkId(new_id("lnk"))) == 10


async def test_a_throttled_guess_says_when_to_come_back(throttle: GuessThrottle) -> None:
    await allowed(throttle, "192.0.2.1", 10)
    with pytest.raises(Throttled) as refused:
        await throttle.take(LINK, "192.0.2.1")
    assert refused.value.code == "too_many_attempts"
    assert 50 < (refused.value.retry_after or 0) <= 60


@pytest.fixture
def clock() -> Clock:
    return Clock(1_800_000_000.0)


@pytest.fixture
def timed(redis: Redis, clock: Clock) -> GuessThrottle:
    return GuessThrottle(redis, per_link=100, per_client=10, clock=clock)


@pytest.mark.also_on_cluster
async def test_a_network_has_one_more_guess_each_minute(timed: GuessThrottle, clock: Clock) -> None:
    assert await allowed(timed, "192.0.2.1", 11) == 10
    for _ in range(3):
        clock.now += 59.9
        assert await allowed(timed, "192.0.2.1", 1) == 0
        clock.now += 0.1
        assert await allowed(timed, "192.0.2.1", 2) == 1


@pytest.mark.also_on_cluster
async def test_strangers_wait_a_minute_at_most_after_others_guessed(timed: GuessThrottle, clock: Clock) -> None:
    for n in range(100):
        await allowed(timed, f"10.0.{n}.1", 10)
    with pytest.raises(Throttled) as refused:
        await timed.take(LINK, "203.0.113.9")
    assert 0 < (refused.value.retry_after or 0) <= 60
    clock.now += refused.value.retry_after or 0
    await timed.take(LINK, "203.0.113.9")


async def test_a_clock_that_goes_back_locks_nobody_out(timed: GuessThrottle, clock: Clock) -> None:
    for n in range(10):
        await allowed(timed, f"10.0.{n}.1", 10)
    clock.now -= 30 * 24 * 3600
    clock.now += 60
    with pytest.raises(Throttled) as refused:
        await timed.take(LINK, "203.0.113.9")
    assert (refused.value.retry_after or 0) <= 60


async def test_buckets_are_forgotten_when_they_are_empty(throttle: GuessThrottle, redis: Redis) -> None:
    await allowed(throttle, "192.0.2.1", 10)
    assert all([0 < await redis.pttl(key) <= 10 * 60_000 for key in await redis.keys("tg:*")])


@pytest.mark.also_on_cluster
async def test_parallel_guesses_of_a_thousand_networks_over_four_workers_are_40_at_once(valkey_url: str) -> None:
    workers = [connect_redis(valkey_url, PATIENT) for _ in range(4)]
    clock = Clock(1_800_000_000.0)
    throttles = [GuessThrottle(worker, per_link=100, per_client=10, clock=clock) for worker in workers]
    clients = [f"10.{n >> 8}.{n & 255}.7" for n in range(500)] + [f"2001:db8:0:{n:x}::7" for n in range(500)]
    gate = asyncio.Semaphore(64)

    async def guess(n: int) -> int:
        async with gate:
            return await allowed(throttles[n % 4], clients[n], 2)

    assert sum(await asyncio.gather(*(guess(n) for n in range(1000)))) == 40
    hour = 40
    for minute in range(60):
        clock.now += 60
        hour += sum(await asyncio.gather(*(guess(n) for n in range(minute, 1000, 100))))
    assert hour == 100
    for worker in workers:
        await worker.aclose()


STEPS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.5, 59.0, 60.0, 61.0, 600.0, 1800.0]) | st.floats(0, 4000),
        st.integers(1, 12),
        st.sampled_from(["wrong", "unchecked"]),
    ),
    max_size=25,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, per_link=st.sampled_from([1, 2, 3, 7, 20, 100]))
def test_no_hour_has_more_wrong_guesses_than_the_link_allows(valkey_url: str, steps: Any, per_link: int) -> None:
    """Whenever they come, from wherever; what was not checked does not count."""

    async def play() -> tuple[list[float], list[float]]:
        clock, link = Clock(1_800_000_000.0), LinkId(new_id("lnk"))
        checked, waits = list[float](), list[float]()
        async with connect_redis(valkey_url, PATIENT) as redis:
            throttle = GuessThrottle(redis, per_link=per_link, per_client=10, clock=clock)
            for n, (seconds, times, outcome) in enumerate(steps):
                clock.now += seconds
                for i in range(times):
                    try:
                        guess = await throttle.take(link, f"10.{n}.{i}.1")
                    except Throttled as refused:
                        waits.append(refused.retry_after or 0)
                        continue
                    if outcome == "wrong":
                        checked.append(clock.now)
                    else:
                        await throttle.give_back(guess)
        return checked, waits

    checked, waits = asyncio.run(play())
    assert all(0 < wait <= HOUR_MS / 1000 + 1 for wait in waits)
    assert per_link < 100 or max(waits, default=0) <= 60
    for start in checked:
        assert sum(start <= at <= start + 3600 for at in checked) <= per_link


@pytest.mark.also_on_cluster
async def test_a_network_that_once_succeeded_is_not_locked_out_by_others(throttle: GuessThrottle) -> None:
    await throttle.refund(await throttle.take(LINK, "192.0.2.1"))
    for n in range(10):
        await allowed(throttle, f"10.0.{n}.1", 10)
    assert await allowed(throttle, "10.0.99.1", 1) == 0
    assert await allowed(throttle, "192.0.2.99", 11) == 10


async def test_wrong_guesses_of_a_known_network_take_nothing_from_others(throttle: GuessThrottle) -> None:
    await throttle.refund(await throttle.take(LINK, "192.0.2.1"))
    await allowed(throttle, "192.0.2.1", 10)
    assert await allowed(throttle, "198.51.100.1", 10) == 10
    for n in range(10):
        await allowed(throttle, f"10.0.{n}.1", 10)
    assert await allowed(throttle, "10.0.99.1", 1) == 0


async def test_being_known_on_one_link_says_nothing_on_another(throttle: GuessThrottle) -> None:
    other = LinkId(new_id("lnk"))
    await throttle.refund(await throttle.take(LINK, "192.0.2.1"))
    for n in range(10):
        await allowed(throttle, f"10.0.{n}.1", 10, other)
    assert await allowed(throttle, "192.0.2.1", 1, other) == 0


async def test_right_guesses_cost_nothing(throttle: GuessThrottle) -> None:
    for n in range(300):
        await throttle.refund(await throttle.take(LINK, f"10.0.{n % 250}.1"))
    assert await allowed(throttle, "192.0.2.1", 10) == 10


async def test_right_guesses_at_the_same_time_cost_nothing(throttle: GuessThrottle, redis: Redis) -> None:
    """The first of them makes the network known, and the others must still be given back where they were taken."""
    taken = [await throttle.take(LINK, f"192.0.2.{n}") for n in range(10)]
    for guess in taken:
        await throttle.refund(guess)
    assert [key for key in await redis.keys("*:guess*") if b"known" not in key] == []


@pytest.mark.also_on_cluster
async def test_a_guess_that_was_never_checked_is_given_back_and_makes_nobody_known(throttle: GuessThrottle) -> None:
    for _ in range(200):
        await throttle.give_back(await throttle.take(LINK, "192.0.2.1"))
    assert await allowed(throttle, "192.0.2.1", 11) == 10


async def test_giving_back_what_is_forgotten_makes_no_more_room(throttle: GuessThrottle, redis: Redis) -> None:
    guess = await throttle.take(LINK, "192.0.2.1")
    await redis.flushall()
    await throttle.give_back(guess)
    assert await allowed(throttle, "192.0.2.1", 11) == 10


async def test_without_redis_no_guess_is_allowed(tmp_path: object) -> None:
    redis = connect_redis(f"unix://{tmp_path}/nothing.sock")
    throttle = GuessThrottle(redis, per_link=100, per_client=10)
    with pytest.raises(Unavailable) as refused:
        await throttle.take(LINK, "192.0.2.1")
    assert (refused.value.code, refused.value.retry_after) == ("backend_unavailable", 1)
    await redis.aclose()


async def test_a_refund_that_redis_cannot_take_is_no_error(throttle: GuessThrottle, tmp_path: object) -> None:
    guess = await throttle.take(LINK, "192.0.2.1")
    redis = connect_redis(f"unix://{tmp_path}/nothing.sock")
    await GuessThrottle(redis, per_link=100, per_client=10).refund(guess)
    await redis.aclose()


@pytest.mark.parametrize(
    ("address", "network"),
    [
        pytest.param("192.0.2.77", "192.0.2.0", id="IPv4"),
        pytest.param("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::", id="IPv6"),
        pytest.param("::ffff:192.0.2.77", "192.0.2.0", id="IPv4 in IPv6"),
        pytest.param("fe80::1:2%eth0", "fe80::", id="IPv6 with a scope"),
        pytest.param("", "unknown", id="nothing"),
        pytest.param("unix:", "unknown", id="not an address"),
        pytest.param("192.0.2.077", "unknown", id="octal"),
        pytest.param("192.0.2.1/24", "unknown", id="a network"),
    ],
)
def test_guesses_are_counted_by_network(address: str, network: str) -> None:
    assert client_network(address) == network


@given(st.ip_addresses(), st.integers(0, 2**64 - 1))
def test_a_neighbour_shares_the_bucket(ip: IPv4Address | IPv6Address, host: int) -> None:
    assume(ip.version == 4 or ip.ipv4_mapped is None)
    bits = 8 if ip.version == 4 else 64
    neighbour = type(ip)((int(ip) >> bits << bits) | (host & ((1 << bits) - 1)))
    assert client_network(str(ip)) == client_network(str(neighbour))


@given(st.text(max_size=60))
def test_no_address_breaks_the_counting(address: str) -> None:
    assert client_network(address)


@pytest.mark.parametrize(
    ("address", "source"),
    [
        pytest.param("192.0.2.77", "192.0.2.77", id="IPv4"),
        pytest.param("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", id="IPv6"),
        pytest.param("::ffff:192.0.2.77", "192.0.2.77", id="IPv4 in IPv6"),
        pytest.param("unix:", "unix:", id="not an address"),
    ],
)
def test_rates_are_counted_by_address_or_64(address: str, source: str) -> None:
    assert client_source(address) == source
