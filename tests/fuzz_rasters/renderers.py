"""The same questions to us, to GDAL and to rio-tiler: a tile's values before they are painted, and a point's."""

from pathlib import Path

import numpy as np
from rasterio.enums import MaskFlags
from rasterio.warp import transform as transform_coordinates
from rio_tiler.io import Reader

from tests.tiling.raster_zoo import source
from tests.tiling.reference import MERCATOR, SIZE, Sampled, colour_bands, level_of, tile_transform
from tiling.analysis.values import Wanted, read_point
from tiling.geometry.grid import tile_grid
from tiling.models import TileAddress
from tiling.reading.grid_read import read_pixels
from tiling.source.opening import borrow

NEAR = 0.03
"""Pixels of the level: a place that is so near to another pixel may be that one's."""
STEP = 3
"""One pixel of so many is compared, along each axis: PROJ takes its time."""
SIDE = -(-SIZE // STEP)
HALF_TURN = {True: 180.0, False: np.pi * 6378137.0}


class Ours:
    """`tiling` as it is; another reader of it takes this one's place."""

    def tile(self, path: Path, address: TileAddress) -> tuple[Sampled, tuple[int, int]]:
        """Return values in the raster's unit, whether they are data, and the size of the level that was read."""
        with borrow(source(path)) as raster:
            grid, bands = tile_grid(address, SIZE), colour_bands(raster.stored)
            level = raster.level_for(grid.pixel_size / raster.pixel_size)
            pixels = read_pixels(raster, grid, bands, resampling="nearest", nodata=None)
        return Sampled(values=pixels.values[:, ::STEP, ::STEP], valid=pixels.alpha[::STEP, ::STEP] > 0), (
            level.facts.height,
            level.facts.width,
        )

    def point(self, path: Path, lon: float, lat: float) -> list[float | None] | None:
        """Return values in the raster's unit."""
        found = read_point(source(path), lon, lat, Wanted())
        return None if found is None else [value for _, value in found]


def by_gdal(path: Path, address: TileAddress, size: tuple[int, int]) -> tuple[Sampled, np.ndarray]:
    """Return what lies where PROJ places each pixel in a level, and where that is too near to a boundary to tell.

    Values are the level's, by GDAL; what is hidden is told by the raster as a whole.
    """
    level = _level_of_size(path, size)
    with level_of(path, None) as whole, level_of(path, level) as dataset:
        bands, rows, columns = colour_bands(whole), *_places(whole, dataset, address)
        near = np.zeros((SIDE, SIDE), bool)
        for at in (rows, columns):
            near |= np.abs(at - np.round(at)) <= NEAR
        inside = (rows >= 0) & (rows < size[0]) & (columns >= 0) & (columns < size[1])
        at = np.where(inside, rows, 0).astype(int), np.where(inside, columns, 0).astype(int)
        stored = dataset.read(bands)[:, *at]
        shown = inside & _shown(whole, dataset, size, at)
        if whole.nodata is not None:
            missing = np.isnan(stored) if np.isnan(whole.nodata) else stored == whole.nodata
            shown &= ~missing.all(axis=0)
        if np.issubdtype(stored.dtype, np.floating):
            shown &= np.isfinite(stored).all(axis=0)
        if whole.scales[0] != 1 or whole.offsets[0] != 0:
            stored = stored.astype("float32") * np.float32(whole.scales[0]) + np.float32(whole.offsets[0])
    return Sampled(values=stored, valid=shown), near


def _level_of_size(path: Path, size: tuple[int, int]) -> int | None:
    with level_of(path, None) as whole:
        levels = [None, *range(len(whole.overviews(1)))]
    for level in levels:
        with level_of(path, level) as dataset:
            if (dataset.height, dataset.width) == size:
                return level
    raise AssertionError("no level has this size")


def _places(whole, dataset, address):  # type: ignore[no-untyped-def]
    rows, columns = np.mgrid[0:SIZE:STEP, 0:SIZE:STEP] + 0.5
    xs, ys = tile_transform(address) @ (columns.ravel(), rows.ravel())
    east, north = (np.asarray(c) for c in transform_coordinates(MERCATOR, whole.crs, xs, ys)[:2])
    found_rows, found_columns = np.full(xs.size, -9.0), np.full(xs.size, -9.0)
    is_round = whole.crs.is_geographic or whole.crs == MERCATOR
    for turn in (-1, 1, 0) if is_round else (0,):
        moved = east + turn * 2 * HALF_TURN[bool(whole.crs.is_geographic)]
        column, row = ~dataset.transform @ (moved, north)
        hit = (column >= 0) & (column < dataset.width) & (row >= 0) & (row < dataset.height)
        found_rows[hit], found_columns[hit] = row[hit], column[hit]
        outside = found_rows == -9.0
        if turn == 0:
            found_rows[outside], found_columns[outside] = row[outside], column[outside]
    return found_rows.reshape(SIDE, SIDE), found_columns.reshape(SIDE, SIDE)


def _shown(whole, dataset, size, at):  # type: ignore[no-untyped-def]
    alphas = [band for band in whole.indexes if band not in colour_bands(whole)]
    if alphas:
        return dataset.read(alphas[0])[at] > 0
    if MaskFlags.per_dataset in whole.mask_flag_enums[0]:
        return whole.read_masks(1, out_shape=size)[at] > 0
    return np.ones((SIDE, SIDE), bool)


def point_by_rio_tiler(path: Path, lon: float, lat: float) -> list[float | None]:
    """Return rio-tiler's values, in the raster's unit."""
    with Reader(str(path)) as reader:
        bands = colour_bands(reader.dataset)
        point = reader.point(lon, lat, indexes=bands)
        scales, offsets = reader.dataset.scales, reader.dataset.offsets
    values = point.array
    return [
        None if np.ma.getmaskarray(values)[i] else float(values.data[i]) * scales[band - 1] + offsets[band - 1]
        for i, band in enumerate(bands)
    ]
