"""A raster of any format as a plain GeoTIFF of the same pixels, in which all that concerns them is kept."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import rasterio
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.enums import ColorInterp, MaskFlags, Resampling
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window

from tiling.errors import RasterRefused
from tiling.geometry.georeference import lacks_geotransform
from tiling.ingest.foreign.labels import band_labels, band_units
from tiling.ingest.foreign.opening import OPTIONS, Choice, crs_of, failure, open_chosen

Progress = Callable[[float], None]
"""Hears how much of the pixels is done, from 0 to 1."""

BLOCK: Final = 512
MOST_COLUMNS: Final = 32 * BLOCK
_INTERLEAVED: Final = 4
"""Bands up to which a pixel's values lie together: pictures."""
_PLAIN_FLAGS: Final = frozenset({MaskFlags.all_valid, MaskFlags.nodata, MaskFlags.alpha, MaskFlags.per_dataset})


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """What there is to write, band by band."""

    pixels: Any
    """rasterio's DatasetReader or WarpedVRT."""
    source: Any
    """The dataset that it is made of."""
    bands: tuple[int, ...]
    crs: CRS
    nodata: float | None
    mask: int | None
    """The band that hides pixels; 0 for the dataset's mask; None where nodata or alpha say it, or none is needed."""


def stage(path: Path, target: Path, choice: Choice, progress: Progress) -> None:
    """Write the chosen raster of a file as a GeoTIFF. Blocks, for minutes where it is large.

    What only control points place is warped by them, values by the nearest and pictures by bilinear sampling. Raises
    RasterRefused with what to do about it, MemoryError.
    """
    with rasterio.Env(**OPTIONS), warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        try:
            with open_chosen(path, choice) as source:
                bands, crs, nodata = _bands(source, choice.bands), crs_of(source, choice), _nodata(source, choice.bands)
                mask = 0 if _has_mask(source, bands) else None
                with _placed(source, crs, nodata, bands) as pixels:
                    mask = pixels.count if pixels.count > source.count else mask
                    staged = Staged(pixels=pixels, source=source, bands=bands, crs=crs, nodata=nodata, mask=mask)
                    _write(staged, target, progress)
        except (RasterioError, CPLE_BaseError) as exc:
            said = failure(exc)
            if "allocate" in said:
                raise MemoryError from exc
            raise RasterRefused(f"its pixels cannot be read ({said}); files that it names must lie beside it") from exc


def _bands(dataset: Any, chosen: Sequence[int]) -> tuple[int, ...]:
    if any(band > dataset.count for band in chosen):
        raise RasterRefused(f"it has no band {max(chosen)}: there are {dataset.count}")
    bands = tuple(chosen) or dataset.indexes
    if any("complex" in dataset.dtypes[band - 1] for band in bands):
        raise RasterRefused("complex numbers: store the magnitude as a real band")
    if len({dataset.dtypes[band - 1] for band in bands}) > 1:
        raise RasterRefused("its bands have different types, and a GeoTIFF has one: choose some with --bands")
    return bands


def _nodata(dataset: Any, chosen: Sequence[int]) -> float | None:
    values = [dataset.nodatavals[band - 1] for band in chosen or dataset.indexes]
    if len({repr(value) for value in values}) > 1:  # NaN is not NaN
        raise RasterRefused("its bands have different nodata values, and a GeoTIFF has one: choose some with --bands")
    nodata: float | None = values[0]
    return nodata


def _has_mask(dataset: Any, bands: Sequence[int]) -> bool:
    flags = [set(dataset.mask_flag_enums[band - 1]) for band in bands]
    if any(not found or not found <= _PLAIN_FLAGS for found in flags):
        if len(bands) > 1:
            raise RasterRefused("its bands have masks of their own, and a GeoTIFF has one: choose one with --bands")
        return True
    return any(found == {MaskFlags.per_dataset} for found in flags)


