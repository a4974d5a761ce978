"""Writing a raster as a file that is served fastest: a cloud-optimized GeoTIFF, web-aligned where it is a picture."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import rasterio
from rasterio._err import CPLE_BaseError
from rasterio.enums import ColorInterp
from rasterio.errors import RasterioError
from rasterio.shutil import copy
from rasterio.vrt import WarpedVRT

from tiling.budget import NO_DEADLINE
from tiling.errors import RasterRefused
from tiling.files.raster_source import RasterSource
from tiling.gate.validate import GDAL_OPTIONS
from tiling.geometry.zooms import zoom_range
from tiling.ingest.foreign.opening import failure
from tiling.ingest.integrity import probe_blocks
from tiling.ingest.merged_alpha import alpha_alone
from tiling.ingest.white_zero import blackened
from tiling.source.opening import Raster

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
    says otherwise, or they lie across 180°: warped into web mercator, JPEG of this quality, its blocks the tiles of a
    web map. Anything else
    keeps its values and CRS, deflated. Both get overviews. Raises RasterRefused, FileNotFoundError, OSError.
    """
    with rasterio.Env(**_WRITING):
        raster = Raster(RasterSource(path=str(source), version=""))
        try:
            is_picture = _is_to_be_picture(raster, picture)
            options = _picture_options(raster, quality) if is_picture else _data_options(raster.dataset)
            with _as_black_zero(raster) as dataset:
                _check_readable(dataset)
                _write(dataset, target, options)
        finally:
            raster.close()
    return Optimised(is_picture=is_picture, compression=str(options["compress"]))


def _is_to_be_picture(raster: Raster, picture: bool | None) -> bool:
    """Decide what nobody did. Raises RasterRefused for a picture that cannot be."""
    is_across = raster.footprint.east > 180 or raster.wrapped_crs is not None  # noqa: PLR2004 - the antimeridian
    if picture is None:
        return _may_be_picture(raster.dataset) and not is_across
    if picture and not _may_be_picture(raster.dataset):
        raise RasterRefused("only bytes in one band, or in red, green and blue, can become a picture")
    if picture and is_across:
        raise RasterRefused("it crosses 180°, where web maps are cut; write it with --data")
    return picture


def _as_black_zero(raster: Raster) -> AbstractContextManager[Any]:
    """Lend a raster whose 0 is white the other way round: no cloud-optimized GeoTIFF that GDAL writes can say so."""
    return blackened(raster.dataset) if raster.facts.is_white_zero else nullcontext(raster.dataset)


def _check_readable(dataset: Any) -> None:
    try:
        probe_blocks(dataset, NO_DEADLINE)
    except (RasterioError, CPLE_BaseError) as exc:
        raise RasterRefused(f"its pixels cannot be read: {failure(exc)}") from exc


def _may_be_picture(dataset: Any) -> bool:
    bands = dataset.count - (ColorInterp.alpha in dataset.colorinterp)
    is_palette = dataset.colorinterp[0] == ColorInterp.palette
    return dataset.dtypes[0] == "uint8" and bands in PICTURE_BANDS and not is_palette


def _picture_options(raster: Raster, quality: int) -> dict[str, object]:
    first, last = zoom_range(raster.footprint, raster.pixel_size)
    return {
        "compress": "JPEG",
        "overviews": "IGNORE_EXISTING",  # they may lack the mask, or metadata that was set later
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
        "predictor": "NO" if "NBITS" in dataset.tags(1, ns="IMAGE_STRUCTURE") else "YES",
        "overviews": "IGNORE_EXISTING",
        "blocksize": 512,
        "overview_resampling": "nearest" if is_classes else "average",
    }


def _without_nodata(dataset: Any, target: Path) -> AbstractContextManager[Any]:
    """Lend a raster whose mask or alpha says what is nodata: JPEG would blur the value."""
    if dataset.nodata is None or ColorInterp.alpha in dataset.colorinterp:
        return alpha_alone(dataset, target.with_name(f".{target.name}.alpha.part"))
    vrt: AbstractContextManager[Any] = WarpedVRT(dataset, src_nodata=dataset.nodata, nodata=None, add_alpha=True)
    return vrt


def _write(dataset: Any, target: Path, options: dict[str, object]) -> None:
    unfinished = target.with_name(f".{target.name}.part")
    try:
        with _without_nodata(dataset, target) if options["compress"] == "JPEG" else nullcontext(dataset) as kept:
            copy(kept, unfinished, driver="COG", bigtiff="IF_SAFER", **options)
        unfinished.replace(target)
    except (RasterioError, CPLE_BaseError, ValueError) as exc:
        raise RasterRefused(f"the target cannot be written: {failure(exc)}") from exc
    finally:
        unfinished.unlink(missing_ok=True)
