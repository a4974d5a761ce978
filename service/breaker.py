"""A breaker: a server that is known not to answer is asked by one call at a time, now and then."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PAUSES = (0.1, 0.5)
PROBE_SECONDS = 2.0
"""How long a probe has the word: longer than any call takes."""


class Breaker:
    """Says whether a call may be sent. Closed at first: all may.

    A call that found silence opens it; the first answer closes it. While it is open one call may be sent at a time,
    each after a pause that chance chooses, so that the workers of an installation do not come at once. A connection
    that was refused or lost cost no time, and may be to a server that is back already: the next call may try at once,
    and only when that fails too there are pauses. A call is refused before it is sent, never after.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._next_probe: float | None = None
        self._silent = False

    @property
    def is_open(self) -> bool:
        """Whether the server was not heard of when it was last asked."""
        return self._next_probe is not None

    @property
    def is_silent(self) -> bool:
        """Whether it is open because callers waited in vain: the next one would too."""
        return self.is_open and self._silent

    def allows(self) -> bool:
        """Whether a call may be sent now. Where the breaker is open, the call that may is the probe."""
        if self._next_probe is None:
            return True
        if self._now() < self._next_probe:
            return False
        self._next_probe = self._now() + PROBE_SECONDS
        return True

    def answered(self) -> None:
        """Take note that the server answered, be it with an error."""
        self._next_probe = None

    def failed(self, *, silent: bool) -> None:
        """Take note that the server could not be asked; `silent`: it let the caller wait."""
        pause = random.uniform(*PAUSES) if silent or self.is_open else 0  # noqa: S311  (spreads load, no secret)
        self._next_probe = self._now() + pause
        self._silent = silent

    def given_up(self) -> None:
        """Take note that a caller left before there was an answer: another one may be the probe."""
        if self.is_open:
            self._next_probe = self._now() + random.uniform(*PAUSES)  # noqa: S311
