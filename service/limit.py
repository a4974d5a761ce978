"""A limit on waiting for others that does not count the time in which we did not listen."""

from __future__ import annotations

import asyncio
import math
from typing import Any

TICK = 0.1


class Limit:
    """Raises TimeoutError inside a context after some seconds in which we could have heard an answer.

    They are counted in ticks: while something holds our event loop, or the machine gives us no turn, one tick passes at
    most. Else the answer that waits to be read would be taken for silence.
    """

    def __init__(self, seconds: float) -> None:
        self._ticks = math.ceil(seconds / TICK)
        self._timeout = asyncio.timeout(None)
        self._loop = asyncio.get_running_loop()

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()
        self._timer = self._loop.call_later(TICK, self._tick)

    async def __aexit__(self, *exc_info: Any) -> None:  # noqa: PYI036  (passed on as they are)
        self._timer.cancel()
        await self._timeout.__aexit__(*exc_info)

    def _tick(self) -> None:
        self._ticks -= 1
        if self._ticks > 0:
            self._timer = self._loop.call_later(TICK, self._tick)
        else:
            self._timeout.reschedule(self._loop.time())
