"""How many passwords may be tried."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from service.errors import Throttled, Unavailable
from service.identifiers import LinkId, new_id
from service.metering.limits import CLIENT_WINDOW_MS, LINK_WINDOW_MS, GuessThrottle, client_network
from service.operations.services import connect_redis
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
    assert 590 < (refused.value.retry_after or 0) <= 600


async def test_windows_end_on_time_and_guessing_on_does_not_lengthen_them(
    throttle: GuessThrottle, redis: Redis
) -> None:
    await throttle.take(LINK, "192.0.2.1")
    buckets = {key: await redis.pttl(key) for key in await redis.keys("tg:*")}
    assert sorted(buckets.values()) == [
        pytest.approx(CLIENT_WINDOW_MS, abs=1000),
        pytest.approx(LINK_WINDOW_MS, abs=1000),
    ]
    for key in buckets:
        await redis.pexpire(key, 5000)
    await allowed(throttle, "192.0.2.1", 12)
    assert all([await redis.pttl(key) <= 5000 for key in buckets])
    for key in buckets:
        await redis.pexpire(key, 1)
    await asyncio.sleep(0.01)
    assert await allowed(throttle, "192.0.2.1", 11) == 10


async def test_a_bucket_that_lost_its_expiry_does_not_lock_for_ever(throttle: GuessThrottle, redis: Redis) -> None:
    """A power cut can tear the count from its expiry in the append-only file."""
    await allowed(throttle, "192.0.2.1", 10)
    for key in await redis.keys("tg:*"):
        await redis.persist(key)
    assert await allowed(throttle, "192.0.2.1", 1) == 0
    assert await allowed(throttle, "198.51.100.1", 1) == 1
    assert all([0 < await redis.pttl(key) <= LINK_WINDOW_MS for key in await redis.keys("tg:*")])


@pytest.mark.also_on_cluster
async def test_a_link_has_exactly_100_wrong_guesses_over_a_thousand_networks_and_four_workers(
    valkey_url: str, throttle: GuessThrottle
) -> None:
    workers = [connect_redis(valkey_url, PATIENT) for _ in range(4)]
    throttles = [GuessThrottle(worker, per_link=100, per_client=10) for worker in workers]
    clients = [f"10.{n >> 8}.{n & 255}.7" for n in range(500)] + [f"2001:db8:0:{n:x}::7" for n in range(500)]
    gate = asyncio.Semaphore(64)

    async def guess(n: int) -> int:
        async with gate:
            return await allowed(throttles[n % 4], clients[n], 2)

    assert sum(await asyncio.gather(*(guess(n) for n in range(1000)))) == 100
    with pytest.raises(Throttled) as refused:
        await throttle.take(LINK, "203.0.113.9")
    assert 3500 < (refused.value.retry_after or 0) <= 3600
    for worker in workers:
        await worker.aclose()


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
    assert [await redis.get(key) for key in await redis.keys("*:guess*") if b"known" not in key] == [b"0", b"0"]


@pytest.mark.also_on_cluster
async def test_a_guess_that_was_never_checked_is_given_back_and_makes_nobody_known(throttle: GuessThrottle) -> None:
    for _ in range(200):
        await throttle.give_back(await throttle.take(LINK, "192.0.2.1"))
    assert await allowed(throttle, "192.0.2.1", 11) == 10


async def test_giving_back_after_the_window_ended_makes_no_room_below_zero(
    throttle: GuessThrottle, redis: Redis
) -> None:
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
