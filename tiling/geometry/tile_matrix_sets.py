"""Tile matrix sets (OGC 17-083r4): the grids that morecantile ships, and an operator's own from JSON files."""

import hashlib
import math
import re
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import morecantile
import pyproj
from morecantile import models
from morecantile.defaults import morecantile_tms_dir
from morecantile.models import crs_axis_inverted, ordered_axis_inverted
from morecantile.utils import meters_per_unit
from pydantic_core import ValidationError
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.errors import RasterioError

from tiling.errors import TileMatrixSetInvalid
from tiling.geometry.georeference import by_identity, is_of_the_earth
from tiling.geometry.tile_matrix import MAX_TILE_PIXELS, Coalesced, TileMatrix, TileMatrixSet

MAX_MATRICES: Final = 64
MAX_MATRIX_TILES: Final = 2**40
"""Tiles along a side of a matrix: more than any pixel of the Earth needs."""
MAX_FILE_BYTES: Final = 2**20
LARGEST_ZOOM: Final = 40
"""Of a matrix, in either direction."""
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


class TileMatrixSets:
    """The grids of this process. One is read when it is first asked for. Safe in threads."""

    def __init__(self, own: Mapping[str, TileMatrixSet] | None = None) -> None:
        """`own`: an operator's, by id."""
        self._shipped = shipped_files()
        self._known: dict[str, TileMatrixSet] = dict(own or {})
        self._own = tuple(self._known.values())
        self._lock = threading.Lock()

    @classmethod
    def with_folder(cls, folder: Path | None) -> "TileMatrixSets":
        """Return those with an operator's JSON files beside them. Blocks. Raises TileMatrixSetInvalid."""
        return cls() if folder is None else cls(read_folder(folder))

    def __iter__(self) -> Iterator[str]:
        """Yield all ids."""
        return iter(dict.fromkeys([*self._shipped, *(own.id for own in self._own)]))

    def __contains__(self, name: object) -> bool:
        """Whether there is a grid of this id."""
        return name in self._shipped or name in self._known

    @property
    def own(self) -> tuple[TileMatrixSet, ...]:
        """The operator's."""
        return self._own

    def get(self, name: str) -> TileMatrixSet | None:
        """Return a grid by its id; None where there is none. Takes some milliseconds the first time."""
        found = self._known.get(name)
        if found is None and name in self._shipped:
            with self._lock:
                found = self._known.get(name) or read_set(self._shipped[name])
                self._known[name] = found
        return found


def shipped_files() -> dict[str, Path]:
    """Return morecantile's files by id, whatever its environment variables add to them."""
    return {path.stem: path for path in sorted(morecantile_tms_dir.glob("*.json"))}


def read_folder(folder: Path) -> dict[str, TileMatrixSet]:
    """Return an operator's grids by id. Blocks. Raises TileMatrixSetInvalid, which names the file and what to do."""
    found: dict[str, TileMatrixSet] = {}
    shipped = shipped_files()
    try:
        paths = sorted(folder.glob("*.json"))
    except OSError as exc:
        raise TileMatrixSetInvalid(f"{folder} cannot be read: {exc.strerror or exc}") from exc
    for path in paths:
        one = read_set(path)
        if one.id in shipped or one.id in found:
            raise TileMatrixSetInvalid(f"{path.name}: there is a grid called {one.id} already; give it another id")
        found[one.id] = one
    return found


def read_set(path: Path) -> TileMatrixSet:
    """Return the grid that a JSON file (version 2 of the standard) holds. Blocks. Raises TileMatrixSetInvalid."""
    try:
        return checked(morecantile.TileMatrixSet.model_validate_json(_text_of(path)), path.stem)
    except TileMatrixSetInvalid as exc:
        raise TileMatrixSetInvalid(f"{path.name}: {exc}") from exc
    except OSError as exc:
        raise TileMatrixSetInvalid(f"{path.name} cannot be read: {exc.strerror or exc}") from exc
    except ValidationError as exc:
        raise TileMatrixSetInvalid(f"{path.name}: {_first(exc)}") from exc
    except morecantile.errors.DeprecationError as exc:
        advice = "convert it with `morecantile.TileMatrixSet.from_v1`"
        raise TileMatrixSetInvalid(f"{path.name}: this is version 1 of the standard, wanted is 2; {advice}") from exc
    except (ValueError, NotImplementedError, RuntimeError) as exc:  # pyproj's are RuntimeErrors
        raise TileMatrixSetInvalid(f"{path.name}: {exc}") from exc


def _text_of(path: Path) -> bytes:
    if path.stat().st_size > MAX_FILE_BYTES:
        raise TileMatrixSetInvalid(f"a grid's file has at most {MAX_FILE_BYTES:,} bytes")
    return path.read_bytes()


