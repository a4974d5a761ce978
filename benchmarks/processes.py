"""What a server costs: CPU time and memory of all its processes, from /proc."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One process, as /proc/PID/stat tells it."""

    pid: int
    parent: int
    cpu: float
    """Seconds in user and kernel mode, with those of children that have ended."""


def tree(root: int) -> list[Process]:
    """Return a process and all that descend from it."""
    known = {process.pid: process for process in _all()}
    found, waiting = list[Process](), [root]
    while waiting:
        pid = waiting.pop()
        if pid in known:
            found.append(known[pid])
        waiting += [process.pid for process in known.values() if process.parent == pid]
    return found


def cpu_seconds(roots: tuple[int, ...]) -> float:
    """Return the CPU time that processes and their descendants have used so far."""
    return sum(process.cpu for root in roots for process in tree(root))


def memory(roots: tuple[int, ...]) -> int:
    """Return the bytes of memory of processes and their descendants: the sum of their proportional set sizes.

    A page that n processes share counts as one n-th in each, so that the sum is what ending them would give back.
    """
    return sum(_proportional_set_size(process.pid) for root in roots for process in tree(root))


def _all() -> list[Process]:
    found = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with suppress(OSError):  # it has just ended
                found.append(_parse(int(entry.name), Path(entry.path, "stat").read_text()))
    return found


def _parse(pid: int, stat: str) -> Process:
    fields = stat.rpartition(")")[2].split()  # the name before may hold anything
    return Process(pid=pid, parent=int(fields[1]), cpu=sum(map(int, fields[11:15])) / TICKS)


def _proportional_set_size(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
