"""How much memory the service may take, and which part of it each cache has."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.cgroups import SYSTEM, cgroup_files, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PART = 4
"""Unless it is set, the service takes one of so many parts of the machine's memory, or of what its cgroup may have."""
PROCESS_BYTES = 128 * 2**20
"""What a worker, or the process that stands by, takes without any cache."""
LEAST_CACHE_BYTES = 48 * 2**20
"""What the caches of a worker have in any case: with less, the blocks of one tile would not fit."""
BLOCKS, TILES, RANGES = 3, 2, 2
"""Shares of the caches: decoded blocks make new tiles quick, and take the most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheBytes:
    """The most that each cache of one worker takes."""

    blocks: int
    """Decoded blocks of rasters."""
    tiles: int
    """Rendered tiles."""
    ranges: int
    """What was read of rasters in object stores."""


def cache_bytes(memory: int, *, workers: int, standby: bool) -> CacheBytes:
    """Share memory between workers and their caches, after what their processes take."""
    left = (memory - PROCESS_BYTES * (workers + standby)) // workers
    part = max(left, LEAST_CACHE_BYTES) // (BLOCKS + TILES + RANGES)
    return CacheBytes(blocks=BLOCKS * part, tiles=TILES * part, ranges=RANGES * part)


def default_memory(system: Path = SYSTEM) -> int:
    """Return a quarter of the machine's memory, or of the least that a cgroup around this process may have. Blocks.

    `system`: the root of the file system, for tests.
    """
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([machine, *_cgroup_limits(system)]) // PART


def _cgroup_limits(system: Path) -> Iterator[int]:
    """Yield the limits of this process's cgroup and of those around it."""
    for file in cgroup_files("memory", "memory.max", "memory.limit_in_bytes", system):
        text = text_of(file)
        if text.isdecimal() and int(text) > 0:
            yield int(text)
