"""Writing a raster as a file that is served fastest: a cloud-optimized GeoTIFF, web-aligned where it is a picture."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import rasterio
from rasterio._err import CPLE_BaseError
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.errors import RasterioError
from rasterio.shutil import copy
from rasterio.vrt import WarpedVRT

from tiling.errors import RasterRefused
from tiling.gate import GDAL_OPTIONS
from tiling.models import RasterSource
from tiling.sources import Raster
from tiling.zooms import zoom_range

PICTURE_BANDS: Final = (1, 3)
COARSE_ZOOMS: Final = 2
"""The lowest zooms are not aligned: a few tiles, for which the file would be padded to twice the raster's bounds."""
_WRITING: Final[dict[str, Any]] = GDAL_OPTIONS | {"GDAL_NUM_THREADS": "ALL_CPUS", "GDAL_TIFF_INTERNAL_MASK": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimised:
    """What was written."""

    is_picture: bool
    """Whether its blocks are web map tiles, sent as they are; else its values are kept exactly, in its own CRS."""
    compression: str
    """GDAL's name of it."""


def optimise(source: Path, target: Path, *, quality: int = 85, picture: bool | None = None) -> Optimised:
    """Write a GeoTIFF anew for fast tiles. Blocks, for minutes where it is large.

    Bytes in one band or in red, green and blue (with alpha, mask or nodata) are taken for a picture, unless `picture`
    says otherwise: warped into web mercator, JPEG of this quality, its blocks the tiles of a web map. Anything else
    keeps its values and CRS, deflated. Both get overviews. Raises RasterRefused, FileNotFoundError, OSError.
    """
    with rasterio.Env(**_WRITING):
        raster = Raster(RasterSource(path=str(source), version=""))
        try:
            is_picture = _may_be_picture(raster.dataset) if picture is None else picture
            if is_picture and not _may_be_picture(raster.dataset):
                raise RasterRefused("only bytes in one band, or in red, green and blue, can become a picture")
            options = _picture_options(raster, quality) if is_picture else _data_options(raster.dataset)
            _write(raster.dataset, target, options)
        except (RasterioError, CPLE_BaseError) as exc:
            raise RasterRefused("its pixels cannot be read, or the target cannot be written") from exc
        finally:
            raster.close()
    return Optimised(is_picture=is_picture, compression=str(options["compress"]))


def _may_be_picture(dataset: Any) -> bool:
    bands = dataset.count - (ColorInterp.alpha in dataset.colorinterp)
    is_palette = dataset.colorinterp[0] == ColorInterp.palette
    return dataset.dtypes[0] == "uint8" and bands in PICTURE_BANDS and not is_palette


def _picture_options(raster: Raster, quality: int) -> dict[str, object]:
    first, last = zoom_range(raster.footprint, raster.pixel_size)
    return {
        "compress": "JPEG",
        "quality": quality,
        "tiling_scheme": "GoogleMapsCompatible",
        "aligned_levels": max(1, last - first - COARSE_ZOOMS),
        "warp_resampling": "bilinear",
        "overview_resampling": "average",
    }


def _data_options(dataset: Any) -> dict[str, object]:
    is_classes = dataset.colorinterp[0] == ColorInterp.palette
    return {
        "compress": "DEFLATE",
        "predictor": "YES",
        "blocksize": 512,
        "overview_resampling": "nearest" if is_classes else "average",
    }


def _write(dataset: Any, target: Path, options: dict[str, object]) -> None:
    unfinished = target.with_name(f".{target.name}.part")
    try:
        if options["compress"] == "JPEG" and MaskFlags.nodata in dataset.mask_flag_enums[0]:
            nodata = dataset.nodata  # JPEG would blur it: the mask must tell
            with WarpedVRT(dataset, src_nodata=nodata, nodata=None, add_alpha=True) as masked:
                copy(masked, unfinished, driver="COG", bigtiff="IF_SAFER", **options)
        else:
            copy(dataset, unfinished, driver="COG", bigtiff="IF_SAFER", **options)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
