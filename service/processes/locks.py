"""Advisory file locks (flock) that an event loop can wait for. The kernel drops them when their holder dies."""

from __future__ import annotations

import asyncio
import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RETRY_INTERVAL = 0.02  # seconds


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the file's lock alone. Blocks: for work of microseconds. Raises OSError."""
    with lock_file(path) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield


@contextmanager
def lock_file(path: Path) -> Iterator[int]:
    """Yield a descriptor of the file, made if it is missing (mode 0600). Closing it drops what was locked through it.

    Children do not inherit the descriptor. Raises OSError.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def try_exclusive(descriptor: int) -> bool:
    """Return whether the lock is now ours alone. A shared lock that was held through `descriptor` is gone if not."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def wait_shared(descriptor: int) -> None:
    """Return once the lock is shared by us, however long somebody has it exclusively."""
    while not try_shared(descriptor):  # noqa: ASYNC110  (the kernel notifies nobody that a lock is free)
        await asyncio.sleep(RETRY_INTERVAL)


def try_shared(descriptor: int) -> bool:
    """Return whether the lock is now ours beside others: nobody has it exclusively."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
