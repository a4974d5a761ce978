"""How a process runs its event loop."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

try:
    from uvloop import new_event_loop
except ImportError:  # not made for every platform
    from asyncio import new_event_loop  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Coroutine

SLOW_CALLBACK = 0.05  # seconds
SIGNALS = (signal.SIGTERM, signal.SIGINT)


def run_until_signalled(main: Coroutine[None, None, None], *, debug: bool = False) -> None:
    """Run until `main` returns or raises, or until SIGTERM or SIGINT, which cancel it once: it can clean up in peace.

    debug: log what holds the loop for over 50 ms.
    """
    with asyncio.Runner(loop_factory=new_event_loop, debug=debug) as runner:
        runner.get_loop().slow_callback_duration = SLOW_CALLBACK
        runner.run(_cancelled_by_signals(main))


def ignore_further_signals() -> None:
    """Take back the current task's cancellation and be deaf to further signals: what follows runs to its end."""
    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, lambda: None)
    task = asyncio.current_task()
    while task is not None and task.cancelling():
        task.uncancel()


async def _cancelled_by_signals(main: Coroutine[None, None, None]) -> None:
    task = asyncio.ensure_future(main)

    def cancel_once() -> None:
        if not task.cancelling():
            task.cancel()

    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, cancel_once)
    with suppress(asyncio.CancelledError):
        await task
