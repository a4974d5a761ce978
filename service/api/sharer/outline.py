"""Where something lies, as a small drawing: a box on the graticule of the world. Nothing is loaded for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tiling.models import Bounds

LEAST = 5.0
"""Degrees of a side, below which a box would not be seen."""
HALF_TURN, QUARTER_TURN = 180.0, 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle of an SVG drawing of 360 by 180, x from the west, y from the north."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """Boxes, and what they are in words."""

    boxes: tuple[Box, ...]
    words: str


def outline(bounds: Bounds) -> Outline:
    """Return where bounds (degrees; a west greater than the east crosses 180°) lie."""
    west, south, east, north = bounds
    spans = [(west, east)] if west <= east else [(west, HALF_TURN), (-HALF_TURN, east)]
    words = f"{_degrees(south, 'N', 'S')} to {_degrees(north, 'N', 'S')}, {_degrees(west, 'E', 'W')} to "
    return Outline(
        boxes=tuple(_box(left, south, right, north) for left, right in spans), words=words + _degrees(east, "E", "W")
    )


def _box(west: float, south: float, east: float, north: float) -> Box:
    width, height = max(LEAST, east - west), max(LEAST, north - south)
    return Box(
        x=round((west + east) / 2 + HALF_TURN - width / 2, 2),
        y=round(QUARTER_TURN - (south + north) / 2 - height / 2, 2),
        width=round(width, 2),
        height=round(height, 2),
    )


def _degrees(value: float, positive: str, negative: str) -> str:
    return f"{abs(value):.3f}° {positive if value >= 0 else negative}"
