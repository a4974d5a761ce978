"""What a soak tells: a line for each window while it runs, a table at its end."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

from tests.faults.soak.checker import Findings


@dataclass(slots=True)
class Report:
    """What was done and found."""

    seed: int
    faults: Counter[str] = field(default_factory=Counter)
    found: Findings = field(default_factory=Findings)
    bound: int = 0
    """So many requests were in flight at most when there were faults, added up."""
    recorded: int = 0
    """So many answers of killed workers may have been counted and not sent, as the service recorded it."""
    answers: dict[str, int] = field(default_factory=dict)
    """How often clients had each answer."""
    notes: list[str] = field(default_factory=list)
    """What is wrong in the books at the end."""
    began: float = field(default_factory=time.monotonic)

    @property
    def is_right(self) -> bool:
        """Whether every delivered tile was counted once, and the books agree."""
        return self.found.is_right and not self.notes

    def add(self, kinds: list[str], found: Findings, bound: int) -> None:
        """Add a window."""
        self.faults.update(kinds)
        self.found += found
        self.bound += bound

    def line(self, found: Findings, told: list[str]) -> str:
        """Return what a person sees of a window."""
        verdict, seconds = "ok  " if found.is_right else "FAIL", time.monotonic() - self.began
        wrong = f", wrong sums {found.crooked}" if found.crooked else ""
        if found.over or found.short:
            wrong += f", budgets exceeded {found.over}, not used up {found.short}"
        return (
            f"{verdict} {self.faults.total():4} {seconds:5.0f} s {found.tiles:6} tiles, lost {found.lost}, double "
            f"{found.double}, phantoms {found.phantoms} of {found.uncertain}{wrong}: {', '.join(told) or 'no fault'}"
        )

    def __str__(self) -> str:
        """Return the table."""
        found = self.found
        figures = {
            "faults": self.faults.total(),
            "tiles": found.tiles,
            "lost": found.lost,
            "double": found.double,
            "phantoms": f"{found.phantoms} (at most {found.uncertain} uncertain, {self.bound} in flight)",
            "recorded": f"{self.recorded} (what killed workers may have counted without sending it)",
            "wrong sums": found.crooked,
            "budgets": f"{found.over} exceeded, {found.short} not used up ({found.exhausted} requests refused)",
            "answers": ", ".join(f"{count} x {answer}" for answer, count in sorted(self.answers.items())),
            "seconds": round(time.monotonic() - self.began),
            "seed": self.seed,
        }
        kinds = [f"  {kind:18}{count:5}" for kind, count in sorted(self.faults.items())]
        return "\n".join([*kinds, *(f"{name:12}{value}" for name, value in figures.items()), *self.notes])
