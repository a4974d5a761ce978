"""Reading: a raster and a grid in, values and their visibility out."""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rasterio.enums import ColorInterp, MaskFlags

from tiling.budget import BUDGET
from tiling.errors import ProfileInvalid, SourceUnreadable
from tiling.geometry.grid import Grid
from tiling.geometry.placement import Placement, place
from tiling.profile import LARGEST_VALUE, Resampling
from tiling.reading.alpha import Alpha
from tiling.reading.resample import Values, is_nodata, sample_bilinear, sample_nearest
from tiling.reading.warp import Warp
from tiling.source.costs import check_decoding, read_memory, warp_memory
from tiling.source.dataset_info import Facts
from tiling.source.level import Level
from tiling.source.opening import Raster
from tiling.source.prefetch import prefetch


@dataclass(frozen=True, slots=True, kw_only=True)
class Pixels:
    """Values read onto a grid."""

    values: NDArray[Any]
    """Shape (bands, height, width), in the raster's unit: scale and offset, if any, are applied and give float32."""
    alpha: Alpha
    """Shape (height, width): 255 is fully visible, 0 is no data."""


def read_pixels(
    raster: Raster, grid: Grid, bands: tuple[int, ...], *, resampling: Resampling, nodata: float | None
) -> Pixels:
    """Warp bands (numbers from 1) onto a grid, from the overview that fits it. Blocks.

    `nodata` overrides the file's. Raises ProfileInvalid for a band that is not there, SourceUnreadable for a grid that
    takes more than the budget, OutOfTime.
    """
    if max(bands) > raster.dataset.count:
        raise ProfileInvalid(f"band {max(bands)} of {raster.dataset.count}", field="bands")
    decimation = raster.decimation(grid)
    level = raster.level_for(decimation)
    _check_budget(raster, level.facts if level.is_mask_here else raster.facts, grid, decimation, len(bands))
    fill = no_data_value(level.facts, nodata)
    found = _sample(raster, level, grid, bands, resampling, fill)
    if found is None:
        level = raster.level_for_gdal(decimation)
        _check_budget(raster, level.facts, grid, decimation, len(bands))
        BUDGET.check_working(warp_memory(level.facts, len(bands), grid.width * grid.height))
        raster.deadline.check()
        prefetch(raster, level.dataset, grid, bands)
        found = Warp(raster=raster, dataset=level.dataset, grid=grid, bands=bands, resampling=resampling).values(fill)
    stored, alpha = found
    values = in_unit(stored, level.facts, bands, np.float32)
    if np.issubdtype(values.dtype, np.floating):
        for band in values:  # one by one, as each takes a copy
            alpha[~(np.abs(band) < LARGEST_VALUE)] = 0
    return Pixels(values=values, alpha=alpha)


def read_places(
    raster: Raster, placement: Placement, bands: tuple[int, ...], nodata: float | None
) -> tuple[Values, NDArray[np.bool_]]:
    """Return stored values of the pixels at some places at full resolution, and which hold data. Blocks.

    Both (bands, height, width). Raises as `read_pixels` does.
    """
    if max(bands) > raster.dataset.count:
        raise ProfileInvalid(f"band {max(bands)} of {raster.dataset.count}", field="bands")
    level = raster.level_for(0.0)
    check_decoding(level.facts, len(bands), placement.height, placement.width)
    fill = no_data_value(level.facts, nodata)
    found = sample_nearest(level, placement, bands, fill)
    if found is None:
        raise SourceUnreadable("too many source pixels at once")
    values, alpha = found
    known = np.broadcast_to(alpha > 0, values.shape).copy()
    if fill is not None:
        known &= ~is_nodata(values, fill)
    if np.issubdtype(values.dtype, np.floating):
        known &= np.abs(values) < LARGEST_VALUE
    return values, known


def _sample(
    raster: Raster, level: Level, grid: Grid, bands: tuple[int, ...], resampling: Resampling, nodata: float | None
) -> tuple[Values, Alpha] | None:
    """Read by our own sampling; None where GDAL's warper must."""
    sampling = _SAMPLINGS.get(resampling)
    placement = place(grid, level.facts.inverse, raster.crs_beside(grid.crs)) if sampling else None
    return sampling(level, placement, bands, nodata) if sampling and placement else None


_SAMPLINGS: Final = {"nearest": sample_nearest, "bilinear": sample_bilinear}


def data_bands(dataset: Any) -> tuple[int, ...]:
    """Return the numbers of the bands that are not alpha, from 1."""
    return tuple(
        band for band, meaning in zip(dataset.indexes, dataset.colorinterp, strict=True) if meaning != ColorInterp.alpha
    )


def _check_budget(raster: Raster, facts: Facts, grid: Grid, decimation: float, bands: int) -> None:
    """Raise SourceUnreadable where too much would have to be decoded, or what is read took too much memory."""
    read_decimation = max(decimation * facts.width / raster.dataset.width, 1.0)
    rows, columns = min(grid.height * read_decimation, facts.height), min(grid.width * read_decimation, facts.width)
    check_decoding(facts, bands, rows, columns)
    BUDGET.check_working(read_memory(facts, bands, grid.width * grid.height))


def no_data_value(dataset: Any, override: float | None) -> float | None:
    """Return what to take for no data: NaN for floating point values that have neither nodata, mask nor alpha.

    `dataset`: rasterio's, or its `Facts`.
    """
    dtype = np.dtype(dataset.dtypes[0])
    nodata = dataset.nodata if override is None else override
    if nodata is not None and fits(nodata, dtype):
        return nodata
    is_all_valid = nodata is not None or MaskFlags.all_valid in dataset.mask_flag_enums[0]
    return math.nan if np.issubdtype(dtype, np.floating) and is_all_valid else None


def fits(value: float, dtype: np.dtype[Any]) -> bool:
    """Whether a type can hold a value, which could otherwise not be found in it."""
    if np.issubdtype(dtype, np.floating):
        return not math.isfinite(value) or abs(value) <= float(np.finfo(dtype).max)
    limits = np.iinfo(dtype)
    return float(value).is_integer() and limits.min <= value <= limits.max


def in_unit(
    values: Values, facts: Facts, bands: tuple[int, ...], dtype: type[np.float32 | np.float64] = np.float64
) -> Values:
    """Return stored values, (bands, h, w), in the raster's unit: of a `dtype` where it has a scale, else as stored."""
    if not facts.is_scaled:
        return values
    scales = np.array([facts.scales[band - 1] for band in bands], dtype=dtype)
    offsets = np.array([facts.offsets[band - 1] for band in bands], dtype=dtype)
    if (scales == 1).all() and (offsets == 0).all():
        return values
    stored: Values = values.astype(dtype)
    return np.asarray(stored * scales[:, None, None] + offsets[:, None, None])
