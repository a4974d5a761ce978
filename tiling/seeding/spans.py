"""Which tiles a box has at some zooms, in the order of their numbers in an archive."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tiling.geometry.footprint import MERCATOR_LATITUDE
from tiling.models import Bounds

TileIds = NDArray[np.int64]
_EARTH: Final = 360.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A rectangle of tiles of a zoom; the ends are included."""

    z: int
    left: int
    right: int
    top: int
    bottom: int

    @property
    def count(self) -> int:
        """How many tiles it has."""
        return (self.right - self.left + 1) * (self.bottom - self.top + 1)

    def holds(self, z: int, x: int, y: int) -> bool:
        """Whether a tile is one of them."""
        return z == self.z and self.left <= x <= self.right and self.top <= y <= self.bottom


def spans_of(box: Bounds, minzoom: int, maxzoom: int) -> tuple[Span, ...]:
    """Return the tiles that meet a box in degrees. Where it crosses 180°, its east is above 180 or below its west."""
    return tuple(span for z in range(minzoom, maxzoom + 1) for span in _at_zoom(box, z))


def tile_ids(spans: tuple[Span, ...]) -> TileIds:
    """Return the numbers of all tiles, ascending: along a Hilbert curve, so that neighbours come close together."""
    found = [_ids_of(span) for span in spans]
    return np.sort(np.concatenate(found)) if found else np.empty(0, np.int64)


def _at_zoom(box: Bounds, z: int) -> Iterator[Span]:
    west, south, east, north = box
    if east < west:
        east += _EARTH
    side = 2**z
    top, bottom = _row(north, side), _row(south, side, is_end=True)
    bottom = max(top, bottom)
    if east - west >= _EARTH:
        yield Span(z=z, left=0, right=side - 1, top=top, bottom=bottom)
        return
    first = math.floor((west + 180) / _EARTH * side)
    last = max(first, math.ceil((east + 180) / _EARTH * side) - 1)
    if last - first + 1 >= side:
        yield Span(z=z, left=0, right=side - 1, top=top, bottom=bottom)
        return
    left, right = first % side, last % side
    if left <= right:
        yield Span(z=z, left=left, right=right, top=top, bottom=bottom)
    else:
        yield Span(z=z, left=0, right=right, top=top, bottom=bottom)
        yield Span(z=z, left=left, right=side - 1, top=top, bottom=bottom)


def _row(latitude: float, side: int, *, is_end: bool = False) -> int:
    """Return the row of tiles that a latitude lies in; as an end, the last one above it."""
    radians = math.radians(min(max(latitude, -MERCATOR_LATITUDE), MERCATOR_LATITUDE))
    place = (1 - math.asinh(math.tan(radians)) / math.pi) / 2 * side
    return min(max(math.ceil(place) - 1 if is_end else math.floor(place), 0), side - 1)


def _ids_of(span: Span) -> TileIds:
    """Return the numbers as `pmtiles.tile.zxy_to_tileid` has them, of many tiles at once."""
    columns = np.arange(span.left, span.right + 1, dtype=np.int64)
    rows = np.arange(span.top, span.bottom + 1, dtype=np.int64)
    x, y = (grid.ravel() for grid in np.meshgrid(columns, rows))
    ids = np.full(len(x), (4**span.z - 1) // 3, np.int64)
    for power in range(span.z - 1, -1, -1):
        half = np.int64(1 << power)
        right, below = half & x, half & y
        ids += ((3 * right) ^ below) << power
        is_flipped = (below == 0) & (right != 0)
        x, y = np.where(is_flipped, half - 1 - x, x), np.where(is_flipped, half - 1 - y, y)
        x, y = np.where(below == 0, y, x), np.where(below == 0, x, y)
    return ids
