"""Reading parts of an open file onto a grid in any CRS, with rio-tiler's rules of what is masked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from affine import Affine
from rasterio._err import CPLE_BaseError
from rasterio.errors import RasterioIOError

from tiling.errors import SourceUnreadable
from tiling.geometry.grid import Grid
from tiling.geometry.placement import place
from tiling.reading.alpha import alpha_band, has_mask
from tiling.reading.grid_read import fits
from tiling.reading.resample import is_nodata, sample_bilinear, sample_nearest
from tiling.source.decimation import decimation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tiling.geometry.placement import Placement
    from tiling.reading.path_raster import PathRaster
    from tiling.source.level import Level

Kernel = Literal["nearest", "bilinear"]

_SAMPLINGS: Final = {"nearest": sample_nearest, "bilinear": sample_bilinear}
_OPAQUE: Final = np.uint8(255)
_MOST_REDUCED: Final = 4.0
"""Pixels of a level for one of the grid: with more, overviews are missing, and GDAL reads in pieces."""
_WIDEST_FLOAT: Final = 4
"""Bytes of a type whose values bilinear sampling may turn into floating point numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where pixels are wanted."""

    grid: Grid
    """Of its CRS, or of the file's own pixels, rows counted downwards from 0 to -height."""
    counts_pixels: bool = False
    """Whether it is one of the file's own pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was read."""

    values: np.ma.MaskedArray[Any, Any]
    """Shape (bands, height, width)."""
    alpha: NDArray[Any] | None
    """Shape (height, width): the file's own alpha band, if it has one that counts."""


def read_target(
    raster: PathRaster, target: Target, bands: Sequence[int], kernel: Kernel, nodata: float | None
) -> Found | None:
    """Return the pixels of a grid. Blocks. None where rio-tiler's own code must read them.

    Raises RasterioIOError for damaged blocks.
    """
    if not _is_ours(raster, bands, kernel, nodata):
        return None
    decimation = _decimation(raster, target)
    level = None if decimation is None else raster.level_for(decimation)
    placement = None if level is None else _place(raster, level, target)
    if level is None or placement is None:
        return None
    if max(placement.rows.scale(), placement.columns.scale()) > _MOST_REDUCED:
        return None
    try:
        found = _SAMPLINGS[kernel](level, placement, tuple(bands), nodata)
    except (SourceUnreadable, CPLE_BaseError) as exc:
        raise RasterioIOError(f"Read failed: {exc}") from exc  # what rio-tiler's callers expect
    return None if found is None else _masked(level, *found, nodata)


def _is_ours(raster: PathRaster, bands: Sequence[int], kernel: Kernel, nodata: float | None) -> bool:
    facts = raster.facts
    dtype = np.dtype(facts.dtypes[0])
    own_alpha = alpha_band(facts)
    if not raster.is_plain or not bands or own_alpha in bands or not all(1 <= band <= facts.count for band in bands):
        return False
    if nodata is not None and (has_mask(facts) or not fits(nodata, dtype)):
        return False
    return kernel == "nearest" or dtype.itemsize <= _WIDEST_FLOAT


def _decimation(raster: PathRaster, target: Target) -> float | None:
    """Return how many full-resolution pixels a pixel of the grid is wide; None where that cannot be told."""
    grid = target.grid
    if target.counts_pixels:
        return min(grid.pixel_size, grid.pixel_height)
    if grid.is_mercator:
        size = raster.mercator_pixel_size
        return None if size is None else grid.pixel_size / size
    return decimation(grid, raster.facts, raster.crs_beside(grid.crs))


def _place(raster: PathRaster, level: Level, target: Target) -> Placement | None:
    facts = level.facts
    if target.counts_pixels:
        down, across = facts.height / raster.facts.height, facts.width / raster.facts.width
        return place(target.grid, Affine(across, 0.0, 0.0, 0.0, -down, 0.0), None)
    return place(target.grid, facts.inverse, raster.crs_beside(target.grid.crs))


def _masked(level: Level, values: NDArray[Any], alpha: NDArray[np.uint8], nodata: float | None) -> Found:
    """Mask as rio-tiler does: where there is nodata, each band where it says so; else all bands that are not opaque."""
    hidden = alpha == 0
    if hidden.any():
        values = np.where(hidden, values.dtype.type(0 if nodata is None else nodata), values)
    if nodata is not None:
        return Found(values=np.ma.MaskedArray(values, mask=is_nodata(values, nodata)), alpha=None)
    mask = np.broadcast_to(alpha != _OPAQUE, values.shape).copy()
    has_alpha = alpha_band(level.facts) is not None
    return Found(values=np.ma.MaskedArray(values, mask=mask), alpha=alpha if has_alpha else None)
