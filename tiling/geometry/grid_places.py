"""Longitude and latitude of each pixel of a grid in any CRS."""

from typing import Final

import numpy as np
from affine import Affine
from rasterio._err import CPLE_BaseError
from rasterio.errors import RasterioError
from rasterio.warp import transform as transform_coordinates

from tiling.geometry.georeference import WGS84, Coordinates
from tiling.geometry.grid import Grid, ground_cells
from tiling.geometry.placement import place
from tiling.hillshade import EARTH_RADIUS

_DEGREE: Final = EARTH_RADIUS * np.pi / 180.0
"""Metres."""
_SMALLEST: Final = 8
"""Pixels along a side of the smallest part that is tried."""


def lonlats(grid: Grid) -> tuple[Coordinates, Coordinates]:
    """Return degrees (WGS 84) of the pixels' centres, each (height, width), off by at most a hundredth of a pixel.

    NaN where there is no such place, and up to seven pixels around.
    """
    lons, lats = (np.full((grid.height, grid.width), np.nan) for _ in range(2))
    per_degree = _DEGREE / float(np.min(ground_cells(grid)))
    placement = place(grid, Affine.scale(per_degree), WGS84)
    if placement is None:  # along 180° and at a pole
        _fill(grid, lons, lats)
    else:
        lons[:], lats[:] = placement.columns.places() / per_degree, placement.rows.places() / per_degree
    return lons, lats


def _fill(grid: Grid, lons: Coordinates, lats: Coordinates) -> None:
    """Work out pixel by pixel what can be: PROJ refuses all of what has one pixel beyond the edge of its projection."""
    left, _, _, top = grid.bounds
    xs = left + (np.arange(grid.width) + 0.5) * grid.pixel_size
    ys = top - (np.arange(grid.height) + 0.5) * grid.pixel_height
    east, north = np.meshgrid(xs, ys)
    try:
        found = transform_coordinates(grid.crs, WGS84, east.ravel(), north.ravel())
    except (RasterioError, CPLE_BaseError):
        if max(grid.height, grid.width) <= _SMALLEST:
            return
        for rows in _halves(grid.height):
            for columns in _halves(grid.width):
                _fill(grid.part(rows, columns), lons[rows, columns], lats[rows, columns])
        return
    lons[:], lats[:] = (np.asarray(values).reshape(lons.shape) for values in found[:2])


def _halves(size: int) -> list[slice]:
    middle = size // 2
    return [part for part in (slice(middle), slice(middle, size)) if part.stop > (part.start or 0)]
