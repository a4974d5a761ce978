"""What the caches may take together."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.memory import LEAST_CACHE_BYTES, PART, PROCESS_BYTES, cache_bytes, default_memory
from service.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

MACHINE = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


@given(st.integers(2**28, 2**40), st.integers(1, 64), st.booleans())
def test_caches_and_processes_stay_within_the_memory(memory: int, workers: int, standby: bool) -> None:
    caches = cache_bytes(memory, workers=workers, standby=standby)
    taken = workers * (caches.blocks + caches.tiles + caches.ranges)
    room = memory - PROCESS_BYTES * (workers + standby)
    assert taken <= max(room, workers * LEAST_CACHE_BYTES)
    assert min(caches.blocks, caches.tiles, caches.ranges) >= LEAST_CACHE_BYTES // 4


def write(system: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (system / name).parent.mkdir(parents=True, exist_ok=True)
        (system / name).write_text(text)


@pytest.mark.parametrize(
    ("files", "limit"),
    [
        ({}, MACHINE),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "536870912\n"}, 2**29),
        ({"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/memory.max": "1073741824\n"}, 2**30),
        (
            {
                "proc/self/cgroup": "0::/a/b\n",
                "sys/fs/cgroup/a/b/memory.max": "1073741824\n",
                "sys/fs/cgroup/a/memory.max": "536870912\n",
            },
            2**29,
        ),
        ({"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.max": "max\n"}, MACHINE),
        (
            {
                "proc/self/cgroup": "5:cpu:/x\n4:memory:/docker/c\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": "536870912\n",
            },
            2**29,
        ),
        (
            {
                "proc/self/cgroup": "4:memory:/\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            },
            MACHINE,
        ),
        ({"proc/self/cgroup": "0::/../../etc\nnonsense\n", "sys/fs/cgroup/memory.max": "-5\n"}, MACHINE),
    ],
    ids=["none", "a container", "a parent", "the least", "no limit", "version 1", "version 1, no limit", "nonsense"],
)
def test_the_default_is_a_quarter_of_what_there_is(tmp_path: Path, files: dict[str, str], limit: int) -> None:
    write(tmp_path, files)
    assert default_memory(tmp_path) == min(limit, MACHINE) // PART


@pytest.mark.parametrize(
    ("memory", "workers", "caches"),
    [(512, 1, (109, 73)), (512, 2, (27, 18)), (1024, 1, (329, 219)), (1024, 2, (137, 91)), (2048, 2, (356, 237))],
)
def test_caches_have_the_shares_that_the_documentation_says(memory: int, workers: int, caches: tuple[int, int]) -> None:
    shares = cache_bytes(memory * 2**20, workers=workers, standby=True)
    assert (shares.blocks >> 20, shares.tiles >> 20) == caches
    assert shares.ranges == shares.tiles


def test_a_cache_that_is_set_is_as_it_is_set() -> None:
    settings = Settings(memory=2**30, workers=2, tile_cache_bytes=5, block_cache_bytes=0)
    shares = cache_bytes(2**30, workers=2, standby=True)
    assert (settings.caches.tiles, settings.caches.blocks, settings.caches.ranges) == (5, 0, shares.ranges)


def test_too_little_memory_is_refused() -> None:
    with pytest.raises(ValueError, match="memory"):
        Settings(memory=1000)
