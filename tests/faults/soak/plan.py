"""Which faults come, in which windows: the same for the same seed."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from tests.faults.soak.faults import FAULTS
from tests.faults.soak.losses import LOSING

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZES = (1, 1, 2, 3)


def plan(faults: int, seed: int, kinds: Sequence[str] = tuple(FAULTS)) -> list[list[str]]:
    """Return the faults of each window: all kinds in turn, each round in another order.

    A fault in which Redis loses data has a window of its own, in which no worker dies: the loss of both at once is
    not promised to be made good.
    """
    chance, windows, left = Random(f"plan {seed}"), list[list[str]](), faults
    deck: list[str] = []
    while left:
        deck = deck or chance.sample(sorted(kinds), len(kinds))
        size = min(left, chance.choice(SIZES))
        window = [deck.pop()]
        while window[0] not in LOSING and len(window) < size and deck and deck[-1] not in LOSING:
            window.append(deck.pop())
        windows.append(window)
        left -= len(window)
    return windows
