"""Faults made to measure, for one mutant: together they bring half of a batch back that Redis had lost.

Redis 7.0 repairs a file that is torn inside MULTI … EXEC behind the last whole command, and writes on. When it starts
the next time, the first half of the torn transaction is in front of the next one, and its EXEC is for both.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.faults.proxy import Fault
from tests.faults.soak.faults import METER_CALL

if TYPE_CHECKING:
    from random import Random

    from tests.faults.soak.system import System

EXEC = b"*1\r\n$4\r\nEXEC\r\n"
INTO_THE_LAST_COMMAND = 5  # bytes
GIVING_UP = 1.5  # seconds: longer than a worker's patience
ALWAYS = 10**9


async def tear_last_batch(system: System, chance: Random) -> str:
    """Let no worker hear that its last batch was counted, then tear that batch in two.

    The wire stays cut: nobody sends these charges again, as all who waited are told that nothing is sent.
    """
    wire = system.redis
    wire.only, wire.times, wire.fault = METER_CALL, ALWAYS, Fault.LOSE_REPLY
    await asyncio.sleep(GIVING_UP)
    wire.only, wire.times, wire.fault = b"", 1, Fault.REFUSE
    await wire.cut()
    system.primary.kill()
    written = system.primary.file().read_bytes()
    system.primary.tear(len(written) - written.rindex(EXEC) + INTO_THE_LAST_COMMAND)
    await system.primary.start()
    return "and the wire stays cut"


async def mend_wire(system: System, chance: Random) -> str:
    """Let all pass again."""
    system.redis.fault = Fault.NONE
    return ""


DIRECTED = {"last batch torn": tear_last_batch, "wire mended": mend_wire}
