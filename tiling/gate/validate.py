"""The safety gate: what a file must show before any of its pixels is read.

Only GeoTIFF (classic, BigTIFF, cloud-optimized) is served, by the sniffed and explicitly named driver. That alone is
not enough: a valid GeoTIFF can hold metadata that makes GDAL open other names with any driver (`OVERVIEW_FILE` in the
domain OVERVIEWS, `X_DATASET` in GEOLOCATION), including inline VRT XML and `/vsicurl/`. So the metadata domains of the
dataset and of every band must be on a list. `.ovr` and `.msk` beside the file, and theirs, pass the same gate.

GDAL sees descriptors (`tiling.files.raster_files`) and lists no folder: `.aux`, `.aux.xml`, `.IMD`, `.RPB`, `.XML`,
world files, `.tab` and whatever else it would read beside a raster are never opened. A remote file has no sidecars:
GDAL cannot reach any name but its own (`tiling.files.gdal_file`).
"""

import secrets
import warnings
from typing import Any, Final

import numpy as np
import rasterio
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from tiling.budget import BUDGET
from tiling.errors import RasterRefused
from tiling.files.gdal_file import WARNING_FILTERS, GdalFile, open_file
from tiling.files.local_file import LocalFile
from tiling.files.raster_files import RasterFiles
from tiling.gate.image_check import BLOCKS_TOO_LARGE, MAX_BANDS, MAX_DIMENSION, check_images

DRIVER: Final = "GTiff"
GDAL_OPTIONS: Final[dict[str, Any]] = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",  # nothing is looked for beside a raster
    "GDAL_PAM_ENABLED": "NO",  # .aux.xml is neither read nor written
    "GDAL_GEOREF_SOURCES": "INTERNAL",
    "GDAL_NUM_THREADS": "1",  # the caller's pool is the parallelism
    "GDAL_CACHEMAX": 32 * 2**20,  # bytes, in rasterio, of decoded blocks beside our own cache: what the warper reads
    "GDAL_VRT_ENABLE_PYTHON": "NO",
    "GDAL_VRT_ENABLE_RAWRASTERBAND": "NO",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": secrets.token_hex(16),  # an ending that no URL of a stranger can have
    "PROJ_NETWORK": "OFF",
}
"""Entered in the thread that reads, around every open and read."""
_OUR_NAMES: Final = {"GDAL_DISABLE_READDIR_ON_OPEN": "FALSE"}
"""Around the opening of a raster with sidecars: they have names in a folder of ours, where nothing else is."""


_NAMESPACES: Final = frozenset(
    {"", "IMAGE_STRUCTURE", "DERIVED_SUBDATASETS", "RPC", "IMD", "IMAGERY", "EXIF", "COLOR_PROFILE", "TIFF",
     "TILING_SCHEME", "xml:XMP", "xml:ESRI", "rio_creation_kwds", "rio_overview"},
)  # fmt: skip
_KEYS_THAT_OPEN_NAMES: Final = frozenset({"OVERVIEW_FILE", "X_DATASET", "Y_DATASET", "PROXY_OVERVIEW_REQUEST"})


def open_gated(file: RasterFiles | GdalFile) -> Any:
    """Open a GeoTIFF that passes the gate. Blocks.

    Returns rasterio's DatasetReader, which must not outlive `file`. Call inside `rasterio.Env(**GDAL_OPTIONS)`.
    Raises RasterRefused; FileNotFoundError where there is no file; RemoteError; SourceChanged.
    """
    _check_file(file)
    return _checked(_open(file))


def open_overview(file: RasterFiles | GdalFile, level: int) -> Any:
    """Open an overview, from 0, of a file that has passed the gate. Blocks.

    Returns and raises as `open_gated` does.
    """
    return _checked(_open(file, OVERVIEW_LEVEL=level))


def _checked(dataset: Any) -> Any:
    try:
        check_dataset(dataset)
    except BaseException:
        dataset.close()
        raise
    return dataset


def check_dataset(dataset: Any) -> None:
    """Refuse an open dataset whose metadata or sizes are dangerous, before its first overview or pixel is touched."""
    if dataset.count > MAX_BANDS or max(dataset.width, dataset.height) > MAX_DIMENSION:
        raise RasterRefused(f"larger than {MAX_BANDS} bands or {MAX_DIMENSION} pixels on a side")
    for band in range(dataset.count + 1):
        _check_metadata(dataset, band)
    _check_blocks(dataset)


def _check_file(file: RasterFiles | GdalFile) -> None:
    if isinstance(file, RasterFiles):
        check_images(file.main)
        for ending, sidecar in file.sidecars.items():
            _check_sidecar(ending, sidecar)
        return
    try:
        check_images(file)
    except RasterRefused:
        file.check()  # what the storage did is no fault of the file's
        raise


def _check_sidecar(ending: str, file: LocalFile) -> None:
    """Refuse a file of overviews or masks that does not pass by itself, before GDAL finds it."""
    try:
        check_images(file)
        with WARNING_FILTERS, warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # it needs no place
            dataset = _opened(file.path)
        with dataset:
            check_dataset(dataset)
    except RasterRefused as exc:
        raise RasterRefused(f"the {ending} file beside it is refused: {exc}") from exc


def _open(file: RasterFiles | GdalFile, **options: Any) -> Any:
    if isinstance(file, GdalFile):
        return _open_remote(file, **options)
    file.check()
    dataset = _open_with_sidecars(file.path, **options) if file.sidecars else _opened(file.path, **options)
    try:
        file.check()  # what GDAL has read by now is what was looked at
    except BaseException:
        dataset.close()
        raise
    return dataset


def _open_with_sidecars(path: str, **options: Any) -> Any:
    """Open, and have GDAL find all that it may ever look for."""
    with rasterio.Env(**_OUR_NAMES):
        dataset = _opened(path, **options)
        dataset.overviews(1)
        _ = dataset.mask_flag_enums
    return dataset


def _open_remote(file: GdalFile, **options: Any) -> Any:
    try:
        dataset = open_file(file, driver=DRIVER, **options)
    except NotGeoreferencedWarning as exc:
        raise RasterRefused("no georeference") from exc
    except RasterioError as exc:
        file.check()  # what the storage did is no fault of the file's
        raise RasterRefused("not a readable GeoTIFF") from exc
    file.check()
    return dataset


def _opened(path: str, **options: Any) -> Any:
    try:
        return rasterio.open(path, driver=DRIVER, sharing=False, **options)
    except NotGeoreferencedWarning as exc:  # raised where warnings are errors
        raise RasterRefused("no georeference") from exc
    except RasterioError as exc:
        raise RasterRefused("not a readable GeoTIFF") from exc


def _check_metadata(dataset: Any, band: int) -> None:
    for namespace in ("", *dataset.tag_namespaces(band)):
        if namespace not in _NAMESPACES:
            raise RasterRefused(f"metadata domain {namespace[:40]!r} is not allowed; remove it and register again")
        if not namespace.startswith("xml:") and _KEYS_THAT_OPEN_NAMES & dataset.tags(band, ns=namespace or None).keys():
            raise RasterRefused("its metadata refers to other files; remove that metadata and register again")


def _check_blocks(dataset: Any) -> None:
    interleaved = dataset.tags(ns="IMAGE_STRUCTURE").get("INTERLEAVE") == "PIXEL"
    for (height, width), dtype in zip(dataset.block_shapes, dataset.dtypes, strict=True):
        size = np.dtype(dtype).itemsize * (dataset.count if interleaved else 1)
        if not BUDGET.takes_block(height * width, size):
            raise RasterRefused(BLOCKS_TOO_LARGE)
