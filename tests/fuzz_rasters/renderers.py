"""The same questions to us, to GDAL and to rio-tiler: an image's values before they are painted, and a point's."""

from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
from affine import Affine
from rasterio.crs import CRS
from rasterio.enums import ColorInterp, MaskFlags, Resampling
from rasterio.vrt import WarpedVRT
from rasterio.warp import transform as transform_coordinates
from rasterio.windows import Window
from rio_tiler.io import Reader

from tests.tiling.against.reference import EXACT, MERCATOR, SIZE, Sampled, colour_bands, level_of, tile_transform
from tests.tiling.raster_zoo import source
from tiling.analysis.values import Wanted, read_point
from tiling.geometry.georeference import wrapped_crs
from tiling.geometry.grid import tile_grid
from tiling.models import TileAddress
from tiling.reading.grid_read import read_pixels
from tiling.source.opening import borrow

NEAR = 0.03
"""Pixels of the level: a place that is so near to another pixel may be that one's."""
STEP = 3
"""One pixel of so many is compared, along each axis: PROJ takes its time."""
COLOURS = {ColorInterp.red, ColorInterp.green, ColorInterp.blue}
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


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Where the pixels of an image lie, of which one in `step` is looked at, along each axis."""

    transform: Affine
    """From column, row to the CRS; to fractions of the raster's width and height where that is None."""
    crs: CRS | None
    width: int
    height: int
    step: int = STEP

    @classmethod
    def of_tile(cls, address: TileAddress) -> "Sheet":
        """Return that of a tile."""
        return cls(transform=tile_transform(address), crs=MERCATOR, width=SIZE, height=SIZE)

    @cached_property
    def shape(self) -> tuple[int, int]:
        """Rows and columns that are looked at."""
        return -(-self.height // self.step), -(-self.width // self.step)

    @cached_property
    def centres(self) -> Any:
        """Their coordinates, x and y."""
        rows, columns = np.mgrid[0 : self.height : self.step, 0 : self.width : self.step] + 0.5
        return self.transform @ (columns.ravel(), rows.ravel())


def by_gdal(path: Path, sheet: Sheet, size: tuple[int, int], *, is_scaled: bool = True) -> tuple[Sampled, np.ndarray]:
    """Return what lies where PROJ places each pixel in a level, and where that is too near to a boundary to tell.

    Values are the level's, by GDAL; what is hidden is told by the raster as a whole.
    """
    level = _level_of_size(path, size)
    with level_of(path, None) as whole, level_of(path, level) as dataset:
        bands, rows, columns = colour_bands(whole), *_places(whole, dataset, sheet)
        near = np.zeros(sheet.shape, bool)
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
        if is_scaled and (whole.scales[0] != 1 or whole.offsets[0] != 0):
            stored = stored.astype("float32") * np.float32(whole.scales[0]) + np.float32(whole.offsets[0])
    return Sampled(values=stored, valid=shown), near


def by_warp(path: Path, sheet: Sheet, size: tuple[int, int]) -> tuple[Sampled, bool]:
    """Return bilinear pixels of a level by GDAL's warper, told how much finer that is, and whether it is finer.

    Of colours a pixel has all or none, of other bands each has its own gaps: `UNIFIED_SRC_NODATA`.
    """
    level = _level_of_size(path, size)
    with level_of(path, None) as whole, level_of(path, level) as dataset:
        bands, nodata = colour_bands(whole), whole.nodata
        scales = [_steps(at, sheet.step) for at in reversed(_places(whole, dataset, sheet))]
        crs, source_crs, transform = sheet.crs or whole.crs, wrapped_crs(whole), sheet.transform
        if sheet.crs is None:
            transform = whole.transform @ Affine.scale(whole.width, whole.height) @ transform
            crs = source_crs or crs
        options = {"crs": crs, "transform": transform, "width": sheet.width, "height": sheet.height}
        options |= {"resampling": Resampling.bilinear, "tolerance": EXACT, "add_alpha": nodata is None}
        options |= {name: str(min(1.0, 1 / scale)) for name, scale in zip(("XSCALE", "YSCALE"), scales, strict=True)}
        options |= {} if source_crs is None else {"src_crs": source_crs}
        is_rgb = len(bands) > 1 and {whole.colorinterp[band - 1] for band in bands} <= COLOURS
        options |= {} if nodata is None else {"src_nodata": nodata, "nodata": nodata}
        with WarpedVRT(dataset, UNIFIED_SRC_NODATA="YES" if is_rgb else "NO", **options) as warped:
            values = warped.read(bands)[:, :: sheet.step, :: sheet.step]
            if nodata is None:
                valid = warped.read(warped.count)[:: sheet.step, :: sheet.step] > 0
            else:
                valid = ~(np.isnan(values) if np.isnan(nodata) else values == nodata).all(axis=0)
    return Sampled(values=values, valid=valid), max(scales) > 1


def _steps(at: np.ndarray, step: int) -> float:
    """Return how many pixels of a level, along one of its axes, a step of the sheet is."""
    along = [float(np.median(np.abs(np.diff(at, axis=axis)))) if at.shape[axis] > 1 else 0.0 for axis in (0, 1)]
    return max(float(np.hypot(*along)) / step, 1e-9)


@cache
def sizes_of(path: Path) -> tuple[tuple[int, int], ...]:
    """Return height and width of the raster and of each of its overviews."""
    with level_of(path, None) as whole:
        levels = [None, *range(len(whole.overviews(1)))]
    sizes = []
    for level in levels:
        with level_of(path, level) as dataset:
            sizes.append((dataset.height, dataset.width))
    return tuple(sizes)


def _level_of_size(path: Path, size: tuple[int, int]) -> int | None:
    number = sizes_of(path).index(size)
    return number - 1 if number else None


def _places(whole, dataset, sheet):  # type: ignore[no-untyped-def]
    xs, ys = sheet.centres
    if sheet.crs is None:
        return (ys * dataset.height).reshape(sheet.shape), (xs * dataset.width).reshape(sheet.shape)
    east, north = (np.asarray(c) for c in transform_coordinates(sheet.crs, whole.crs, xs, ys)[:2])
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
    return found_rows.reshape(sheet.shape), found_columns.reshape(sheet.shape)


def _shown(whole, dataset, size, at):  # type: ignore[no-untyped-def]
    alphas = [band for band in whole.indexes if band not in colour_bands(whole)]
    if alphas:
        return dataset.read(alphas[0])[at] > 0
    if MaskFlags.per_dataset in whole.mask_flag_enums[0]:
        return whole.read_masks(1, out_shape=size)[at] > 0
    return np.ones(at[0].shape, bool)


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


def is_masked(path: Path, column: int, row: int) -> bool:
    """Return whether the mask or the alpha band of the whole raster hides a pixel."""
    window = Window(column, row, 1, 1)
    with level_of(path, None) as whole:
        alphas = [band for band in whole.indexes if band not in colour_bands(whole)]
        if alphas:
            return not whole.read(alphas[0], window=window).any()
        return MaskFlags.per_dataset in whole.mask_flag_enums[0] and not whole.read_masks(1, window=window).any()
