"""Meters that are wrong, each in one way: a checker that does not find them finds nothing.

Each is the real service whose workers load another counting script (`worker.py`).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

WORKER = Path(__file__).with_name("worker.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """What shows that it is wrong."""

    windows: list[list[str]]
    """Faults of one window after the other; it must be caught in one of them."""


MUTANTS = {
    "plain increments": Mutant(windows=[["reply dropped"]] * 3),
    "no gap rule": Mutant(windows=[["deep torn AOF"]] * 3),
    "two writes": Mutant(windows=[["reply dropped"]] * 3),
}


def worker_command(mutant: str) -> tuple[str, ...]:
    """Return the command of a worker with a mutant's meter."""
    return (sys.executable, "-P", str(WORKER), mutant)
