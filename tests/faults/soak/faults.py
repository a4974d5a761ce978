"""The faults. Each breaks one part, waits, and returns when the part is whole again; it says what it did.

What a fault does depends on the dice it is given alone, so that a seed gives the same faults again.
"""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import psutil

from tests.faults.proxy import Fault, Wire
from tests.faults.soak.losses import LOSING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from random import Random

    from tests.faults.soak.system import System

    Injector = Callable[[System, Random], Awaitable[str]]

METER_CALL = b":usage"
"""What requests that count hold: the end of the name of their key."""
BOOT = 1.5
"""Seconds that a new worker takes before it serves, so that the next fault finds it at work."""
ENDED_WITHIN = 30.0
"""Seconds after which a worker that was asked to end is not waited for any more."""
MOST_LOST_REPLIES = 15
"""So few that a worker which meets them all is still within its patience: one batch in doubt a fault."""


async def kill_worker(system: System, chance: Random) -> str:
    """Kill -9 of a worker, now and then of two."""
    victims = chance.sample(range(system.setup.workers), chance.choice((1, 1, 2)))
    return await _signal_workers(system, victims, signal.SIGKILL)


async def terminate_worker(system: System, chance: Random) -> str:
    """SIGTERM to some of the workers, or all."""
    victims = chance.sample(range(system.setup.workers), chance.choice((1, 1, 2, 4)))
    return await _signal_workers(system, victims, signal.SIGTERM)


async def stop_worker(system: System, chance: Random) -> str:
    """SIGSTOP of a worker for a while."""
    worker, seconds = system.workers()[chance.randrange(system.setup.workers)], chance.uniform(0.2, 2)
    worker.suspend()
    try:
        await asyncio.sleep(seconds)
    finally:
        worker.resume()
    return f"{seconds:.1f} s"


async def kill_redis(system: System, chance: Random) -> str:
    """Kill -9 of Valkey, which comes back on its file."""
    seconds = chance.choice((0, 0.2, 1.5))
    system.primary.kill()
    await asyncio.sleep(seconds)
    await system.primary.start()
    return f"away for {seconds:.1f} s"


async def stop_redis(system: System, chance: Random) -> str:
    """SIGSTOP of Valkey for a while."""
    seconds = chance.uniform(0.2, 2.5)
    system.primary.pause()
    await asyncio.sleep(seconds)
    system.primary.resume()
    return f"{seconds:.1f} s"


async def cut(system: System, chance: Random) -> str:
    """Reset all connections to Valkey, and refuse new ones for a while."""
    return await _refuse(system.redis, chance.choice((0, 0.3, 2)))


async def cut_sql(system: System, chance: Random) -> str:
    """Reset all connections to PostgreSQL, and refuse new ones for a while."""
    return await _refuse(system.sql, chance.uniform(0, 3))


async def drop_replies(system: System, chance: Random) -> str:
    """Drop replies to counting, after it was done."""
    wire, times = system.redis, chance.randint(1, MOST_LOST_REPLIES)
    wire.only, wire.times, wire.fault = METER_CALL, times, Fault.LOSE_REPLY
    await asyncio.sleep(1.5)
    dropped = times if wire.fault is Fault.NONE else times - wire.times
    wire.only, wire.times, wire.fault = b"", 1, Fault.NONE
    return f"{dropped} replies"


async def black_hole(system: System, chance: Random) -> str:
    """Let nothing through to Valkey and back, and then all at once."""
    return await _hold(system.redis, chance.uniform(0.3, 3))


async def black_hole_sql(system: System, chance: Random) -> str:
    """Let nothing through to PostgreSQL and back, and then all at once."""
    return await _hold(system.sql, chance.uniform(0.3, 3))


async def delay(system: System, chance: Random) -> str:
    """Have every request to Valkey arrive late."""
    system.redis.delay, system.redis.fault = chance.uniform(0.05, 0.3), Fault.DELAY
    await asyncio.sleep(1.5)
    system.redis.fault = Fault.NONE
    return f"{system.redis.delay * 1000:.0f} ms"


FAULTS: dict[str, Injector] = {
    "kill worker": kill_worker,
    "SIGTERM worker": terminate_worker,
    "SIGSTOP worker": stop_worker,
    "kill Redis": kill_redis,
    "SIGSTOP Redis": stop_redis,
    "cut": cut,
    "SQL cut": cut_sql,
    "reply dropped": drop_replies,
    "black hole": black_hole,
    "SQL black hole": black_hole_sql,
    "delay": delay,
    **LOSING,
}


async def _signal_workers(system: System, victims: list[int], number: signal.Signals) -> str:
    """Signal some of the workers; return once they have ended, so that what they count last is of this window."""
    workers, signalled = system.workers(), []
    for victim in victims:
        try:
            workers[victim].send_signal(number)
        except (psutil.NoSuchProcess, IndexError):  # it ends already
            continue
        signalled.append(workers[victim])
    await asyncio.to_thread(psutil.wait_procs, signalled, timeout=ENDED_WITHIN)
    await system.all_workers()
    await asyncio.sleep(BOOT)
    return f"{len(victims)} of them"


async def _refuse(wire: Wire, seconds: float) -> str:
    wire.fault = Fault.REFUSE
    await wire.cut()
    await asyncio.sleep(seconds)
    wire.fault = Fault.NONE
    return f"{seconds:.1f} s"


async def _hold(wire: Wire, seconds: float) -> str:
    wire.fault = Fault.SILENCE
    await asyncio.sleep(seconds)
    wire.fault = Fault.NONE
    return f"{seconds:.1f} s"
