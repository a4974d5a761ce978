"""How many processors may be used, and how many workers are right for them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from service.memory import LEAST_CACHE_BYTES, PROCESS_BYTES
from service.processors import MOST_THREADS, automatic_workers, default_threads, processors
from service.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

PLENTY = 2**36


@pytest.mark.parametrize(("available", "workers"), [(1, 1), (2, 1), (3, 2), (4, 2), (8, 4), (16, 8)])
def test_there_is_a_worker_for_each_two_processors(available: int, workers: int) -> None:
    chosen = automatic_workers(available, PLENTY, standby=True)
    assert chosen.count == workers
    assert str(available) in chosen.reason


def test_there_are_no_more_workers_than_memory_can_hold() -> None:
    memory = PROCESS_BYTES + 3 * (PROCESS_BYTES + LEAST_CACHE_BYTES)
    chosen = automatic_workers(16, memory, standby=True)
    assert chosen.count == 3
    assert "TILEGATE_MEMORY" in chosen.reason
    assert automatic_workers(16, 2**28, standby=True).count == 1


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        ({}, 64),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "150000 100000\n"}, 2),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "20000 100000\n"}, 1),
        ({"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/cpu.max": "100000 100000\n"}, 1),
        ({"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/cpu.max": "max 100000\n"}, 64),
        (
            {
                "proc/self/cgroup": "4:cpu,cpuacct:/docker/c\n",
                "sys/fs/cgroup/cpu/docker/c/cpu.cfs_quota_us": "300000\n",
                "sys/fs/cgroup/cpu/docker/c/cpu.cfs_period_us": "100000\n",
            },
            3,
        ),
        (
            {
                "proc/self/cgroup": "4:cpu:/\n",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            },
            64,
        ),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "0 0\n"}, 64),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "nonsense"}, 64),
    ],
    ids=[
        "none",
        "one and a half",
        "a fifth",
        "a parent",
        "no limit",
        "version 1",
        "version 1, no limit",
        "zero",
        "text",
    ],
)
def test_a_cgroups_quota_counts(
    tmp_path: Path, files: dict[str, str], quota: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)))
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert processors(tmp_path) == quota


def test_processors_that_this_process_may_not_use_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3})
    assert processors() == 1
    assert Settings().worker_count.count == 1
    assert Settings().render_threads == 1


def test_a_worker_has_no_more_threads_than_help(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)))
    assert default_threads() <= MOST_THREADS
    assert processors(tmp_path) == 64


def test_a_number_that_is_set_is_taken() -> None:
    chosen = Settings(workers=7).worker_count
    assert (chosen.count, "TILEGATE_WORKERS" in chosen.reason) == (7, True)
    assert Settings(workers="auto", memory=2**28).worker_count.count == 1


@pytest.mark.parametrize("wrong", ["0", "-1", "many", ""])
def test_no_other_word_is_a_number_of_workers(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILEGATE_WORKERS", wrong)
    with pytest.raises(ValueError, match="workers"):
        Settings()
