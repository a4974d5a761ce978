"""Whether a task was asked to stop.

Before Python 3.12 `asyncio.wait_for`, which redis-py sends through, loses a cancellation that arrives in the moment in
which it is done. A loop that runs until it is cancelled has to ask, or it may run for ever.
"""

from __future__ import annotations

import asyncio


def is_cancelled() -> bool:
    """Whether the current task was cancelled, also where nothing was raised for it."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
