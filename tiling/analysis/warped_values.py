"""A part of a raster warped onto a grid in degrees or in web mercator, as values."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio import enums
from rasterio.crs import CRS
from rasterio.vrt import WarpedVRT

from tiling.analysis.values import Known, Values
from tiling.gate.exact_nodata import is_exact_double
from tiling.geometry.clip import Clip
from tiling.geometry.georeference import WEB_MERCATOR
from tiling.geometry.zooms import mercator_y
from tiling.hillshade import EARTH_RADIUS
from tiling.profile import LARGEST_VALUE, Resampling
from tiling.reading.alpha import alpha_band, has_mask
from tiling.reading.grid_read import no_data_value
from tiling.reading.resample import is_nodata
from tiling.source.costs import check_decoding
from tiling.source.opening import Raster


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A grid in another coordinate system."""

    crs: CRS
    transform: Affine
    width: int
    height: int


def target_of(
    raster: Raster, clip: Clip, epsg: int, *, max_size: int | None = None, finest: float | None = None
) -> Target | None:
    """Return a grid from the north-western corner of the part, with pixels as large as the raster's.

    `finest`: metres (EPSG:3857) that a pixel stands for at least; then the corner is where pixels of that size meet.
    """
    box = clip.bounds_within(raster.footprint.box)
    if box is None:
        return None
    west, south, east, north = box
    size = max(raster.pixel_size, finest or 0.0)
    if epsg == 4326:  # noqa: PLR2004 - degrees
        size = math.degrees(size / EARTH_RADIUS)
    else:
        west, east = math.radians(west) * EARTH_RADIUS, math.radians(east) * EARTH_RADIUS
        south, north = mercator_y(south), mercator_y(north)
    if finest is not None and finest > raster.pixel_size:
        west, north = math.floor(west / size) * size, math.ceil(north / size) * size
    if max_size is not None:
        size = max(size, max(east - west, north - south) / max_size)
    return Target(
        crs=CRS.from_epsg(epsg),
        transform=Affine(size, 0.0, west, 0.0, -size, north),
        width=max(1, math.ceil((east - west) / size - 1e-6)),
        height=max(1, math.ceil((north - south) / size - 1e-6)),
    )


def inside_target(clip: Clip, target: Target) -> NDArray[np.bool_]:
    """Return a mask of the target's pixels whose centre is in a clip."""
    a, _, c, _, e, f = target.transform[:6]
    xs, ys = c + (np.arange(target.width) + 0.5) * a, f + (np.arange(target.height) + 0.5) * e
    if target.crs == WEB_MERCATOR:
        xs, ys = np.degrees(xs / EARTH_RADIUS), np.degrees(np.arctan(np.sinh(ys / EARTH_RADIUS)))
    return clip.mask_at(xs, ys)


def read_warped(
    raster: Raster, target: Target, bands: tuple[int, ...], nodata: float | None, resampling: Resampling
) -> tuple[Values, Known]:
    """Warp by GDAL from the overview that fits. Returns values as they are stored, and which hold data. Blocks."""
    metres = target.transform.a * (1 if target.crs == WEB_MERCATOR else math.radians(1) * EARTH_RADIUS)
    level = raster.level_for_gdal(metres / raster.pixel_size)
    dataset = level.dataset
    reduction = max(metres / raster.pixel_size * dataset.width / raster.dataset.width, 1.0)
    rows, columns = min(target.height * reduction, dataset.height), min(target.width * reduction, dataset.width)
    check_decoding(level.facts, len(bands), rows, columns)
    raster.deadline.check()
    fill = no_data_value(raster.facts, nodata)
    options: dict[str, Any] = {
        "crs": target.crs,
        "transform": target.transform,
        "width": target.width,
        "height": target.height,
        "resampling": enums.Resampling[resampling],
    }
    if raster.wrapped_crs is not None:
        options["src_crs"] = raster.wrapped_crs
    nodata = fill if fill is None or is_exact_double(fill) else None
    with WarpedVRT(dataset, src_nodata=nodata, nodata=nodata, add_alpha=False, **options) as warped:
        values = warped.read(bands)
    known = np.ones(values.shape, dtype=np.bool_) if fill is None else ~is_nodata(values, fill)
    if np.issubdtype(values.dtype, np.floating):
        known &= np.abs(values) < LARGEST_VALUE
    if nodata is None or has_mask(dataset):
        known &= _covered(dataset, options)
    return values, known


def _covered(dataset: Any, options: dict[str, Any]) -> NDArray[np.bool_]:
    """Return a mask of where the raster lies and its mask or alpha band shows it."""
    alpha = alpha_band(dataset)
    with WarpedVRT(dataset, src_nodata=None, add_alpha=alpha is None, **options) as warped:
        return np.asarray(warped.read(alpha or dataset.count + 1) > 0)
