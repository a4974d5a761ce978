"""Opening a raster of any format that GDAL reads here, and choosing what of it is meant."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import rasterio
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.errors import CRSError, RasterioError

from tiling.errors import RasterRefused
from tiling.gate.validate import GDAL_OPTIONS
from tiling.geometry.georeference import NO_CRS, is_of_the_earth

NETWORKED: Final = frozenset(
    {"DAAS", "EEDA", "EEDAI", "ESRIC", "GNMDatabase", "GNMFile", "GTI", "HTTP", "NGW", "OGCAPI", "PDF", "PLMOSAIC"}
    | {"PLSCENES", "STACIT", "STACTA", "WCS", "WMS", "WMTS"}
)
"""Drivers whose files say what to fetch from elsewhere, and PDF, whose files are programs."""
OPTIONS: Final[dict[str, Any]] = {
    "GDAL_CACHEMAX": 256 * 2**20,
    "GDAL_DISABLE_READDIR_ON_OPEN": "FALSE",
    "GDAL_GEOREF_SOURCES": "PAM,INTERNAL,TABFILE,WORLDFILE",
    "GDAL_NUM_THREADS": "ALL_CPUS",
    "GDAL_PAM_ENABLED": "YES",
    "GDAL_TIFF_INTERNAL_MASK": True,
    "GDAL_VRT_ENABLE_PYTHON": "NO",
    "GDAL_VRT_RAWRASTERBAND_ALLOWED_SOURCE": "SIBLING_OR_CHILD_OF_VRT_PATH",
    "PROJ_NETWORK": "OFF",
}
"""Unlike those of the service: world files, .aux.xml and headers beside a raster are read."""
_TIFF: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What of a file is meant, and what its owner knows that it does not say."""

    subdataset: int | None = None
    """Its number in the list, from 1."""
    bands: tuple[int, ...] = ()
    """Numbers from 1; all where empty."""
    crs: str | None = None
    """A CRS that is assigned, whatever the file says: EPSG:…, WKT or PROJ."""


def is_served_as_it_is(path: Path, choice: Choice) -> bool:
    """Whether a file is a single, placed GeoTIFF, so that the gate may judge it. Blocks. Raises OSError."""
    with path.open("rb") as file:
        if choice != Choice() or file.read(4) not in _TIFF:
            return False
    with rasterio.Env(**GDAL_OPTIONS):
        try:
            with rasterio.open(path, driver="GTiff") as dataset:
                return bool(dataset.crs) and not dataset.transform.is_identity and len(dataset.subdatasets) <= 1
        except RasterioError:
            return True  # the gate says what is wrong


@contextmanager
def open_chosen(path: Path, choice: Choice) -> Iterator[Any]:
    """Lend rasterio's DatasetReader of a file or of its chosen subdataset. Blocks. Call inside `rasterio.Env`.

    Raises RasterRefused: for what is no raster, and with a list where there are several to choose from.
    """
    with _opened(str(path)) as dataset:
        names, labels = dataset.subdatasets, _labels(dataset)
        is_several = len(names) > 1 or (names and not dataset.count)
        if choice.subdataset is None and not (is_several and len(names) == 1):
            if is_several:
                raise RasterRefused(f"it holds {len(names)} rasters: choose one with --subdataset\n{_listed(labels)}")
            yield dataset
            return
    number = choice.subdataset or 1
    if number > len(names):
        raise RasterRefused(f"it has no subdataset {number}: there are {len(names)}\n{_listed(labels)}".rstrip())
    with _opened(names[number - 1]) as dataset:
        yield dataset


def crs_of(dataset: Any, choice: Choice) -> CRS:
    """Return the CRS that is assigned, or that of the file or its control points. Raises RasterRefused."""
    try:
        given = None if choice.crs is None else CRS.from_user_input(choice.crs)
    except CRSError as exc:
        raise RasterRefused(f"--crs {choice.crs} is no coordinate system: give it as EPSG:32633, WKT or PROJ") from exc
    crs = given or dataset.crs or (dataset.gcps[1] if dataset.gcps[0] else None)
    if not crs:
        raise RasterRefused(f"it names {NO_CRS}: pass the one it is in, such as --crs EPSG:4326")
    if not is_of_the_earth(crs):
        raise RasterRefused("its coordinate system is not of the Earth: pass the right one with --crs")
    return crs


def failure(exc: BaseException) -> str:
    """Return what GDAL said first."""
    while exc.__cause__ is not None:
        exc = exc.__cause__
    return str(getattr(exc, "errmsg", exc)) or type(exc).__name__


@contextmanager
def _opened(name: str) -> Iterator[Any]:
    try:
        dataset = rasterio.open(name, sharing=False)
    except (RasterioError, CPLE_BaseError) as exc:
        raise RasterRefused(f"GDAL cannot open it as a raster: {failure(exc)}") from exc
    with dataset:
        yield dataset


def _labels(dataset: Any) -> list[str]:
    tags = dataset.tags(ns="SUBDATASETS")
    return [tags.get(f"SUBDATASET_{number + 1}_DESC", name) for number, name in enumerate(dataset.subdatasets)]


def _listed(labels: list[str]) -> str:
    return "\n".join(f"  {number}  {label}" for number, label in enumerate(labels, 1))
