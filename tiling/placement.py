"""Where the pixels of a grid lie in a level of a raster: exact on a coarse net of nodes, interpolated between them."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.errors import RasterioError
from rasterio.warp import transform as transform_coordinates

from tiling.georeference import WEB_MERCATOR
from tiling.grid import Grid

TOLERANCE: Final = 0.01
"""Pixels of the level that a place may be off."""

_PIXELS_PER_INTERVAL: Final = (32, 16, 8, 4)
_STRAIGHT: Final = 1e-7
"""Pixels by which rows may bend and still count as straight: far below what moves a sample."""

Coordinates = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Places of a grid's pixel centres, in pixels from the level's corner (the first pixel's centre is at 0.5)."""

    rows: Coordinates
    """Shape (height, 1) where all pixels of a row share it, (height, width) else."""
    columns: Coordinates
    """Shape (1, width) where all pixels of a column share it, (height, width) else."""

    @property
    def is_straight(self) -> bool:
        """Whether grid and level have parallel axes."""
        return bool(self.rows.shape[1] == 1 and self.columns.shape[0] == 1)


def place(grid: Grid, dataset: Any, crs: CRS | None) -> Placement | None:
    """Place a grid's pixel centres in a dataset of this CRS (None: web mercator), off by at most `TOLERANCE` pixels.

    None where that cannot be promised: at the poles, around the edge of a projection, in a view of half the world.
    The error of a net is judged by the one with intervals twice as long, whose error is four times as large.
    """
    for pixels in _PIXELS_PER_INTERVAL:
        down, across = (max(2, 2 * round(size / pixels / 2)) for size in (grid.height, grid.width))
        nets = _nets(grid, dataset, crs, down, across)
        if nets is None:
            return None
        if max(map(_bend, nets)) / 4 <= TOLERANCE:
            rows, columns = nets
            every_row, every_column = _weights(grid.height, down), _weights(grid.width, across)
            return Placement(
                rows=every_row @ rows @ _needed(every_column, rows - rows[:, :1]).T,
                columns=_needed(every_row, columns - columns[:1]) @ columns @ every_column.T,
            )
    return None


def _nets(grid: Grid, dataset: Any, crs: CRS | None, down: int, across: int) -> tuple[Coordinates, Coordinates] | None:
    """Rows and columns of (down + 1, across + 1) nodes, from the centre of the first pixel to that of the last."""
    left, _, _, top = grid.bounds
    xs = left + np.linspace(0.5, grid.width - 0.5, across + 1) * grid.pixel_size
    ys = top - np.linspace(0.5, grid.height - 0.5, down + 1) * grid.pixel_height
    east, north = np.repeat(xs[None], ys.size, axis=0), np.repeat(ys[:, None], xs.size, axis=1)
    if crs is not None:
        try:
            found = transform_coordinates(WEB_MERCATOR, crs, east.ravel(), north.ravel())
        except (RasterioError, CPLE_BaseError):
            return None
        east, north = (np.asarray(values).reshape(east.shape) for values in found[:2])
        if not (np.isfinite(east).all() and np.isfinite(north).all()):
            return None
    a, b, c, d, e, f = (~dataset.transform)[:6]
    return d * east + e * north + f, a * east + b * north + c


def _bend(net: Coordinates) -> float:
    """How far nodes lie from where the net of every second node has them."""
    coarse = net[::2, ::2]
    down, across = (coarse[:-1] + coarse[1:]) / 2, (coarse[:, :-1] + coarse[:, 1:]) / 2
    middle = (down[:, :-1] + down[:, 1:]) / 2
    errors = net[1::2, ::2] - down, net[::2, 1::2] - across, net[1::2, 1::2] - middle
    return max(float(np.abs(error).max()) for error in errors)


def _needed(weights: Coordinates, differences: Coordinates) -> Coordinates:
    """Return the weights of the first row or column alone where all others are like it."""
    return weights[:1] if np.abs(differences).max() <= _STRAIGHT else weights


@lru_cache(maxsize=64)
def _weights(size: int, intervals: int) -> Coordinates:
    """Weights of linear interpolation from nodes to pixels, shape (size, intervals + 1)."""
    at = np.linspace(0.0, intervals, size)
    return np.maximum(0.0, 1.0 - np.abs(at[:, None] - np.arange(intervals + 1)))
