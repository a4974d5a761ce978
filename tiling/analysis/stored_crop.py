"""A part of a raster as values, on its own pixels or on a grid in degrees or in web mercator."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from tiling.analysis.geotiff import Stored
from tiling.analysis.mosaic_values import MosaicView, read_mosaic_values
from tiling.analysis.values import Known, Wanted, bands_of, names_of
from tiling.analysis.warped_values import inside_target, read_warped, target_of
from tiling.errors import CropTooLarge, ProfileInvalid
from tiling.gate.exact_nodata import is_exact_double
from tiling.geometry.clip import Clip
from tiling.geometry.georeference import WEB_MERCATOR
from tiling.mosaic import MosaicSource
from tiling.profile import Resampling
from tiling.reading.grid_read import no_data_value
from tiling.reading.window_read import check_size, frame_of, read_frame
from tiling.source.opening import Raster

BYTES_PER_PIXEL: Final = 16
"""A crop of so many pixels takes so much memory, whatever bands and types it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """On which grid a part is read."""

    crs: int | None
    """EPSG code: 3857 or 4326; None for the raster's own, and its own pixels."""
    max_size: int | None
    """Pixels of the longer side; None for as many as the raster has there."""
    finest: float | None
    """Metres (EPSG:3857) that a pixel stands for at least."""
    max_pixels: int
    resampling: Resampling


def stored_crop(raster: Raster, clip: Clip, wanted: Wanted, sampling: Sampling) -> Stored | None:
    """Read a part of a raster; None where none of its pixels has its centre there. Blocks.

    Raises CropTooLarge, ProfileInvalid, SourceUnreadable.
    """
    if wanted.expression is not None:
        raise ProfileInvalid("a GeoTIFF contains stored bands; an expression is not supported", field="expression")
    bands = bands_of(raster.dataset, wanted)
    if sampling.crs is None:
        return _own_pixels(raster, clip, wanted, bands, sampling)
    return _warped(raster, clip, wanted, bands, sampling)


def stored_mosaic(source: MosaicSource, view: MosaicView, clip: Clip, wanted: Wanted) -> Stored | None:
    """Read a part of a mosaic in web mercator, in the unit of its rasters; None as `stored_crop`. Blocks."""
    if wanted.expression is not None:
        raise ProfileInvalid("a GeoTIFF contains stored bands; an expression is not supported", field="expression")
    found = read_mosaic_values(source, view, wanted)
    known = found.known & clip.mask(view.grid)
    if not known.any():
        return None
    return Stored(
        values=found.values,
        known=known,
        transform=view.grid.transform,
        crs=WEB_MERCATOR,
        nodata=math.nan if np.issubdtype(found.values.dtype, np.floating) else None,
        names=found.names,
    )


def _own_pixels(
    raster: Raster, clip: Clip, wanted: Wanted, bands: tuple[int, ...], sampling: Sampling
) -> Stored | None:
    frame = frame_of(raster, clip, max_size=sampling.max_size, finest=sampling.finest)
    if frame is None:
        return None
    _check_size(raster, bands, frame.width * frame.height, sampling)
    values, known = read_frame(raster, frame, bands, wanted.nodata)
    inside = frame.inside()
    if inside is not None:
        known = known & inside
    if not known.any():
        return None
    return Stored(
        values=values,
        known=known,
        transform=frame.transform(raster.dataset.transform),
        crs=raster.crs,
        nodata=_nodata_of(raster, known, wanted),
        names=names_of(raster.dataset, wanted),
        like=raster.dataset,
    )


def _warped(raster: Raster, clip: Clip, wanted: Wanted, bands: tuple[int, ...], sampling: Sampling) -> Stored | None:
    if sampling.crs is None:
        return None
    target = target_of(raster, clip, sampling.crs, max_size=sampling.max_size, finest=sampling.finest)
    if target is None:
        return None
    _check_size(raster, bands, target.width * target.height, sampling)
    values, known = read_warped(raster, target, bands, wanted.nodata, sampling.resampling)
    known = known & inside_target(clip, target)
    if not known.any():
        return None
    return Stored(
        values=values,
        known=known,
        transform=target.transform,
        crs=target.crs,
        nodata=_nodata_of(raster, known, wanted),
        names=names_of(raster.dataset, wanted),
        like=raster.dataset,
    )


def _check_size(raster: Raster, bands: tuple[int, ...], pixels: int, sampling: Sampling) -> None:
    check_size(pixels, sampling.max_pixels)
    size = sum(np.dtype(raster.dataset.dtypes[band - 1]).itemsize for band in bands if band <= raster.dataset.count)
    if pixels * size > sampling.max_pixels * BYTES_PER_PIXEL:
        raise CropTooLarge(
            f"this part has {len(bands)} bands of {pixels:,} pixels, which is too large: "
            "request a smaller part, fewer pixels by max_size, or the bands of one profile"
        )


def _nodata_of(raster: Raster, known: Known, wanted: Wanted) -> float | None:
    """Return what is to say "no data" in the file; None where a mask does, or nothing is missing."""
    fill = no_data_value(raster.facts, wanted.nodata)
    if (
        fill is None
        or not is_exact_double(fill)
        or (raster.dataset.nodata is None and wanted.nodata is None and bool(known.all()))
    ):
        return None
    return fill
