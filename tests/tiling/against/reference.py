"""rio-tiler as the reference: its tile by an exact transformation, and where each pixel's centre lies in the source."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from rasterio.crs import CRS
from rasterio.enums import ColorInterp
from rasterio.warp import transform as transform_coordinates
from rio_tiler.io import Reader
from rio_tiler.models import ImageData
from rio_tiler.reader import read
from rio_tiler.utils import get_vrt_transform

from tiling.gate.validate import GDAL_OPTIONS
from tiling.models import TileAddress
from tiling.profile import Resampling

BY_NAME = GDAL_OPTIONS | {"GDAL_DISABLE_READDIR_ON_OPEN": "FALSE"}
"""The peers find an `.ovr` or `.msk` by its name, as ours are given them."""
MERCATOR = CRS.from_epsg(3857)
SIZE = 256
EXACT = 0.001
"""Source pixels by which GDAL's approximate transformation may be off, 0.125 by default. Less only takes longer."""
GDAL_SLACK = 1.2
"""Asked for nearest pixels, GDAL takes an overview that is up to this much coarser than what it was asked for."""
OUR_SLACK = 1.01


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """Values, (bands, h, w), and whether they are data, (h, w)."""

    values: np.ndarray
    valid: np.ndarray

    @classmethod
    def of(cls, image: ImageData) -> "Sampled":
        values, hidden = image.data, np.ma.getmaskarray(image.array)
        valid = ~hidden.all(axis=0) if image.alpha_mask is None else image.alpha_mask > 0
        if np.issubdtype(values.dtype, np.floating):
            valid = valid & np.isfinite(values).all(axis=0)
        return cls(values=values, valid=valid)

    def differs(self, other: "Sampled") -> np.ndarray:
        """Pixels, (h, w), that one of both hides, or whose values differ."""
        other_values = (self.values != other.values).any(axis=0)
        return (self.valid != other.valid) | (other_values & self.valid & other.valid)


def tile_transform(address: TileAddress) -> Affine:
    left, bottom, right, top = address.mercator_bounds
    return Affine((right - left) / SIZE, 0.0, left, 0.0, (bottom - top) / SIZE, top)


def colour_bands(dataset: Any) -> tuple[int, ...]:
    return tuple(band for band in dataset.indexes if dataset.colorinterp[band - 1] != ColorInterp.alpha)


@contextmanager
def level_of(path: Path, level: int | None) -> Iterator[Any]:
    """Open a raster, or one of its overviews (0 is the finest)."""
    options = {} if level is None else {"overview_level": level}
    with rasterio.Env(**BY_NAME), rasterio.open(path, **options) as dataset:
        yield dataset


def rio_tiler_tile(
    path: Path, address: TileAddress, bands: tuple[int, ...] | None = None, tolerance: float | None = None
) -> Sampled:
    """rio-tiler's own tile, by default of all bands but alpha, from the overview of its own choice."""
    options = {} if tolerance is None else {"vrt_options": {"tolerance": tolerance}}
    with rasterio.Env(**BY_NAME), Reader(str(path)) as reader:
        indexes = bands or colour_bands(reader.dataset)
        if not reader.tile_exists(address.x, address.y, address.z):
            nothing = np.zeros((len(indexes), SIZE, SIZE), dtype=reader.dataset.dtypes[0])
            return Sampled(values=nothing, valid=np.zeros((SIZE, SIZE), dtype=bool))
        return Sampled.of(reader.tile(address.x, address.y, address.z, indexes=indexes, **options))


def exact_tile(
    path: Path, address: TileAddress, level: int | None, shift: float = 0.0, resampling: Resampling = "nearest"
) -> Sampled:
    """rio-tiler's read of one overview onto the tile's own grid, shifted by tile pixels, exactly transformed.

    GDAL is told how much coarser the tile is, which it would guess for kernels other than nearest.
    """
    grid = {"transform": tile_transform(address) @ Affine.translation(shift, shift), "width": SIZE, "height": SIZE}
    factor = 1 if level is None else overview_factors(path)[level]
    scale = min(1.0, factor * mercator_pixel(path) / tile_transform(address).a)
    options = {"crs": MERCATOR, "tolerance": EXACT, "XSCALE": str(scale), "YSCALE": str(scale), **grid}
    size = {"width": SIZE, "height": SIZE}
    with level_of(path, level) as dataset:
        bands = colour_bands(dataset)
        image = read(dataset, dst_crs=MERCATOR, indexes=bands, vrt_options=options, reproject_method=resampling, **size)
    return Sampled.of(image)


def rio_tiler_level(path: Path, address: TileAddress) -> int | None:
    """Which overview rio-tiler reads, None for none: GDAL's rule for the grid that rio-tiler lays."""
    with level_of(path, None) as dataset:
        width = get_vrt_transform(dataset, address.mercator_bounds, SIZE, SIZE)[1]
    return _coarsest(path, width / SIZE * GDAL_SLACK)


def our_level(path: Path, address: TileAddress, slack: float = OUR_SLACK) -> int | None:
    """Which overview we read: the coarsest that is not coarser than the tile, measured at the raster's middle."""
    left, _, right, _ = address.mercator_bounds
    return _coarsest(path, (right - left) / SIZE / mercator_pixel(path) * slack)


def _coarsest(path: Path, limit: float) -> int | None:
    return max((level for level, factor in enumerate(overview_factors(path)) if factor <= limit), default=None)


@functools.cache
def overview_factors(path: Path) -> tuple[int, ...]:
    with level_of(path, None) as dataset:
        return tuple(dataset.overviews(1))


@functools.cache
def mercator_pixel(path: Path) -> float:
    """Side of a pixel in EPSG:3857 metres, at the raster's middle."""
    with level_of(path, None) as dataset:
        column, row = dataset.width / 2, dataset.height / 2
        corners = [dataset.transform @ at for at in ((column, row), (column + 1, row), (column, row + 1))]
        xs, ys = transform_coordinates(dataset.crs, MERCATOR, *map(list, zip(*corners, strict=True)))[:2]
    return abs((xs[1] - xs[0]) * (ys[2] - ys[0]) - (xs[2] - xs[0]) * (ys[1] - ys[0])) ** 0.5


def positions(dataset: Any, address: TileAddress, pixels: np.ndarray) -> np.ndarray:
    """Column and row of the dataset, (2, n), of the centres of those of a tile's pixels, (h, w), that are true.

    PROJ's own transformation of every single one.
    """
    rows, columns = np.nonzero(pixels)
    xs, ys = tile_transform(address) @ (columns + 0.5, rows + 0.5)
    east, north = (np.asarray(c) for c in transform_coordinates(MERCATOR, dataset.crs, xs, ys)[:2])
    return np.array(~dataset.transform @ (east, north))
