"""Meters that are wrong, each in one way: a checker that does not find them finds nothing.

Each is the real service whose workers load another counting script (`worker.py`).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

WORKER = Path(__file__).with_name("worker.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Some faults under load, made to show what is wrong."""

    faults: list[str]
    clients: int | None = None
    """So many of the client processes ask; all where it is None."""


TRIES = 10
"""A fault may hit a moment in which even a wrong meter is right: the first that shows it ends the search."""

MUTANTS = {
    "plain increments": [Window(faults=["reply dropped"])] * TRIES,
    "no gap rule": [Window(faults=["deep torn AOF"])] * TRIES,
    "two writes": [Window(faults=["reply dropped"])] * TRIES,
    "budgets ignored": [Window(faults=[])] * TRIES,
    "a budget for each worker": [Window(faults=[])] * TRIES,
    "months are not mended": [Window(faults=["deep torn AOF"])] * TRIES,
    "pixels by the tile": [],
}
"""Faults of one window after the other: the mutant must be caught in one of them."""

REDIS_7_MUTANTS = {
    "two writes in one script": [
        Window(faults=["last batch torn"]),
        Window(faults=["wire mended", "kill Redis"], clients=1),
    ],
}
"""Those that only a Redis shows which repairs a torn transaction in its middle."""


WRONG_ALONE = {"pixels by the tile"}
"""Those that are wrong without any fault, and without budgets."""


def worker_command(mutant: str) -> tuple[str, ...]:
    """Return the command of a worker with a mutant's meter."""
    return (sys.executable, "-P", str(WORKER), mutant)