def checked(definition: morecantile.TileMatrixSet, name: str = "") -> TileMatrixSet:
    """Return morecantile's grid as ours. `name`: its id, where it has none. Raises TileMatrixSetInvalid."""
    name = definition.id or name
    if not _NAME.fullmatch(name):
        raise TileMatrixSetInvalid("id: 1 to 64 letters, digits, - and _")
    if not 1 <= len(definition.tileMatrices) <= MAX_MATRICES:
        raise TileMatrixSetInvalid(f"tileMatrices: 1 to {MAX_MATRICES} of them")
    crs, named_crs = _crs_of(definition), pyproj.CRS.from_wkt(definition.crs.to_wkt())
    axes = definition.orderedAxes
    is_y_first = ordered_axis_inverted(axes) if axes else crs_axis_inverted(named_crs)
    matrices: dict[int, TileMatrix] = {}
    for matrix in definition.tileMatrices:
        one = _matrix_of(matrix, is_y_first=is_y_first)
        if one.z in matrices:
            raise TileMatrixSetInvalid(f"tileMatrices: two have the id {one.z}")
        if any(one.cell_size >= coarser.cell_size for coarser in matrices.values()):
            raise TileMatrixSetInvalid(f"tileMatrices: cellSize of {one.z} is not below that of the one before")
        matrices[one.z] = one
    return TileMatrixSet(
        id=name,
        title=definition.title or name,
        digest=hashlib.blake2b(repr((name, crs.to_wkt(), matrices)).encode(), digest_size=8).hexdigest(),
        crs=crs,
        urn=_urn(named_crs),
        is_northing_first=crs_axis_inverted(named_crs),
        metres_per_unit=meters_per_unit(named_crs),
        matrices=matrices,
    )


def _crs_of(definition: morecantile.TileMatrixSet) -> CRS:
    try:
        crs: CRS = definition.rasterio_crs
    except (RasterioError, CPLE_BaseError) as exc:
        raise TileMatrixSetInvalid("crs: GDAL does not know it") from exc
    if not (crs.is_geographic or crs.is_projected):
        raise TileMatrixSetInvalid("crs: it is neither geographic nor projected")
    if not is_of_the_earth(crs):
        raise TileMatrixSetInvalid("crs: it is not of the Earth")
    return by_identity(crs)


def _matrix_of(matrix: models.TileMatrix, *, is_y_first: bool) -> TileMatrix:
    zoom = int(matrix.id)
    if abs(zoom) > LARGEST_ZOOM:
        raise TileMatrixSetInvalid(f"tileMatrices: ids are whole numbers from -{LARGEST_ZOOM} to {LARGEST_ZOOM}")
    if max(matrix.tileWidth, matrix.tileHeight) > MAX_TILE_PIXELS:
        raise TileMatrixSetInvalid(f"tileMatrices: tiles of {zoom} are larger than {MAX_TILE_PIXELS} pixels")
    if max(matrix.matrixWidth, matrix.matrixHeight) > MAX_MATRIX_TILES:
        raise TileMatrixSetInvalid(f"tileMatrices: {zoom} has more than {MAX_MATRIX_TILES:,} tiles on a side")
    x, y = (float(value) for value in matrix.pointOfOrigin)
    x, y = (y, x) if is_y_first else (x, y)
    size, scale = float(matrix.cellSize), float(matrix.scaleDenominator)
    if not (all(map(math.isfinite, (x, y, size, scale))) and size > 0):
        raise TileMatrixSetInvalid(f"tileMatrices: {zoom} lies nowhere: cellSize and pointOfOrigin are finite numbers")
    return TileMatrix(
        z=zoom,
        cell_size=size,
        scale_denominator=scale,
        x=x,
        y=y,
        counts_upwards=matrix.cornerOfOrigin == "bottomLeft",
        width=matrix.matrixWidth,
        height=matrix.matrixHeight,
        tile_width=matrix.tileWidth,
        tile_height=matrix.tileHeight,
        coalesced=_coalesced(matrix),
    )


def _coalesced(matrix: models.TileMatrix) -> tuple[Coalesced, ...]:
    found = tuple(
        Coalesced(first=rows.minTileRow, last=rows.maxTileRow, factor=rows.coalesce)
        for rows in matrix.variableMatrixWidths or ()
    )
    for rows in found:
        if not rows.first <= rows.last < matrix.matrixHeight:
            raise TileMatrixSetInvalid(f"tileMatrices: {matrix.id} has variableMatrixWidths of rows that it has not")
        if matrix.matrixWidth % rows.factor:
            detail = f"{matrix.matrixWidth} columns are no multiple of coalesce {rows.factor}"
            raise TileMatrixSetInvalid(f"tileMatrices: {matrix.id}: {detail}")
    return found


def _urn(crs: pyproj.CRS) -> str | None:
    """Return `urn:ogc:def:crs:EPSG::5041`, or CRS84's, whose version stands in its name."""
    found = crs.to_authority(min_confidence=100)
    if found is None:
        return None
    authority, code = found
    return f"urn:ogc:def:crs:{authority}:{'1.3' if authority == 'OGC' else ''}:{code}"


def _first(exc: ValidationError) -> str:
    first = exc.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "the file"
    return f"{place}: {first['msg']}"
