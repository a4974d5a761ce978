"""A small picture of a whole raster, to learn from when it is registered."""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.windows import Window

from tiling.geometry.footprint import MERCATOR_LATITUDE
from tiling.geometry.georeference import pixel_to_lonlat
from tiling.profile import LARGEST_VALUE
from tiling.reading.alpha import has_mask
from tiling.reading.grid_read import no_data_value
from tiling.reading.reduced_read import is_better_in_chunks, read_in_chunks, read_placed
from tiling.reading.resample import is_nodata
from tiling.source.opening import Raster

MIN_SIDE, MAX_SIDE = 256, 1024
MAX_SAMPLED_BANDS: Final = 16
MAX_VALUES: Final = 4 * MAX_SIDE**2
"""Of all bands: of many, fewer pixels are looked at."""
LOW, HIGH = 2.0, 98.0
"""Percentiles that a default stretch reaches from and to."""


_FILL_SHARE: Final = (0.01, 0.95)
_FURTHER_CANDIDATES: Final = 10_000
"""Pixels to try where the middle of a raster is beyond the edge of the map, as around a pole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A decimated read of a raster on its file's own grid."""

    values: NDArray[np.float64]
    """Shape (bands, height, width), in the raster's unit (scale and offset applied). At most 16 bands."""
    valid: NDArray[np.bool_]
    """Same shape. True holds data: neither masked nor NaN nor beyond what can be measured."""

    def percentiles(self, band: int) -> tuple[float, float] | None:
        """Return the 2nd and 98th percentile of a band (from 1), or None where it has no data."""
        values = self.values[band - 1][self.valid[band - 1]]
        if values.size == 0:
            return None
        low, high = np.percentile(values, (LOW, HIGH))
        return float(low), float(high)

    def without(self, value: float) -> "Sample":
        """Return the sample with one value counted as no data."""
        return Sample(values=self.values, valid=self.valid & (self.values != value))

    def stretch(self, band: int) -> tuple[float, float]:
        """Return a range to stretch a band (from 1) over: never empty, always finite."""
        low, high = self.percentiles(band) or (0.0, 1.0)
        if not low < high:
            values = self.values[band - 1][self.valid[band - 1]]
            low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
        if low < high:
            return _rounded(low, high)
        margin = max(abs(low) * 1e-3, 0.5)
        return low - margin, high + margin


def guess_fill(dataset: Any, sample: Sample) -> float | None:
    """Return the value that fills the margin of a picture which does not say what its nodata is, or None.

    Unsigned integers above a byte only, as satellite scenes are delivered in: the lowest value, in all four corners and
    in 1 to 95 % of the pixels.
    """
    is_scene = dataset.dtypes[0] in {"uint16", "uint32"} and MaskFlags.all_valid in dataset.mask_flag_enums[0]
    if not is_scene or dataset.colorinterp[0] == ColorInterp.palette:
        return None
    if any(scale != 1 for scale in dataset.scales) or any(dataset.offsets):
        return None
    lowest = sample.values.min()
    corners = sample.values[:, [0, 0, -1, -1], [0, -1, 0, -1]]
    share = (sample.values == lowest).all(axis=0).mean()
    return float(lowest) if (corners == lowest).all() and _FILL_SHARE[0] <= share <= _FILL_SHARE[1] else None


def take_sample(raster: Raster, bands: tuple[int, ...]) -> Sample:
    """Read up to 16 bands (numbers from 1), at most 1024 pixels on a side, from overviews where there are any. Blocks.

    Raises rasterio's errors where pixels cannot be read.
    """
    bands = bands[:MAX_SAMPLED_BANDS]
    dataset = _smallest_that_will_do(raster)
    values = dataset.width * dataset.height * len(bands)
    factor = max(1.0, max(dataset.width, dataset.height) / MAX_SIDE, math.sqrt(values / MAX_VALUES))
    shape = math.ceil(dataset.height / factor), math.ceil(dataset.width / factor)
    read, known = _read(raster, dataset, bands, shape)
    fill = no_data_value(raster.facts, None)
    if fill is not None:
        known = known & ~is_nodata(read, fill)
    scales = np.array([dataset.scales[band - 1] for band in bands])[:, None, None]
    offsets = np.array([dataset.offsets[band - 1] for band in bands])[:, None, None]
    exact = read.astype(np.float64)
    exact *= scales
    exact += offsets
    return Sample(values=exact, valid=known & (np.abs(exact) < LARGEST_VALUE))


def _read(
    raster: Raster, dataset: Any, bands: tuple[int, ...], shape: tuple[int, int]
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return values, (bands, h, w), and which of them no mask hides."""
    if raster.is_placed_by_control_points:
        scale = Affine.scale(dataset.width / shape[1], dataset.height / shape[0])
        return read_placed(raster, dataset.transform @ scale, bands, shape)
    whole = Window(0, 0, dataset.width, dataset.height)
    if is_better_in_chunks(dataset, shape, whole):
        values, known = read_in_chunks(dataset, bands, shape, whole)
        return values, known if has_mask(raster.facts) else np.ones_like(known)
    values = dataset.read(bands, out_shape=(len(bands), *shape))
    if not has_mask(raster.facts):
        return values, np.ones(values.shape, dtype=np.bool_)
    return values, dataset.read_masks(bands, out_shape=values.shape) > 0


def place_with_data(raster: Raster, sample: Sample) -> tuple[float, float]:
    """Return longitude and latitude of the pixel with data that is nearest to the raster's middle."""
    valid = sample.valid.any(axis=0)
    rows, columns = np.nonzero(valid if valid.any() else np.ones_like(valid))
    height, width = valid.shape
    distance = np.hypot((columns + 0.5) / width - 0.5, (rows + 0.5) / height - 0.5)
    candidates = np.argsort(distance, kind="stable")[: 1 + _FURTHER_CANDIDATES]
    lons, lats = pixel_to_lonlat(
        raster.stored,
        (columns[candidates] + 0.5) / width * raster.stored.width,
        (rows[candidates] + 0.5) / height * raster.stored.height,
    )
    on_map = np.flatnonzero(np.abs(lats) < MERCATOR_LATITUDE)
    best = int(on_map[0]) if on_map.size else 0
    return float((lons[best] + 180.0) % 360.0 - 180.0), float(lats[best])


def _smallest_that_will_do(raster: Raster) -> Any:
    """Return an overview to be read as it is stored, much faster than GDAL decimates, or the whole raster."""
    side = max(raster.stored.width, raster.stored.height)
    fitting = [level for level, factor in enumerate(raster.decimations) if MIN_SIDE <= side / factor <= MAX_SIDE]
    return raster.overview(fitting[0]) if fitting else raster.stored


def _rounded(low: float, high: float) -> tuple[float, float]:
    """Four significant digits of the span are enough for a stretch, and readable in a profile."""
    digits = 3 - int(np.floor(np.log10(high - low)))
    return round(low, digits), round(high, digits)