def _placed(dataset: Any, crs: CRS, nodata: float | None, bands: Sequence[int]) -> AbstractContextManager[Any]:
    """Lend a dataset with a geotransform: itself, or what its control points make of it."""
    if not dataset.transform.is_identity:
        return nullcontext(dataset)
    if lacks_geotransform(dataset):
        return _warped(dataset, crs, nodata, bands)
    if dataset.rpcs is not None:
        raise RasterRefused(
            "only RPCs place it on a map: warp it first by `gdalwarp -rpc -to RPC_DEM=… SOURCE new.tif`"
        )
    if dataset.tags(ns="GEOLOCATION"):
        raise RasterRefused(
            "only arrays of coordinates place it on a map: warp it first by `gdalwarp -geoloc SOURCE new.tif`"
        )
    raise RasterRefused(
        "it does not say where it lies on a map: put its world file beside it, or give it control points"
    )


def _warped(dataset: Any, crs: CRS, nodata: float | None, bands: Sequence[int]) -> AbstractContextManager[Any]:
    first = bands[0] - 1
    is_picture = dataset.dtypes[first] == "uint8" and dataset.colorinterp[first] != ColorInterp.palette
    add_alpha = nodata is None and ColorInterp.alpha not in dataset.colorinterp
    try:
        vrt: AbstractContextManager[Any] = WarpedVRT(
            dataset,
            src_crs=crs,
            crs=crs,
            src_nodata=nodata,
            nodata=nodata,
            add_alpha=add_alpha,
            resampling=Resampling.bilinear if is_picture else Resampling.nearest,
        )
    except (RasterioError, CPLE_BaseError, ValueError) as exc:
        raise RasterRefused("its ground control points do not place it on a map") from exc
    return vrt


def _write(staged: Staged, target: Path, progress: Progress) -> None:
    pixels, source, bands = staged.pixels, staged.source, staged.bands
    profile = {"driver": "GTiff", "tiled": True, "blockxsize": BLOCK, "blockysize": BLOCK, "bigtiff": "IF_SAFER"}
    profile |= {"compress": "DEFLATE", "zlevel": 1, "nodata": staged.nodata, "crs": staged.crs}
    profile |= {"interleave": "pixel" if len(bands) <= _INTERLEAVED else "band", "transform": pixels.transform}
    profile |= {
        "width": pixels.width,
        "height": pixels.height,
        "count": len(bands),
        "dtype": source.dtypes[bands[0] - 1],
    }
    with rasterio.open(target, "w", **profile) as new:
        _describe(new, source, bands)
        windows = list(_windows(pixels.width, pixels.height))
        for number, window in enumerate(windows, 1):
            for group in [bands] if len(bands) <= _INTERLEAVED else [(band,) for band in bands]:
                new.write(pixels.read(group, window=window), [bands.index(band) + 1 for band in group], window=window)
            if staged.mask is not None:
                new.write_mask(_mask(staged, window), window=window)
            progress(number / len(windows))


def _mask(staged: Staged, window: Window) -> Any:
    if staged.mask:
        return staged.pixels.read(staged.mask, window=window).astype(np.uint8)
    return staged.pixels.read_masks(staged.bands[0], window=window)


def _describe(new: Any, source: Any, bands: tuple[int, ...]) -> None:
    """Write what is known of bands, before the first pixel: GDAL stores some of it in the file's head."""
    if source.colorinterp[bands[0] - 1] == ColorInterp.palette:
        new.write_colormap(1, source.colormap(bands[0]))
    else:
        new.colorinterp = [source.colorinterp[band - 1] for band in bands]
    new.scales = [source.scales[band - 1] for band in bands]
    new.offsets = [source.offsets[band - 1] for band in bands]
    new.descriptions = band_labels(source, bands)
    for number, unit in enumerate(band_units(source, bands), 1):
        if unit:
            new.set_band_unit(number, unit)


def _windows(width: int, height: int) -> Iterator[Window]:
    for top in range(0, height, BLOCK):
        for left in range(0, width, MOST_COLUMNS):
            yield Window(left, top, min(MOST_COLUMNS, width - left), min(BLOCK, height - top))
