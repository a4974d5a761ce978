"""The gate: one bcrypt for many, nothing remembered of what was wrong, and a bound on guessing."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from service.errors import Gone, TilegateError, Unavailable
from service.links.credentials.password_gate import PasswordGate
from service.links.credentials.passwords import Passwords
from service.metering.limits import GuessThrottle
from service.redis.client import connect_redis
from tests.conftest import PATIENT
from tests.links.samples import PASSWORD, make_link

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from redis.asyncio import Redis

    from service.links.link import Link

HERE = "192.0.2.1"


class CountedPasswords(Passwords):
    """Real bcrypt, counted."""

    def __init__(self) -> None:
        super().__init__(4)
        self.checked = 0
        self.is_full = False

    async def check(self, raw: bytes, password_hash: str) -> bool:
        if self.is_full:
            raise Unavailable("overloaded", "Too many.", retry_after=1)
        self.checked += 1
        return await super().check(raw, password_hash)


class Views:
    """Counts what is opened first; may refuse."""

    def __init__(self) -> None:
        self.opened = 0
        self.refuses = False

    async def __call__(self) -> None:
        await asyncio.sleep(0)
        if self.refuses:
            raise Gone("limit_reached", "No more views.")
        self.opened += 1


@pytest.fixture
async def passwords() -> AsyncIterator[CountedPasswords]:
    async with CountedPasswords() as opened:
        yield opened


@pytest.fixture
def gate(redis: Redis, passwords: CountedPasswords) -> PasswordGate:
    return PasswordGate(passwords, GuessThrottle(redis, per_link=100, per_client=10), b"k" * 32)


@pytest.fixture
def views() -> Views:
    return Views()


async def outcome(gate: PasswordGate, link: Link, password: str, client: str, views: Views) -> str:
    try:
        fresh = await gate.pass_through(link, password, client, views)
    except TilegateError as error:
        return error.code
    return "fresh" if fresh else "known"


async def test_the_right_password_given_many_times_at_once_is_one_guess_and_one_bcrypt(
    gate: PasswordGate, passwords: CountedPasswords, views: Views
) -> None:
    link = make_link()
    outcomes = await asyncio.gather(*(outcome(gate, link, PASSWORD, HERE, views) for _ in range(50)))
    assert Counter(outcomes) == {"fresh": 1, "known": 49}
    assert (passwords.checked, views.opened) == (1, 1)


async def test_a_success_is_remembered(gate: PasswordGate, passwords: CountedPasswords, views: Views) -> None:
    link = make_link()
    assert [await outcome(gate, link, PASSWORD, HERE, views) for _ in range(3)] == ["fresh", "known", "known"]
    assert await outcome(gate, link, PASSWORD, "198.51.100.1", views) == "known"
    assert passwords.checked == 1


async def test_a_success_is_found_in_any_spelling_of_the_password(
    gate: PasswordGate, passwords: CountedPasswords, views: Views
) -> None:
    link = make_link(password_hash=await passwords.hash("\u00e9" * 8))
    assert await outcome(gate, link, "\u00e9" * 8, HERE, views) == "fresh"
    assert await outcome(gate, link, "e\u0301" * 8, HERE, views) == "known"


async def test_a_wrong_password_is_never_remembered(
    gate: PasswordGate, passwords: CountedPasswords, views: Views
) -> None:
    link = make_link()
    assert [await outcome(gate, link, "a wrong one", HERE, views) for _ in range(3)] == ["password_invalid"] * 3
    assert (passwords.checked, views.opened) == (3, 0)
    fixed = replace(link, password_hash=await passwords.hash("a wrong one"))
    assert await outcome(gate, fixed, "a wrong one", HERE, views) == "fresh"


async def test_a_wrong_password_given_many_times_at_once_is_one_guess(
    gate: PasswordGate, passwords: CountedPasswords, views: Views
) -> None:
    link = make_link()
    outcomes = await asyncio.gather(*(outcome(gate, link, "a wrong one", HERE, views) for _ in range(50)))
    assert set(outcomes) == {"password_invalid"}
    assert passwords.checked == 1


@pytest.mark.parametrize(
    "changes",
    [pytest.param({"generation": 2}, id="another generation"), pytest.param({"id": "lnk_" + "B" * 20}, id="link")],
)
async def test_a_success_counts_for_one_link_and_generation_alone(
    gate: PasswordGate, passwords: CountedPasswords, views: Views, changes: dict[str, object]
) -> None:
    link = make_link()
    await outcome(gate, link, PASSWORD, HERE, views)
    other = replace(link, **changes)
    assert await outcome(gate, other, PASSWORD, HERE, views) == "fresh"
    new_password = replace(link, generation=2, password_hash=await passwords.hash("a new password"))
    assert await outcome(gate, replace(new_password, generation=3), PASSWORD, HERE, views) == "password_invalid"


async def test_when_the_first_use_is_refused_nothing_is_remembered(
    gate: PasswordGate, passwords: CountedPasswords, views: Views
) -> None:
    link, views.refuses = make_link(), True
    outcomes = await asyncio.gather(*(outcome(gate, link, PASSWORD, HERE, views) for _ in range(5)))
    assert outcomes == ["limit_reached"] * 5
    assert await outcome(gate, link, PASSWORD, HERE, views) == "limit_reached"
    assert passwords.checked == 2
    views.refuses = False
    assert await outcome(gate, link, PASSWORD, HERE, views) == "fresh"


async def test_right_passwords_cost_no_guesses_even_where_the_view_is_refused(gate: PasswordGate, views: Views) -> None:
    link, views.refuses = make_link(), True
    outcomes = [await outcome(gate, link, PASSWORD, HERE, views) for _ in range(30)]
    assert outcomes == ["limit_reached"] * 30


async def test_one_who_gives_up_waiting_does_not_stop_the_others(
    gate: PasswordGate, passwords: CountedPasswords, views: Views
) -> None:
    link = make_link()
    tasks = [asyncio.create_task(gate.pass_through(link, PASSWORD, HERE, views)) for _ in range(5)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    tasks[3].cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(answer) for answer in outcomes] == [
        asyncio.CancelledError,
        bool,
        bool,
        asyncio.CancelledError,
        bool,
    ]
    assert (passwords.checked, views.opened) == (1, 1)
    assert await outcome(gate, link, PASSWORD, HERE, views) == "known"


async def test_when_all_give_up_a_wrong_password_ends_in_silence(gate: PasswordGate, views: Views) -> None:
    link = make_link()
    task = asyncio.create_task(gate.pass_through(link, "a wrong one", HERE, views))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.sleep(0.05)  # an exception that nobody fetched would be an error here
    assert await outcome(gate, link, PASSWORD, HERE, views) == "fresh"


async def test_a_network_has_ten_wrong_passwords_and_then_even_the_right_one_waits(
    gate: PasswordGate, passwords: CountedPasswords, views: Views
) -> None:
    link = make_link()
    outcomes = [await outcome(gate, link, f"wrong one {n}", HERE, views) for n in range(12)]
    assert outcomes == ["password_invalid"] * 10 + ["too_many_attempts"] * 2
    assert await outcome(gate, link, PASSWORD, HERE, views) == "too_many_attempts"
    assert await outcome(gate, link, PASSWORD, "198.51.100.1", views) == "fresh"
    assert passwords.checked == 11


async def test_40_wrong_passwords_at_once_reach_bcrypt_over_four_workers_and_a_thousand_networks(
    valkey_url: str, passwords: CountedPasswords, views: Views
) -> None:
    link, connections = make_link(), [connect_redis(valkey_url, PATIENT) for _ in range(4)]
    gates = [
        PasswordGate(passwords, GuessThrottle(connection, per_link=100, per_client=10), b"k" * 32)
        for connection in connections
    ]
    room = asyncio.Semaphore(12)  # fewer than bcrypt's queue, so that none is refused for being too many

    async def guess(n: int) -> str:
        client = f"10.{n >> 8}.{n & 255}.7" if n % 2 else f"2001:db8:0:{n:x}::7"
        async with room:
            return await outcome(gates[n % 4], link, f"wrong one {n}", client, views)

    outcomes = await asyncio.gather(*(guess(n) for n in range(1000)))
    assert Counter(outcomes) == {"password_invalid": 40, "too_many_attempts": 960}
    assert passwords.checked == 40
    for connection in connections:
        await connection.aclose()


async def test_one_who_was_let_in_before_is_not_locked_out_by_others(
    redis: Redis, gate: PasswordGate, passwords: CountedPasswords, views: Views
) -> None:
    link = make_link()
    await outcome(gate, link, PASSWORD, HERE, views)
    for n in range(120):
        await outcome(gate, link, f"wrong one {n}", f"10.0.{n}.1", views)
    assert await outcome(gate, link, "a wrong one", "10.1.1.1", views) == "too_many_attempts"
    another = PasswordGate(passwords, GuessThrottle(redis, per_link=100, per_client=10), b"k" * 32)
    assert await outcome(another, link, PASSWORD, HERE, views) == "fresh"


async def test_a_crowd_that_finds_the_queue_full_has_made_no_guesses(
    gate: PasswordGate, passwords: CountedPasswords, views: Views
) -> None:
    link, passwords.is_full = make_link(), True
    outcomes = [await outcome(gate, link, PASSWORD, f"10.0.{n}.1", views) for n in range(150)]
    outcomes += [await outcome(gate, link, PASSWORD, HERE, views) for _ in range(15)]
    assert set(outcomes) == {"overloaded"}
    passwords.is_full = False
    assert await outcome(gate, link, PASSWORD, HERE, views) == "fresh"


async def test_without_redis_no_password_is_checked(tmp_path: Path, passwords: CountedPasswords, views: Views) -> None:
    redis = connect_redis(f"unix://{tmp_path}/nothing.sock")
    gate = PasswordGate(passwords, GuessThrottle(redis, per_link=100, per_client=10), b"k" * 32)
    assert await outcome(gate, make_link(), PASSWORD, HERE, views) == "backend_unavailable"
    assert (passwords.checked, views.opened) == (0, 0)
    await redis.aclose()


async def test_a_remembered_password_needs_no_redis(
    redis: Redis, gate: PasswordGate, passwords: CountedPasswords, views: Views
) -> None:
    link = make_link()
    await outcome(gate, link, PASSWORD, HERE, views)
    await redis.config_resetstat()
    assert await outcome(gate, link, PASSWORD, HERE, views) == "known"
    assert {name for name in await redis.info("commandstats") if "config" not in name} <= {"cmdstat_info"}


@pytest.mark.parametrize("password", ["x" * 73, "with\0NUL", "", "x" * 100_000])
async def test_what_cannot_be_a_password_is_a_wrong_one(
    gate: PasswordGate, passwords: CountedPasswords, views: Views, password: str
) -> None:
    assert await outcome(gate, make_link(), password, HERE, views) == "password_invalid"
    assert passwords.checked == 1


async def test_a_password_that_is_not_unicode_is_refused_before_anything(
    gate: PasswordGate, passwords: CountedPasswords, views: Views
) -> None:
    assert await outcome(gate, make_link(), "\ud800" * 8, HERE, views) == "field_invalid"
    assert passwords.checked == 0
