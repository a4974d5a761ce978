"""Whether a task was asked to stop, and loops that run until it is.

Before Python 3.12 `asyncio.wait_for`, which redis-py sends through, loses a cancellation that arrives in the moment in
which it is done. A loop that runs until it is cancelled has to ask, or it may run for ever.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def is_cancelled() -> bool:
    """Whether the current task was cancelled, also where nothing was raised for it."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def look_whenever(woken: asyncio.Event, look: Callable[[], Awaitable[None]], *, every: float) -> None:
    """Look at once, whenever woken, and every so many seconds at least; runs until cancelled."""
    while not is_cancelled():
        woken.clear()
        await look()
        with suppress(TimeoutError):
            async with asyncio.timeout(every):
                await woken.wait()


async def flush_last(flush: Callable[[], Awaitable[None]], seconds: float) -> bool:
    """Flush what is left at the end, for which nobody waits longer; return whether that was done in time."""
    try:
        async with asyncio.timeout(seconds):
            await flush()
    except TimeoutError:
        return False
    return True


async def flush_and_sweep(
    flush: Callable[[], Awaitable[None]],
    sweep: Callable[[], Awaitable[None]],
    *,
    flush_every: float,
    sweep_every: float,
    swept: float,
) -> None:
    """Flush and, less often, sweep, each every so many seconds; runs until cancelled.

    swept: when it was done last, by the monotonic clock.
    """
    while not is_cancelled():
        await asyncio.sleep(flush_every)
        await flush()
        if time.monotonic() - swept > sweep_every:
            swept = time.monotonic()
            await sweep()
