"""What the jobs of these tests do. Each process imports this room anew: it holds nothing of the service around it."""

from __future__ import annotations

import ctypes
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tiling.files.last_read import READING

if TYPE_CHECKING:
    from tiling.files.raster_source import RasterSource


def crash_reading(source: RasterSource) -> None:
    """Earn a SIGSEGV while a file is being read."""
    READING.begin(source)
    ctypes.string_at(0)


def take(size: int) -> None:
    """Take memory, and use it."""
    np.ones(size, np.uint8)


def raise_again(error: Exception) -> None:
    """Raise what is given."""
    raise error


def tell_and_sleep(path: str) -> None:
    """Write down who works, and go on working."""
    Path(path).write_text(str(os.getpid()))
    time.sleep(600)


def sockets() -> int:
    """How many sockets the process has."""
    return sum(path.is_socket() for path in Path("/proc/self/fd").iterdir() if path.exists())


class Environment:
    """Is shown as the process's environment."""

    def __str__(self) -> str:
        return str(dict(os.environ))
