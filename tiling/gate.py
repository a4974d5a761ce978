"""The safety gate: what a file must show before any of its pixels is read.

Only GeoTIFF (classic, BigTIFF, cloud-optimized) is served, by the sniffed and explicitly named driver. That alone is
not enough: a valid GeoTIFF can hold metadata that makes GDAL open other names with any driver (`OVERVIEW_FILE` in the
domain OVERVIEWS, `X_DATASET` in GEOLOCATION), including inline VRT XML and `/vsicurl/`. So the metadata domains of the
dataset and of every band must be on a list, and the sidecars that GDAL looks for by itself pass the same gate:

- `.ovr` and `.msk` beside the file are allowed, if they are TIFFs that pass, and so on for their own sidecars;
- `.aux` (Erdas overviews) is refused; `.aux.xml`, world files and `.tab` are never looked at (`GDAL_OPTIONS`).

A remote file has no sidecars: GDAL cannot reach any name but its own (`tiling.gdal_file`).
"""

import stat
import warnings
from pathlib import Path
from typing import Any, Final

import numpy as np
import rasterio
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from tiling.budget import BUDGET
from tiling.errors import RasterRefused
from tiling.gdal_file import WARNING_FILTERS, GdalFile, open_file
from tiling.image_check import BLOCKS_TOO_LARGE, MAX_BANDS, MAX_DIMENSION, check_images
from tiling.stored_blocks import LocalFile

DRIVER: Final = "GTiff"
GDAL_OPTIONS: Final[dict[str, Any]] = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "TRUE",  # no directory listing; an .ovr is still found, by its name
    "GDAL_PAM_ENABLED": "NO",  # .aux.xml is neither read nor written
    "GDAL_GEOREF_SOURCES": "INTERNAL",
    "GDAL_NUM_THREADS": "1",  # the caller's pool is the parallelism
    "GDAL_CACHEMAX": 32,  # MB of decoded blocks beside our own cache: what the warper reads
    "GDAL_VRT_ENABLE_PYTHON": "NO",
    "GDAL_VRT_ENABLE_RAWRASTERBAND": "NO",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{none}",
    "PROJ_NETWORK": "OFF",
}
"""Entered in the thread that reads, around every open and read."""

MAX_SIDECAR_DEPTH: Final = 2

_NAMESPACES: Final = frozenset(
    {"", "IMAGE_STRUCTURE", "DERIVED_SUBDATASETS", "RPC", "IMD", "IMAGERY", "EXIF", "COLOR_PROFILE", "TIFF",
     "TILING_SCHEME", "xml:XMP", "xml:ESRI", "rio_creation_kwds", "rio_overview"},
)  # fmt: skip
_KEYS_THAT_OPEN_NAMES: Final = frozenset({"OVERVIEW_FILE", "X_DATASET", "Y_DATASET", "PROXY_OVERVIEW_REQUEST"})


def open_gated(path: Path | GdalFile) -> Any:
    """Open a GeoTIFF that passes the gate. Blocks.

    Returns rasterio's DatasetReader. Call inside `rasterio.Env(**GDAL_OPTIONS)`.
    Raises RasterRefused; FileNotFoundError where there is no file; RemoteError.
    """
    _check_file(path)
    return _checked(_open(path))


def open_overview(path: Path | GdalFile, level: int) -> Any:
    """Open an overview, from 0, of a file that has passed the gate and was not replaced since. Blocks.

    Returns and raises as `open_gated` does.
    """
    return _checked(_open(path, OVERVIEW_LEVEL=level))


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


def _check_file(path: Path | GdalFile) -> None:
    if isinstance(path, Path):
        _check_local_file(path)
        return
    try:
        check_images(path)
    except RasterRefused:
        path.check()  # what the storage did is no fault of the file's
        raise


def _check_local_file(path: Path, depth: int = 0) -> None:
    if not path.is_absolute() or path.as_posix().startswith("/vsi"):
        raise RasterRefused("not a local file")
    if not stat.S_ISREG(path.stat().st_mode):
        raise RasterRefused("not a regular file")
    check_images(LocalFile(path))
    for suffix in (".ovr", ".OVR", ".msk", ".MSK"):
        _check_sidecar(path.with_name(path.name + suffix), depth + 1)
    for suffix in (".aux", ".AUX"):
        if path.with_suffix(suffix).exists() or path.with_name(path.name + suffix).exists():
            raise RasterRefused("it has an .aux file beside it: build .ovr or internal overviews instead")


def _check_sidecar(path: Path, depth: int) -> None:
    if not path.exists():
        return
    if depth > MAX_SIDECAR_DEPTH:
        raise RasterRefused("its overview file has overview files of its own")
    try:
        _check_local_file(path, depth)
        with _open_sidecar(path) as dataset:
            check_dataset(dataset)
    except RasterRefused as exc:
        raise RasterRefused(f"the {path.suffix} file beside it is refused: {exc}") from exc


def _open(path: Path | GdalFile, **options: Any) -> Any:
    try:
        if isinstance(path, Path):
            return rasterio.open(path, driver=DRIVER, sharing=False, **options)
        dataset = open_file(path, driver=DRIVER, **options)
    except NotGeoreferencedWarning as exc:  # raised where warnings are errors
        raise RasterRefused("no georeference") from exc
    except RasterioError as exc:
        if not isinstance(path, Path):
            path.check()  # what the storage did is no fault of the file's
        raise RasterRefused("not a readable GeoTIFF") from exc
    path.check()
    return dataset


def _open_sidecar(path: Path) -> Any:
    """Open a file that needs no georeference."""
    with WARNING_FILTERS, warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        return _open(path)


def _check_metadata(dataset: Any, band: int) -> None:
    for namespace in ("", *dataset.tag_namespaces(band)):
        if namespace not in _NAMESPACES:
            raise RasterRefused(f"metadata domain {namespace[:40]!r} is not allowed; remove it and register again")
        if not namespace.startswith("xml:") and _KEYS_THAT_OPEN_NAMES & dataset.tags(band, ns=namespace or None).keys():
            raise RasterRefused("its metadata names other files")


def _check_blocks(dataset: Any) -> None:
    interleaved = dataset.tags(ns="IMAGE_STRUCTURE").get("INTERLEAVE") == "PIXEL"
    for (height, width), dtype in zip(dataset.block_shapes, dataset.dtypes, strict=True):
        size = np.dtype(dtype).itemsize * (dataset.count if interleaved else 1)
        if not BUDGET.takes_block(height * width, size):
            raise RasterRefused(BLOCKS_TOO_LARGE)
