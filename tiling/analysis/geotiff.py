"""Values as a GeoTIFF: of their own data type, with their place and what says "no data"."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import rasterio
from affine import Affine
from rasterio import enums
from rasterio.crs import CRS

from tiling.analysis.values import Known, ValueName, Values

_BLOCK: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What a GeoTIFF is to hold."""

    values: Values
    """Shape (bands, height, width)."""
    known: Known
    """Same shape. True holds data."""
    transform: Affine
    crs: CRS
    nodata: float | None
    names: tuple[ValueName, ...]
    like: Any = None
    """The dataset that the bands are of, for their scales, offsets and colours."""


def write_geotiff(stored: Stored) -> bytes:
    """Return the file: deflated, with nodata or else a mask inside. What is not known is not in it. Blocks."""
    values, known = stored.values, stored.known
    fill = values.dtype.type(0 if stored.nodata is None else stored.nodata)
    values = np.where(known, values, fill)
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.MemoryFile() as file:
        with file.open(**_options(stored)) as dataset:
            _describe(dataset, stored)
            dataset.write(values)
            if stored.nodata is None and not known.all():
                dataset.write_mask(np.where(known.any(axis=0), np.uint8(255), np.uint8(0)))
        return bytes(file.read())


def _options(stored: Stored) -> dict[str, Any]:
    bands, height, width = stored.values.shape
    is_float = np.issubdtype(stored.values.dtype, np.floating)
    options = {
        "driver": "GTiff",
        "count": bands,
        "width": width,
        "height": height,
        "dtype": stored.values.dtype.name,
        "crs": stored.crs,
        "transform": stored.transform,
        "nodata": stored.nodata,
        "compress": "deflate",
        "predictor": 3 if is_float else 2,
    }
    if min(width, height) < _BLOCK:
        return options
    return options | {"tiled": True, "blockxsize": _BLOCK, "blockysize": _BLOCK}


def _describe(dataset: Any, stored: Stored) -> None:
    """Write each band's metadata, as the raster has it."""
    like, bands = stored.like, [name.band for name in stored.names if name.band is not None]
    for index, name in enumerate(stored.names, start=1):
        dataset.set_band_description(index, name.description or name.name)
        if name.unit:
            dataset.set_band_unit(index, name.unit)
    if like is None:
        return
    dataset.scales = tuple(like.scales[band - 1] for band in bands)
    dataset.offsets = tuple(like.offsets[band - 1] for band in bands)
    meanings = tuple(like.colorinterp[band - 1] for band in bands)
    if meanings == (enums.ColorInterp.palette,) and like.dtypes[bands[0] - 1] in ("uint8", "uint16"):
        dataset.write_colormap(1, like.colormap(bands[0]))
    elif enums.ColorInterp.palette not in meanings:
        dataset.colorinterp = meanings
