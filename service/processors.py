"""How many processors the service may use, and how many workers and render threads are right for them."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.cgroups import SYSTEM, cgroup_files, text_of
from service.memory import LEAST_CACHE_BYTES, PROCESS_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROCESSORS_OF_WORKER = 2
"""How many a worker can keep busy: half of a render of RGB, and its event loop, need Python's lock."""
MOST_THREADS = 8
"""Render threads of a worker: an eighth of the render that needs the lock least needs it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerCount:
    """How many workers there are to be."""

    count: int
    reason: str
    """As a log has it."""


def processors(system: Path = SYSTEM) -> int:
    """Return how many processors this process may use at once: by affinity, and by the quota of cgroups. Blocks."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([allowed, *(math.ceil(quota) for quota in _quotas(system))]))


def default_threads() -> int:
    """Return how many render threads a worker has unless it is set. Blocks."""
    return min(processors(), MOST_THREADS)


def automatic_workers(available: int, memory: int, *, standby: bool) -> WorkerCount:
    """Return as many workers as so many processors can keep busy, and so many bytes of memory can hold."""
    wanted = math.ceil(available / PROCESSORS_OF_WORKER)
    held = max(1, (memory - PROCESS_BYTES * standby) // (PROCESS_BYTES + LEAST_CACHE_BYTES))
    if held < wanted:
        return WorkerCount(count=held, reason=f"auto: more do not fit into {memory >> 20} MB (TILEGATE_MEMORY)")
    usable = "1 processor" if available == 1 else f"{available} processors"
    return WorkerCount(count=wanted, reason=f"auto: one for each two of {usable} that may be used")


def _quotas(system: Path) -> Iterator[float]:
    """Yield how many processors each cgroup around this process may use."""
    for file in cgroup_files("cpu", "cpu.max", "cpu.cfs_quota_us", system):
        words = text_of(file).split()
        if file.name == "cpu.cfs_quota_us":
            words.append(text_of(file.with_name("cpu.cfs_period_us")))
        match words:
            case [quota, period] if quota.isdecimal() and period.isdecimal() and int(quota) and int(period):
                yield int(quota) / int(period)
