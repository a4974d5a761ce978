"""Under which address a service runs on a data folder, for commands that print links beside it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from service.processes.locks import try_exclusive, try_shared

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from service.settings import Settings

NAME = "address"
LONGEST = 4096


@contextmanager
def announced(settings: Settings) -> Iterator[None]:
    """Write the address into the data folder, and hold it for as long as the context lives. Raises OSError.

    Where another service already runs on the folder, its address stays.
    """
    descriptor = os.open(settings.data_dir / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        if try_exclusive(descriptor):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, settings.base_url.encode(), 0)
        yield
    finally:
        os.close(descriptor)


def running_address(data_dir: Path) -> str | None:
    """Return the address of the service that runs on a data folder; None where none does."""
    try:
        descriptor = os.open(data_dir / NAME, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        if try_shared(descriptor):  # nobody holds it: what stands there is of one that has ended
            return None
        return os.pread(descriptor, LONGEST, 0).decode() or None
    finally:
        os.close(descriptor)
