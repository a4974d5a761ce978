"""The meter over a real Valkey: exact, in few round trips, and never sent unmetered."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import time
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import OperationalError

from service.errors import TilegateError, Unavailable
from service.identifiers import LinkId, OrganizationId
from service.metering.charges import Caps, Charge
from service.metering.counters import Counters
from service.metering.meter import Meter
from service.metering.usage import UNITS, Units, usage_key
from service.processes.valkey import embedded_valkey
from service.redis.client import connect_redis
from tests.conftest import PATIENT
from tests.faults.proxy import Fault, Wire, wire_to

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

    from redis.asyncio import Redis

ORG = OrganizationId("org_AAAAAAAAAAAAAAAAAAAA")
LINK, OTHER = LinkId("lnk_AAAAAAAAAAAAAAAAAAAA"), LinkId("lnk_BBBBBBBBBBBBBBBBBBBB")
KEY = usage_key(ORG)
TILE = Units(renders=1, bytes=1000)


class Ledger:
    """What the counters are restored from, and how often it was asked."""

    def __init__(self) -> None:
        self.counters: dict[str, int] = {}
        self.asked = 0
        self.seconds = 0.0
        self.error: Exception | None = None

    async def restore(self, _: OrganizationId) -> Mapping[str, int]:
        self.asked += 1
        await asyncio.sleep(self.seconds)
        if self.error:
            raise self.error
        return self.counters


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
async def meter(redis: Redis, ledger: Ledger) -> AsyncIterator[Meter]:
    async with Meter(redis, ledger.restore, PATIENT) as opened:
        yield opened


@pytest.fixture
async def wire(valkey_url: str, tmp_path: Path) -> AsyncIterator[Wire]:
    async with wire_to(valkey_url, tmp_path) as opened:
        opened.only = b"EVALSHA"
        yield opened


@pytest.fixture
async def wired(wire: Wire, ledger: Ledger) -> AsyncIterator[Meter]:
    """A meter whose wire can be cut."""
    client = connect_redis(wire.url)
    async with Meter(client, ledger.restore) as opened:
        yield opened
    await client.aclose()


def charge(units: Units = TILE, link: LinkId = LINK, version: int = 1, **caps: int) -> Charge:
    return Charge(organization_id=ORG, link_id=link, version=version, units=units, caps=Caps(**caps))


async def outcome(meter: Meter, wanted: Charge) -> str:
    try:
        await meter.charge(wanted)
    except TilegateError as error:
        return error.code
    return "charged"


async def outcomes(meter: Meter, wanted: Charge, times: int) -> Counter[str]:
    return Counter(await asyncio.gather(*(outcome(meter, wanted) for _ in range(times))))


async def total(meter: Meter, link: LinkId = LINK) -> Units:
    return (await meter.link_usage(ORG, [link]))[link].units


async def calls(redis: Redis, command: str) -> int:
    stats = await redis.info("commandstats")
    return int(stats.get(f"cmdstat_{command}", {"calls": 0})["calls"])


@pytest.mark.also_on_cluster
async def test_a_charge_is_counted_for_the_organization_the_link_and_the_day(meter: Meter) -> None:
    units = Units(renders=2, cached=1, bytes=12345, downloads=3, views=1)
    today = datetime.now(UTC).date()
    await meter.charge(charge(units))
    await meter.charge(charge(units, OTHER))
    days = await meter.organization_usage(ORG, today, today)
    assert days[max(days)] == units + units
    usage = await meter.link_usage(ORG, [LINK, OTHER])
    assert {usage[LINK].units, usage[OTHER].units} == {units}
    assert abs((usage[LINK].last_used_at or datetime.min.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds() < 5


@pytest.mark.also_on_cluster
async def test_what_was_never_used_counts_zero(meter: Meter) -> None:
    today = datetime.now(UTC).date()
    assert await meter.organization_usage(ORG, today, today) == {today: Units()}
    assert (await meter.link_usage(ORG, [LINK]))[LINK].last_used_at is None
    assert await meter.link_usage(ORG, []) == {}


@pytest.mark.parametrize(
    ("units", "caps", "served"),
    [
        pytest.param(TILE, {"max_renders": 37}, 37, id="renders"),
        pytest.param(TILE, {"max_bytes": 37_999}, 37, id="bytes"),
        pytest.param(Units(views=1), {"max_views": 37}, 37, id="views"),
        pytest.param(TILE, {"max_renders": 0}, 0, id="none at all"),
        pytest.param(TILE, {"max_renders": 90, "max_bytes": 41_000}, 41, id="the tighter of two"),
    ],
)
@pytest.mark.also_on_cluster
async def test_caps_are_exact_over_four_workers_with_64_streams(
    valkey_url: str, ledger: Ledger, units: Units, caps: dict[str, int], served: int
) -> None:
    connections = [connect_redis(valkey_url, PATIENT) for _ in range(4)]
    meters = [Meter(connection, ledger.restore, PATIENT) for connection in connections]

    async def stream(n: int) -> list[str]:
        return [await outcome(meters[n % 4], charge(units, **caps)) for _ in range(5)]

    counted = Counter(one for many in await asyncio.gather(*(stream(n) for n in range(64))) for one in many)
    assert counted == Counter(charged=served, limit_reached=320 - served) - Counter()
    assert (await total(meters[0])).as_tuple() == tuple(served * amount for amount in units.as_tuple())
    for connection in connections:
        await connection.aclose()


async def test_a_charge_that_would_pass_the_cap_takes_nothing(meter: Meter) -> None:
    await meter.charge(charge(Units(renders=1, bytes=600), max_bytes=1000))
    assert await outcome(meter, charge(Units(renders=1, bytes=401), max_bytes=1000)) == "limit_reached"
    assert await total(meter) == Units(renders=1, bytes=600)
    assert await outcome(meter, charge(Units(renders=1, bytes=400), max_bytes=1000)) == "charged"


async def test_a_cap_that_is_reached_stops_nothing_else(meter: Meter) -> None:
    await meter.charge(charge(Units(views=1), max_views=1))
    assert await outcome(meter, charge(Units(views=1), max_views=1)) == "limit_reached"
    assert await outcome(meter, charge(TILE, max_views=1)) == "charged"
    assert await outcome(meter, charge(Units(views=1), OTHER, max_views=1)) == "charged"


async def test_a_raised_cap_counts_what_was_used_before(meter: Meter) -> None:
    assert await outcomes(meter, charge(max_renders=3), 5) == {"charged": 3, "limit_reached": 2}
    assert await outcomes(meter, charge(max_renders=5), 5) == {"charged": 2, "limit_reached": 3}


async def test_charges_of_an_older_version_are_refused_at_once(meter: Meter) -> None:
    await meter.charge(charge(version=1))
    await meter.raise_version(ORG, LINK, 2)
    assert await outcome(meter, charge(version=1)) == "share_revoked"
    assert await outcome(meter, charge(version=2)) == "charged"
    assert await outcome(meter, charge(version=3)) == "charged"
    assert await outcome(meter, charge(link=OTHER)) == "charged"
    assert await total(meter) == Units(renders=3, bytes=3000)


async def test_a_version_never_falls(meter: Meter) -> None:
    await meter.raise_version(ORG, LINK, 5)
    await meter.raise_version(ORG, LINK, 3)
    assert await outcome(meter, charge(version=4)) == "share_revoked"


@pytest.mark.also_on_cluster
async def test_once_revoking_has_answered_no_charge_passes(valkey_url: str, ledger: Ledger) -> None:
    connections = [connect_redis(valkey_url, PATIENT) for _ in range(3)]
    here, there, sharer = (Meter(connection, ledger.restore, PATIENT) for connection in connections)
    revoked = asyncio.Event()
    late = list[str]()

    async def use(meter: Meter) -> None:
        for _ in range(60):
            after = revoked.is_set()
            verdict = await outcome(meter, charge())
            if after:
                late.append(verdict)

    users = [asyncio.create_task(use(meter)) for meter in [here, there] * 10]
    await asyncio.sleep(0.02)
    await sharer.raise_version(ORG, LINK, 2)
    revoked.set()
    await asyncio.gather(*users)
    assert late
    assert set(late) == {"share_revoked"}
    for connection in connections:
        await connection.aclose()


async def test_charges_of_the_same_moment_share_round_trips(meter: Meter, redis: Redis) -> None:
    await meter.charge(charge())
    await redis.config_resetstat()
    assert await outcomes(meter, charge(), 2000) == {"charged": 2000}
    assert await calls(redis, "evalsha") <= 10
    assert await calls(redis, "hset") <= 10


@pytest.mark.also_on_cluster
async def test_each_charge_gets_its_own_verdict(meter: Meter) -> None:
    """Also where a batch mixes links, versions and caps, and over several batches."""
    await meter.raise_version(ORG, OTHER, 2)
    kinds = {"charged": charge(), "share_revoked": charge(link=OTHER), "limit_reached": charge(max_renders=0)}
    wanted = [name for name in kinds for _ in range(3)] * 100
    assert await asyncio.gather(*(outcome(meter, kinds[name]) for name in wanted)) == wanted


@pytest.mark.also_on_cluster
async def test_a_charge_cancelled_before_its_batch_is_sent_is_not_counted(meter: Meter) -> None:
    tasks = [asyncio.create_task(meter.charge(charge())) for _ in range(600)]
    await asyncio.sleep(0)
    for task in tasks[300:]:
        task.cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert sum(answer is None for answer in answers) == 300
    assert (await total(meter)).renders == 300


async def test_a_batch_of_which_all_gave_up_is_not_sent(meter: Meter, redis: Redis) -> None:
    await redis.config_resetstat()
    task = asyncio.create_task(meter.charge(charge()))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.sleep(0.05)
    assert await calls(redis, "evalsha") == 0
    assert await outcome(meter, charge()) == "charged"


async def test_a_reply_lost_after_it_was_counted_counts_once(wired: Meter, wire: Wire) -> None:
    await wired.charge(charge())
    for _ in range(5):
        wire.fault = Fault.LOSE_REPLY
        assert await outcomes(wired, charge(), 10) == {"charged": 10}
        assert wire.fault is Fault.NONE
    assert (await total(wired)).renders == 51


async def test_after_a_lost_reply_the_same_verdicts_are_given(wired: Meter, wire: Wire) -> None:
    wire.fault = Fault.LOSE_REPLY
    assert await outcomes(wired, charge(max_renders=7), 10) == {"charged": 7, "limit_reached": 3}
    assert (await total(wired)).renders == 7


async def test_a_request_lost_on_its_way_counts_once(wired: Meter, wire: Wire) -> None:
    await wired.charge(charge())
    for _ in range(5):
        wire.fault = Fault.LOSE_REQUEST
        assert await outcomes(wired, charge(), 10) == {"charged": 10}
    assert (await total(wired)).renders == 51


async def test_random_cuts_lose_and_double_nothing(wired: Meter, wire: Wire) -> None:
    counted = 0
    for n in range(40):
        wire.fault = [Fault.NONE, Fault.LOSE_REPLY, Fault.LOSE_REQUEST][n * 7 % 3]
        if n % 5 == 4:
            await wire.cut()
        counted += (await outcomes(wired, charge(), 1 + n % 4))["charged"]
    assert (await total(wired)).renders == counted
    assert counted >= 90  # of a hundred: a busy machine may refuse some for the time that a cut took


@pytest.mark.parametrize("fault", [Fault.REFUSE, Fault.SILENCE], ids=["refused", "silent"])
async def test_without_redis_charges_are_refused_within_a_second_and_heal(
    wired: Meter, wire: Wire, fault: Fault
) -> None:
    await wired.charge(charge())
    wire.fault = fault
    begin = time.monotonic()
    assert await outcomes(wired, charge(), 20) == {"metering_unavailable": 20}
    assert time.monotonic() - begin < 7  # twenty that would each wait: fourteen
    wire.fault = Fault.NONE
    await wire.cut()
    async with asyncio.timeout(30):
        while await outcome(wired, charge()) != "charged":  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert await outcomes(wired, charge(), 4) == {"charged": 4}
    assert (await total(wired)).renders == 6


async def test_charges_refused_in_an_outage_are_not_counted_after_it(wired: Meter, wire: Wire) -> None:
    await wired.charge(charge())
    for _ in range(2):
        wire.fault = Fault.REFUSE
        assert await outcomes(wired, charge(), 20) == {"metering_unavailable": 20}
        wire.fault = Fault.NONE
        assert await outcome(wired, charge()) == "charged"
    assert (await total(wired)).renders == 3


async def test_an_outage_of_redis_hides_no_cap(wired: Meter, wire: Wire) -> None:
    assert await outcomes(wired, charge(max_renders=5), 4) == {"charged": 4}
    wire.fault = Fault.REFUSE
    assert await outcome(wired, charge(max_renders=5)) == "metering_unavailable"
    wire.fault = Fault.NONE
    assert await outcomes(wired, charge(max_renders=5), 4) == {"charged": 1, "limit_reached": 3}


async def test_without_redis_a_version_cannot_be_raised(wired: Meter, wire: Wire) -> None:
    wire.fault = Fault.REFUSE
    with pytest.raises(Unavailable) as refused:
        await wired.raise_version(ORG, LINK, 2)
    assert refused.value.code == "backend_unavailable"


async def test_without_redis_usage_cannot_be_read(wired: Meter, wire: Wire) -> None:
    wire.only, wire.fault = b"", Fault.REFUSE
    with pytest.raises(Unavailable) as refused:
        await wired.link_usage(ORG, [LINK])
    assert (refused.value.code, refused.value.retry_after) == ("metering_unavailable", 1)


async def test_a_lost_hash_is_restored_from_the_ledger(meter: Meter, redis: Redis, ledger: Ledger) -> None:
    await meter.charge(charge())
    ledger.counters = {
        "o:2026-07-01:renders": 40,
        f"t:{LINK}:renders": 40,
        f"l:other:{LINK}:2026-07-01:renders": 40,
        f"v:{OTHER}": 7,
    }
    await redis.flushall()
    assert await outcomes(meter, charge(max_renders=42), 5) == {"charged": 1, "limit_reached": 4}
    assert await outcome(meter, charge(link=OTHER, version=6)) == "share_revoked"
    assert await outcome(meter, charge(link=OTHER, version=7)) == "charged"
    assert (await total(meter)).renders == 42


@pytest.mark.parametrize("first", ["charge", "raise", "read"])
async def test_whatever_comes_first_after_a_loss_restores(
    meter: Meter, redis: Redis, ledger: Ledger, first: str
) -> None:
    ledger.counters = {f"t:{LINK}:renders": 40, f"v:{LINK}": 2}
    if first == "charge":
        assert await outcome(meter, charge(version=1)) == "share_revoked"
    elif first == "raise":
        await meter.raise_version(ORG, LINK, 1)
    assert (await total(meter)).renders == 40
    assert await redis.hget(KEY, f"v:{LINK}") == b"2"
    assert await redis.keys("*") == [KEY.encode()]
    assert ledger.asked == 1


async def test_workers_that_restore_at_once_count_everything_once(valkey_url: str, ledger: Ledger) -> None:
    ledger.counters = {f"t:{LINK}:renders": 1000} | {f"l:e:{n}:2026-07-01:renders": 1 for n in range(5000)}
    ledger.seconds = 0.05
    connections = [connect_redis(valkey_url, PATIENT) for _ in range(4)]
    meters = [Meter(connection, ledger.restore, PATIENT) for connection in connections]
    for round_number in range(3):
        await connections[0].flushall()
        served = await asyncio.gather(*(outcomes(meter, charge(), 40) for meter in meters))
        assert sum(served, Counter()) == {"charged": 160}, round_number
        assert await connections[0].keys("*") == [KEY.encode()]
        assert (await total(meters[0])).renders == 1000 + 160 * (round_number + 1)
    assert ledger.asked <= 12
    for connection in connections:
        await connection.aclose()


async def test_a_ledger_that_takes_longer_than_patience_is_restored_all_the_same(redis: Redis, ledger: Ledger) -> None:
    ledger.seconds, ledger.counters = 1.2, {f"t:{LINK}:renders": 40}
    async with Meter(redis, ledger.restore, 0.7) as meter:
        assert await outcomes(meter, charge(), 3) == {"metering_unavailable": 3}
        assert await outcome(meter, charge()) == "charged"
        assert (await total(meter)).renders == 41
    assert ledger.asked == 1
    assert await redis.keys("*") == [KEY.encode()]


async def test_without_the_ledger_nothing_is_restored_and_nobody_is_left_waiting(
    meter: Meter, redis: Redis, ledger: Ledger
) -> None:
    ledger.error = OperationalError("select", {}, Exception("gone"))
    async with asyncio.timeout(2):
        assert await outcomes(meter, charge(), 3) == {"metering_unavailable": 3}
    assert await redis.keys("*") == []
    ledger.error = None
    assert await outcome(meter, charge()) == "charged"


async def test_a_restore_that_fails_when_nobody_waits_any_more_is_no_surprise(redis: Redis, ledger: Ledger) -> None:
    surprises = list[object]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: surprises.append(context))
    ledger.seconds, ledger.error = 0.1, OperationalError("select", {}, Exception("gone"))
    waiting = asyncio.create_task(Counters(redis, ledger.restore).raise_version(ORG, [LINK, 1]))
    await asyncio.sleep(0.05)
    waiting.cancel()
    del waiting
    await asyncio.sleep(0.3)
    gc.collect()
    assert surprises == []


async def test_counters_that_went_back_in_time_are_counted_on(meter: Meter, redis: Redis) -> None:
    """What a restart from an older append-only file, or a late replica, looks like."""
    await meter.charge(charge())
    older = await redis.dump(KEY)
    assert await outcomes(meter, charge(), 5) == {"charged": 5}
    assert older is not None
    await redis.restore(KEY, 0, older, replace=True)
    assert await outcomes(meter, charge(), 5) == {"charged": 5}
    assert await outcome(meter, charge()) == "charged"
    assert (await total(meter)).renders == 12


async def test_a_loss_is_mended_though_nothing_is_charged_after_it(meter: Meter, redis: Redis) -> None:
    await meter.charge(charge())
    older = await redis.dump(KEY)
    await meter.charge(charge())
    await meter.charge(charge(link=OTHER))

    async def nothing_settled(_: Sequence[str]) -> Mapping[str, int]:
        return {}

    watching = asyncio.create_task(meter.watch(nothing_settled, 0.02))
    for lost_to in (older, None):
        await redis.delete(KEY)
        if lost_to is not None:
            await redis.restore(KEY, 0, lost_to)
        async with asyncio.timeout(30):
            while await total(meter) != TILE + TILE or await total(meter, OTHER) != TILE:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


async def test_forgotten_scripts_are_sent_again(meter: Meter, redis: Redis) -> None:
    await meter.charge(charge())
    await redis.script_flush()
    assert await outcomes(meter, charge(), 3) == {"charged": 3}
    await redis.script_flush()
    await meter.raise_version(ORG, LINK, 2)
    assert await outcome(meter, charge()) == "share_revoked"


async def test_a_killed_valkey_loses_and_doubles_nothing(tmp_path: Path, ledger: Ledger) -> None:
    async with embedded_valkey(tmp_path) as url:
        client = connect_redis(url)
        async with Meter(client, ledger.restore) as meter:
            await meter.charge(charge())
            process = int((await client.info("server"))["process_id"])
            counted, stop = Counter[str](), False

            async def use() -> None:
                while not stop:
                    counted[await outcome(meter, charge())] += 1

            users = [asyncio.create_task(use()) for _ in range(16)]
            await asyncio.sleep(0.1)
            os.kill(process, signal.SIGKILL)
            await asyncio.sleep(0.1)
            stop = True
            await asyncio.gather(*users)
            async with asyncio.timeout(30):
                while await outcome(meter, charge(link=OTHER)) != "charged":
                    pass
            assert counted["charged"] > 16
            over = (await total(meter)).renders - 1 - counted["charged"]
            assert 0 <= over <= counted["metering_unavailable"]
            assert ledger.asked == 1
        await client.aclose()


async def test_leaving_waits_for_what_is_under_way(redis: Redis, ledger: Ledger) -> None:
    ledger.seconds = 0.1
    async with Meter(redis, ledger.restore) as meter:
        tasks = [asyncio.create_task(outcome(meter, charge())) for _ in range(5)]
        await asyncio.sleep(0.01)
    assert await asyncio.gather(*tasks) == ["charged"] * 5


async def test_organizations_do_not_wait_for_each_other(redis: Redis, valkey_url: str) -> None:
    slow = OrganizationId("org_slow")

    async def restore(organization_id: OrganizationId) -> Mapping[str, int]:
        await asyncio.sleep(0.8 if organization_id == slow else 0)
        return {}

    async with Meter(redis, restore) as meter:
        waiting = asyncio.create_task(meter.charge(charge()._replace(organization_id=slow)))
        await asyncio.sleep(0.01)
        async with asyncio.timeout(0.7):
            await meter.charge(charge())
        assert not waiting.done()
        await waiting


def test_units_add_up() -> None:
    one, two = Units(**{unit: n for n, unit in enumerate(UNITS)}), Units(renders=5)
    assert (one + two).as_tuple() == (5, 1, 2, 3, 4, 5, 6)


async def test_charges_of_a_link_without_limits_go_as_one_and_each_is_counted(meter: Meter, redis: Redis) -> None:
    mixed = [charge(Units(renders=1, bytes=n)) for n in range(20)] + [charge(link=OTHER)] * 5
    await asyncio.gather(*(meter.charge(one) for one in mixed))
    assert await total(meter) == Units(renders=20, bytes=sum(range(20)))
    assert await total(meter, OTHER) == Units.total([TILE] * 5)
    fields = await redis.hgetall(usage_key(ORG))
    (last,) = (value for name, value in fields.items() if name.startswith(b"e:"))
    assert last.split(b":")[:2] == [b"1", b"cc"]


async def test_charges_that_go_as_one_are_refused_as_one_and_who_left_is_not_counted(meter: Meter) -> None:
    await meter.raise_version(ORG, LINK, 2)
    tasks = [asyncio.create_task(outcome(meter, charge(version=n % 2 + 1))) for n in range(10)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    told = await asyncio.gather(*tasks, return_exceptions=True)
    assert Counter(one for one in told if isinstance(one, str)) == {"share_revoked": 5, "charged": 4}
    assert await total(meter) == Units.total([TILE] * 4)
