"""Which of many rasters a tile may show: their footprints as arrays, all compared at once."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tiling.geometry.footprint import MARGIN
from tiling.models import Bounds

TURNS: Final = (-360.0, 0.0, 360.0)
"""Degrees: a footprint that reaches beyond 180° also lies a turn further west."""
SLIVER: Final = 1e-3
"""Part of a box's side: what reaches no further into it meets no pixel's centre."""


class FootprintIndex:
    """The footprints of rasters, in their order. Finds what `Footprint.touches` finds, of all of them at once.

    Ten thousand comparisons of floats take some microseconds, less than walking down an R-tree in Python does.
    """

    def __init__(self, boxes: Sequence[Bounds]) -> None:
        """`boxes`: west, south, east, north in unwrapped degrees."""
        west, south, east, north = np.array(boxes, dtype=np.float64).reshape(-1, 4).T
        dx, dy = MARGIN * (east - west), MARGIN * (north - south)
        self._exact = west, south, east, north
        self._widened = west - dx, south - dy, east + dx, north + dy

    def touching(self, bounds: Bounds) -> list[int]:
        """Return the positions of the footprints that a box (degrees) may touch.

        First those that reach into it, ascending; then those that touch it by the margin alone, ascending, which show
        nothing as a rule: neighbours of the one that fills it, which need not be read once it has been.
        """
        west, south, east, north = bounds
        dx, dy = SLIVER * (east - west), SLIVER * (north - south)
        found = np.flatnonzero(_overlaps(self._widened, bounds))
        inside = _overlaps(self._exact, (west + dx, south + dy, east - dx, north - dy))[found]
        order: list[int] = np.concatenate([found[inside], found[~inside]]).tolist()
        return order


def _overlaps(boxes: tuple[NDArray[np.float64], ...], bounds: Bounds) -> NDArray[np.bool_]:
    left, bottom, right, top = boxes
    west, south, east, north = bounds
    beside = np.zeros(left.shape, dtype=bool)
    for turn in TURNS:
        beside |= (right >= west + turn) & (left <= east + turn)
    return (bottom <= north) & (top >= south) & beside
