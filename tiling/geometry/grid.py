"""Grids of pixels, in web mercator or in the CRS of another tile matrix set."""

from dataclasses import dataclass, replace

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.crs import CRS

from tiling.geometry.georeference import WEB_MERCATOR, WGS84, transform_points
from tiling.geometry.matrix_tile import MatrixTile, Tile
from tiling.geometry.zooms import TILE_PIXELS, WORLD
from tiling.hillshade import EARTH_RADIUS
from tiling.models import Bounds

Cells = NDArray[np.float32]
"""Shape (height, 1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A grid of pixels."""

    bounds: Bounds
    """Left, bottom, right, top in the unit of the CRS."""
    width: int
    """Pixels."""
    height: int
    """Pixels."""
    crs: CRS = WEB_MERCATOR
    """Of the bounds, x to the east."""
    origin: tuple[float, float] = (-WORLD / 2, WORLD / 2)
    """Left and top of where pixels are counted from: a whole number of them away from the grid's corner."""

    @property
    def is_mercator(self) -> bool:
        """Whether it is one of EPSG:3857."""
        return self.crs is WEB_MERCATOR

    @property
    def transform(self) -> Affine:
        """From column, row to the CRS."""
        left, bottom, right, top = self.bounds
        return Affine((right - left) / self.width, 0.0, left, 0.0, (bottom - top) / self.height, top)

    @property
    def pixel_size(self) -> float:
        """Units of the CRS, not metres of the ground, from one column to the next."""
        left, _, right, _ = self.bounds
        return (right - left) / self.width

    @property
    def pixel_height(self) -> float:
        """Units of the CRS from one row to the next."""
        _, bottom, _, top = self.bounds
        return (top - bottom) / self.height

    def buffered(self, pixels: float) -> "Grid":
        """Return this grid with `pixels` more on each side, whole or half ones."""
        left, bottom, right, top = self.bounds
        dx, dy, more = pixels * self.pixel_size, pixels * self.pixel_height, int(2 * pixels)
        bounds = (left - dx, bottom - dy, right + dx, top + dy)
        return replace(self, bounds=bounds, width=self.width + more, height=self.height + more)

    def part(self, rows: slice, columns: slice) -> "Grid":
        """Return some rows and columns of it."""
        left, _, _, top = self.bounds
        first, last, upper, lower = columns.start or 0, columns.stop, rows.start or 0, rows.stop
        bounds = (
            left + first * self.pixel_size,
            top - lower * self.pixel_height,
            left + last * self.pixel_size,
            top - upper * self.pixel_height,
        )
        return replace(self, bounds=bounds, width=last - first, height=lower - upper)


def tile_grid(address: Tile, size: int) -> Grid:
    """Return a tile's grid of `size` by `size` pixels: of another matrix set, 256 stands for its own tile size."""
    if not isinstance(address, MatrixTile):
        return Grid(bounds=address.mercator_bounds, width=size, height=size)
    matrix, scale = address.matrix, size // TILE_PIXELS
    return Grid(
        bounds=address.bounds,
        width=matrix.tile_width * scale,
        height=matrix.tile_height * scale,
        crs=address.matrix_set.crs,
        origin=matrix.top_left,
    )


def ground_cells(grid: Grid) -> tuple[Cells, Cells]:
    """Return how many metres of the ground a pixel is wide and high, row by row: both of shape (height, 1).

    In web mercator by the latitude; in any other CRS along the column in the middle, or as far as that is ground.
    """
    left, bottom, right, top = grid.bounds
    ys = top - (np.arange(grid.height) + 0.5) * (top - bottom) / grid.height
    if grid.is_mercator:
        cells = (grid.pixel_size * (1.0 / np.cosh(ys / EARTH_RADIUS)).astype(np.float32))[:, None]
        return cells, cells
    x = (left + right) / 2
    steps = ((0.0, 0.0), (grid.pixel_size, 0.0), (0.0, -grid.pixel_height))
    here, beside, below = (_on_the_sphere(grid.crs, np.full_like(ys, x + dx), ys + dy) for dx, dy in steps)
    return _lengths(beside - here), _lengths(below - here)


def _lengths(vectors: NDArray[np.float64]) -> Cells:
    found = np.linalg.norm(vectors, axis=1)
    known = np.isfinite(found)
    usual = np.median(found[known]) if known.any() else 1.0
    return np.where(known, found, usual).astype(np.float32)[:, None]


def _on_the_sphere(crs: CRS, xs: NDArray[np.float64], ys: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return places as vectors from the middle of the Earth, in metres, shape (n, 3)."""
    lons, lats = (np.radians(degrees) for degrees in transform_points(crs, WGS84, xs, ys))
    return EARTH_RADIUS * np.stack([np.cos(lats) * np.cos(lons), np.cos(lats) * np.sin(lons), np.sin(lats)], axis=1)
