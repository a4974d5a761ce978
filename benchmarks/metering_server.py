"""`python -m benchmarks.metering_server MODE`: our server, its settings from the environment, metering in one of MODES.

`off` counts nothing, `each` makes a round trip for each render, `group` is the product.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

from service.api.app import create_app
from service.metering.meter import Meter
from service.metering.usage import usage_key
from service.processes.loops import run_until_signalled
from service.processes.serving.serve import run_worker
from service.processes.supervision.supervisor import prepared
from service.settings import Settings

if TYPE_CHECKING:
    from service.metering.charges import Charge

INCREMENTS = """
for n = 1, #ARGV - 1, 2 do redis.call('HINCRBY', KEYS[1], ARGV[n], ARGV[n + 1]) end
return 1
"""


async def nothing(_meter: Meter, _charge: Charge) -> None:
    """Count nothing."""
    await asyncio.sleep(0)


async def each(meter: Meter, charge: Charge) -> None:
    """Count with a round trip of its own, by increments, as simple services do."""
    redis: Any = meter._counters._redis  # noqa: SLF001
    script = meter.__dict__.setdefault("script", redis.register_script(INCREMENTS))
    link, units = charge.link_id, charge.units
    fields = [f"{place}:{unit}" for place in ("day", link) for unit in ("renders", "cached", "bytes")]
    amounts = [units.renders, units.cached, units.bytes] * 2
    key = usage_key(charge.organization_id) + ":each"
    await script(keys=[key], args=[part for pair in zip(fields, amounts, strict=True) for part in pair])


MODES = {"off": nothing, "each": each, "group": Meter.charge}


async def serve(mode: str) -> None:
    """Serve until told to stop."""
    command = (sys.executable, "-m", "benchmarks.metering_server", mode, "worker")
    async with prepared(Settings(), command) as supervisor:
        await supervisor.run()


if __name__ == "__main__":
    if sys.argv[2:] == ["worker"]:
        Meter.charge = MODES[sys.argv[1]]  # type: ignore[method-assign]
        sys.exit(run_worker(create_app))
    run_until_signalled(serve(sys.argv[1]))
