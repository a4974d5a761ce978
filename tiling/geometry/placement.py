"""Where the pixels of a grid lie in a level of a raster: exact on a coarse net of nodes, interpolated between them."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Self

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.errors import RasterioError
from rasterio.warp import transform as transform_coordinates

from tiling.geometry.grid import Grid

TOLERANCE: Final = 0.01
"""Pixels of the level that a place may be off."""

_PIXELS_PER_INTERVAL: Final = (32, 16, 8, 4)
_ONE_THREAD: Final = 2**18
"""Multiplications up to which OpenBLAS stays in the calling thread."""
_STRAIGHT: Final = 1e-7
"""Pixels by which rows may bend and still count as straight: far below what moves a sample."""

Coordinates = NDArray[np.float64]
Indexes = NDArray[np.int32]


ON_THE_EDGE: Final = 1e-6
"""Pixels: a place that rounding has left of an edge still counts as on it, so that neighbours choose alike."""


class Net:
    """Places along one axis of a level, for each pixel of a grid: nodes, and lines between them.

    In pixels from the level's corner (the first pixel's centre is at 0.5). Whole pixels are all that most tiles need,
    and single precision is enough for those once the corner is near.
    """

    def __init__(self, nodes: Coordinates, height: int, width: int, axis: int) -> None:
        """`nodes`: (m, n), from the centre of the grid's first pixel to that of its last; `axis`: 0 for rows."""
        self._nodes = nodes
        self._size = height, width
        across = np.abs(nodes - nodes[:, :1] if axis == 0 else nodes - nodes[:1]).max()
        self.is_straight: Final = bool(across <= _STRAIGHT)
        """Whether all pixels of a row of the grid share their row of the level; of a column, where `axis` is 1."""
        self._axis = axis

    def places(self) -> Coordinates:
        """Shape (height, width); where it is straight, (height, 1) for rows and (1, width) for columns."""
        down, across = self._weights(np.dtype(np.float64))
        return _product(down, self._nodes @ across.T)

    def span(self) -> tuple[int, int]:
        """Return the first pixel of the level that a place lies in, and the one after the last."""
        low, high = self._nodes.min(), self._nodes.max()
        return math.floor(low + ON_THE_EDGE), math.floor(high + ON_THE_EDGE) + 1

    def pixels(self, first: int, count: int) -> Indexes:
        """Return the pixels of the level that the places lie in, counted from `first`; the nearest of `count` ones.

        Shape as that of `places`.
        """
        dtype = np.dtype(np.float64 if self.is_straight else np.float32)
        down, across = self._weights(dtype)
        near = _product(down, (self._nodes - (first - ON_THE_EDGE)).astype(dtype) @ across.T)
        np.clip(near, 0, count - 1, out=near)
        return np.asarray(near.astype(np.int32))

    def scale(self) -> float:
        """Return how many pixels of the level a step of the grid is, on average."""
        steps = [
            abs(self._nodes[-1] - self._nodes[0]).mean() / max(self._size[0] - 1, 1),
            abs(self._nodes[:, -1] - self._nodes[:, 0]).mean() / max(self._size[1] - 1, 1),
        ]
        return math.hypot(*steps)

    def _weights(self, dtype: "np.dtype[Any]") -> tuple[NDArray[Any], NDArray[Any]]:
        down, across = (
            _weights(size, nodes - 1, dtype) for size, nodes in zip(self._size, self._nodes.shape, strict=True)
        )
        if not self.is_straight:
            return down, across
        return (down, across[:1]) if self._axis == 0 else (down[:1], across)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where the pixel centres of a grid lie in a level."""

    rows: Net
    columns: Net
    height: int
    """Pixels of the grid."""
    width: int
    """Pixels of the grid."""

    @classmethod
    def of_point(cls, row: float, column: float) -> Self:
        """Return that of a grid of one pixel."""
        rows, columns = (Net(np.array([[place]]), 1, 1, axis) for axis, place in enumerate((row, column)))
        return cls(rows=rows, columns=columns, height=1, width=1)

    @property
    def is_straight(self) -> bool:
        """Whether grid and level have parallel axes."""
        return self.rows.is_straight and self.columns.is_straight


def place(grid: Grid, inverse: Affine, crs: CRS | None) -> Placement | None:
    """Place a grid's pixel centres in a level of this CRS (None: the grid's), off by at most `TOLERANCE` pixels.

    `inverse`: from the CRS to the level's columns and rows.
    None where that cannot be promised: at the poles, around the edge of a projection, in a view of half the world.
    The error of a net is judged by the one with intervals twice as long, whose error is four times as large.
    """
    for pixels in _PIXELS_PER_INTERVAL:
        down, across = (max(2, 2 * round(size / pixels / 2)) for size in (grid.height, grid.width))
        nets = _nets(grid, inverse, crs, down, across)
        if nets is None:
            return None
        if max(map(_bend, nets)) / 4 <= TOLERANCE:
            rows, columns = (Net(net, grid.height, grid.width, axis) for axis, net in enumerate(nets))
            return Placement(rows=rows, columns=columns, height=grid.height, width=grid.width)
    return None


def _nets(
    grid: Grid, inverse: Affine, crs: CRS | None, down: int, across: int
) -> tuple[Coordinates, Coordinates] | None:
    """Rows and columns of (down + 1, across + 1) nodes, from the centre of the first pixel to that of the last."""
    left, _, _, top = grid.bounds
    xs = left + _steps(grid.width, across) * grid.pixel_size
    ys = top - _steps(grid.height, down) * grid.pixel_height
    east, north = np.repeat(xs[None], ys.size, axis=0), np.repeat(ys[:, None], xs.size, axis=1)
    if crs is not None:
        try:
            found = transform_coordinates(grid.crs, crs, east.ravel(), north.ravel())
        except (RasterioError, CPLE_BaseError):
            return None
        east, north = (np.asarray(values).reshape(east.shape) for values in found[:2])
        if not (np.isfinite(east).all() and np.isfinite(north).all()):
            return None
    a, b, c, d, e, f = inverse[:6]
    return d * east + e * north + f, a * east + b * north + c


def _bend(net: Coordinates) -> float:
    """How far nodes lie from where the net of every second node has them."""
    coarse = net[::2, ::2]
    down, across = (coarse[:-1] + coarse[1:]) / 2, (coarse[:, :-1] + coarse[:, 1:]) / 2
    middle = (down[:, :-1] + down[:, 1:]) / 2
    errors = net[1::2, ::2] - down, net[::2, 1::2] - across, net[1::2, 1::2] - middle
    return max(float(np.abs(error).max()) for error in errors)


def _product(left: NDArray[Any], right: NDArray[Any]) -> NDArray[Any]:
    """Return left @ right, in pieces that OpenBLAS does not spread over threads, which would wait for each other."""
    rows = max(1, _ONE_THREAD // right.size)
    product = np.empty((left.shape[0], right.shape[1]), dtype=left.dtype)
    for first in range(0, left.shape[0], rows):
        np.matmul(left[first : first + rows], right, out=product[first : first + rows])
    return product


@lru_cache(maxsize=64)
def _steps(size: int, intervals: int) -> Coordinates:
    """Pixels of a grid from its corner to its nodes, shape (intervals + 1,)."""
    return np.linspace(0.5, size - 0.5, intervals + 1)


@lru_cache(maxsize=64)
def _weights(size: int, intervals: int, dtype: "np.dtype[Any]") -> NDArray[Any]:
    """Weights of linear interpolation from nodes to pixels, shape (size, intervals + 1)."""
    at = np.linspace(0.0, intervals, size)
    return np.maximum(0.0, 1.0 - np.abs(at[:, None] - np.arange(intervals + 1))).astype(dtype)
