"""Faults in which Redis loses what it had acknowledged."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.faults.proxy import Fault

if TYPE_CHECKING:
    from random import Random

    from tests.faults.soak.system import System


async def tear(system: System, chance: Random) -> str:
    """Kill Valkey, cut the end of its file off, start it again: a power cut, or a disk that lied."""
    return await _tear(system, chance.choice((1, 14, 40, 300)) + chance.randrange(40))


async def tear_deep(system: System, chance: Random) -> str:
    """The same, and some batches of each worker are in what is cut off."""
    return await _tear(system, chance.randrange(5_000, 50_000))


async def fail_over(system: System, chance: Random) -> str:
    """Kill the primary and promote its replica, which may be some hundred milliseconds behind."""
    lag = chance.choice((0, 0.1, 0.4))
    if lag:
        system.replication.fault = Fault.SILENCE
        await asyncio.sleep(lag)
    system.primary.kill()
    await system.replication.cut()
    system.replication.fault = Fault.NONE
    await system.replica.lead()
    system.primary, system.redis.upstream = system.replica, system.replica.port
    await system.redis.cut()
    await system.attach_replica()
    return f"lag {lag:.1f} s"


async def split_brain(system: System, chance: Random) -> str:
    """Promote the replica while the primary lives: for a while some connections lead to one, and some to the other."""
    seconds = chance.uniform(0.3, 2)
    await system.replica.lead()
    old, system.primary = system.primary, system.replica
    system.redis.upstream = system.primary.port
    await system.redis.cut(share=0.5)
    await asyncio.sleep(seconds)
    old.kill()
    await system.redis.cut()
    await system.attach_replica()
    return f"{seconds:.1f} s"


async def wipe(system: System, chance: Random) -> str:
    """Kill Valkey and start it on nothing: all must come back from the ledger and the workers."""
    system.primary.kill()
    system.primary.forget()
    await system.primary.start()
    return ""


async def _tear(system: System, count: int) -> str:
    written = system.primary.size() - system.written_before
    system.primary.kill()
    system.primary.tear(min(count, max(written, 0)))
    await system.primary.start()
    return f"{count} bytes"


LOSING = {
    "torn AOF": tear,
    "deep torn AOF": tear_deep,
    "failover": fail_over,
    "split brain": split_brain,
    "Redis wiped": wipe,
}
