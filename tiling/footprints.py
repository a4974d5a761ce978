"""Which of many rasters a tile may show: their footprints as arrays, all compared at once."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from tiling.footprint import MARGIN
from tiling.models import Bounds

TURNS: Final = (-360.0, 0.0, 360.0)
"""Degrees: a footprint that reaches beyond 180° also lies a turn further west."""


class FootprintIndex:
    """The footprints of rasters, in their order. Tells what `Footprint.touches` tells, of all of them at once.

    Ten thousand comparisons of floats take some microseconds, less than walking down an R-tree in Python does.
    """

    def __init__(self, boxes: Sequence[Bounds]) -> None:
        """`boxes`: west, south, east, north in unwrapped degrees."""
        west, south, east, north = np.array(boxes, dtype=np.float64).reshape(-1, 4).T
        dx, dy = MARGIN * (east - west), MARGIN * (north - south)
        self._west, self._south, self._east, self._north = west - dx, south - dy, east + dx, north + dy

    def touching(self, bounds: Bounds) -> list[int]:
        """Return the positions, ascending, of the footprints that a box (degrees) may touch."""
        west, south, east, north = bounds
        level = (self._south <= north) & (self._north >= south)
        beside = np.zeros_like(level)
        for turn in TURNS:
            beside |= (self._east >= west + turn) & (self._west <= east + turn)
        found: list[int] = np.flatnonzero(level & beside).tolist()
        return found
