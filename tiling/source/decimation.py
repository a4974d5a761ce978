"""How much coarser a grid is than a raster, whatever CRS each is in."""

from typing import Final

import numpy as np
from rasterio.crs import CRS

from tiling.geometry.footprint import lattice
from tiling.geometry.georeference import Coordinates, transform_points
from tiling.geometry.grid import Grid
from tiling.source.dataset_info import Facts

_STEPS: Final = 5
"""Places along a side of the grid at which it is measured."""


def decimation(grid: Grid, facts: Facts, crs: CRS | None) -> float | None:
    """Return how many pixels of a raster a pixel of a grid is wide; None where nobody can tell.

    `facts`: the raster's. `crs`: what it lies in; None: the grid's. It is the side of a square of the same area, as is
    usual among the places of the grid that lie in the raster, or next to it.
    """
    across, down = lattice(grid.bounds, _STEPS)
    xs = np.stack([across, across + grid.pixel_size, across])
    ys = np.stack([down, down, down - grid.pixel_height])
    if crs is not None:
        found = transform_points(grid.crs, crs, xs.ravel(), ys.ravel())
        xs, ys = (values.reshape(3, -1) for values in found)
    a, b, c, d, e, f = facts.inverse[:6]
    columns, rows = a * xs + b * ys + c, d * xs + e * ys + f
    right_of, below = (np.stack([columns[n] - columns[0], rows[n] - rows[0]]) for n in (1, 2))
    areas = np.abs(right_of[0] * below[1] - below[0] * right_of[1])
    away = _beyond(columns[0], facts.width) + _beyond(rows[0], facts.height)
    usable = np.isfinite(areas) & (areas > 0) & np.isfinite(away)
    if not usable.any():
        return None
    return float(np.sqrt(np.median(areas[usable & (away == away[usable].min())])))


def _beyond(places: Coordinates, size: int) -> Coordinates:
    """Return how many pixels places lie outside of a raster's side."""
    return np.maximum(0.0, np.maximum(-places, places - size))
