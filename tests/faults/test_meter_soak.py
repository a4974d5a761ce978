"""Counting while Valkey is killed again and again: what was allowed to be sent is counted, each once."""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING

import pytest

from service.errors import Unavailable
from service.identifiers import LinkId, OrganizationId
from service.metering.charges import Charge
from service.metering.meter import Meter
from service.metering.usage import Units
from service.operations.services import connect_redis

if TYPE_CHECKING:
    from tests.conftest import MortalValkey

SECONDS = 60
WORKERS = 3
CLIENTS = 12
ORGANIZATION = OrganizationId("org_soak")
LINK = LinkId("lnk_soak")


class Tally:
    """What clients were allowed to send, and what they were refused."""

    def __init__(self) -> None:
        self.sent = 0
        self.refused = 0


async def empty_ledger(_: OrganizationId) -> dict[str, int]:
    """Nothing was settled: the counters must live in Valkey's own file."""
    return {}


async def load(meter: Meter, tally: Tally, until: float) -> None:
    """Charge one render after the other, as a client that loads tiles."""
    while time.monotonic() < until:
        try:
            await meter.charge(
                Charge(organization_id=ORGANIZATION, link_id=LINK, generation=1, units=Units(renders=1, bytes=7))
            )
        except Unavailable:
            tally.refused += 1
            await asyncio.sleep(0.05)
        else:
            tally.sent += 1


async def break_things(valkey: MortalValkey, until: float) -> int:
    """Kill Valkey at odd moments and start it again on the same file; return how often."""
    chance, kills = random.Random(3), 0
    while time.monotonic() < until:
        await asyncio.sleep(chance.uniform(0.2, 2))
        valkey.kill()
        kills += 1
        await asyncio.sleep(chance.choice((0, 0.1, 0.5, 1.5)))
        await asyncio.to_thread(valkey.start)
    return kills


@pytest.mark.soak
@pytest.mark.timeout(SECONDS * 3)
async def test_meter_soak(mortal_valkey: MortalValkey) -> None:
    mortal_valkey.start()
    clients = [connect_redis(mortal_valkey.url) for _ in range(WORKERS)]
    meters = [Meter(client, empty_ledger) for client in clients]
    tally, until = Tally(), time.monotonic() + SECONDS
    breaking = asyncio.create_task(break_things(mortal_valkey, until))
    await asyncio.gather(*(load(meter, tally, until) for meter in meters for _ in range(CLIENTS)))
    kills = await breaking
    await asyncio.gather(*(load(meter, tally, time.monotonic() + 0.2) for meter in meters))
    usage = (await meters[0].link_usage(ORGANIZATION, [LINK]))[LINK].units
    print(f"{kills} kills, {tally.sent} sent, {tally.refused} refused, {usage.renders} counted")  # noqa: T201  (make soak shows it)
    assert kills >= SECONDS / 5
    assert tally.sent > 1000
    assert tally.sent <= usage.renders <= tally.sent + tally.refused
    assert usage.bytes == 7 * usage.renders
    for meter, client in zip(meters, clients, strict=True):
        await meter.__aexit__()
        await client.aclose()
