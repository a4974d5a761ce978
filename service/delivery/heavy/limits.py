"""What a job's process may take, and what it gives up before it reads its first byte of a stranger's file."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from dataclasses import dataclass

from tiling.gate.landlock import Reach
from tiling.gate.sandbox import restrict_process

NICENESS = 10
"""The kernel prefers workers, which draw tiles, to what can wait."""
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a job may take. Its seconds are the caller's to count: who has waited for too long ends the process."""

    memory: int
    """Bytes of private memory, above those of a process that does nothing (RLIMIT_DATA)."""
    reach: Reach | None = None
    """What the kernel lets it reach; None: all that the service may."""


def take_limits(limits: Limits, parent: int) -> None:
    """Limit the calling process, a job's, for good. `parent`: dies with it.

    RLIMIT_DATA counts what is private and writable, so heaps, numpy's arrays and GDAL's caches; RLIMIT_AS would count
    libraries and mapped files as well, which cost no memory. Raises OSError.
    """
    die_with(parent)
    os.nice(NICENESS)
    most = _private_bytes() + limits.memory
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if limits.reach is not None:
        restrict_process(limits.reach)


def die_with(parent: int) -> None:
    """Have the kernel end this process when its parent ends; end at once where it has."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def _private_bytes() -> int:
    """Return what RLIMIT_DATA counts already."""
    if sys.platform != "linux":
        return 0
    with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123  (no path of anybody's)
        kilobytes = next((line.split()[1] for line in status if line.startswith("VmData:")), "0")
    return int(kilobytes) * 1024
