"""Longitude and latitude of each pixel of a grid in any CRS."""

from typing import Final

import numpy as np
from affine import Affine

from tiling.georeference import WGS84, Coordinates, transform_points
from tiling.grid import Grid, ground_cells
from tiling.placement import place
from tiling.relief import EARTH_RADIUS

_DEGREE: Final = EARTH_RADIUS * np.pi / 180.0
"""Metres."""
_SMALLEST: Final = 8
"""Pixels along a side of a part that is worked out pixel by pixel."""


def lonlats(grid: Grid) -> tuple[Coordinates, Coordinates]:
    """Return degrees (WGS 84) of the pixels' centres, each (height, width), off by at most a hundredth of a pixel.

    NaN where there is no such place. Where no net of places will do, as along 180° and at a pole, each quarter is
    looked at by itself.
    """
    lons, lats = (np.full((grid.height, grid.width), np.nan) for _ in range(2))
    _fill(grid, lons, lats)
    return lons, lats


def _fill(grid: Grid, lons: Coordinates, lats: Coordinates) -> None:
    per_degree = _DEGREE / float(np.min(ground_cells(grid)))
    placement = place(grid, Affine.scale(per_degree), WGS84)
    if placement is not None:
        lons[:], lats[:] = placement.columns.places() / per_degree, placement.rows.places() / per_degree
        return
    if max(grid.height, grid.width) <= _SMALLEST:
        left, _, _, top = grid.bounds
        xs = left + (np.arange(grid.width) + 0.5) * grid.pixel_size
        ys = top - (np.arange(grid.height) + 0.5) * grid.pixel_height
        east, north = (values.ravel() for values in np.meshgrid(xs, ys))
        found = transform_points(grid.crs, WGS84, east, north)
        lons[:], lats[:] = (values.reshape(lons.shape) for values in found)
        return
    for rows in _halves(grid.height):
        for columns in _halves(grid.width):
            _fill(grid.part(rows, columns), lons[rows, columns], lats[rows, columns])


def _halves(size: int) -> list[slice]:
    middle = size // 2
    return [part for part in (slice(middle), slice(middle, size)) if part.stop > (part.start or 0)]
