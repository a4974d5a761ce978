"""Time as an argument."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Clock:
    """A clock that a test moves on."""

    now: float = 0.0
    """Seconds."""

    def __call__(self) -> float:
        return self.now
