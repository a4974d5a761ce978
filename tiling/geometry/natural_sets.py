"""Which tile matrix sets fit a raster, and where in them it lies."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.errors import RasterioError

from tiling.geometry.footprint import MERCATOR_LATITUDE, lattice
from tiling.geometry.georeference import WGS84, Coordinates, transform_points
from tiling.geometry.matrix_tile import poles_of, scale_zoom
from tiling.geometry.tile_matrix import TileMatrix, TileMatrixSet
from tiling.geometry.tile_matrix_sets import TileMatrixSets
from tiling.geometry.zooms import pixels_at
from tiling.models import Bounds

_GAPS: Final = 32
_STEPS: Final = _GAPS + 1
"""Places along each side of a box that tell where it lies in another CRS."""
_BY_CODE: Final = {
    2193: "NZTM2000Quad",
    3035: "EuropeanETRS89_LAEAQuad",
    3395: "WorldMercatorWGS84Quad",
    3978: "CanadianNAD83_LCC",
    5041: "UPSArcticWGS84Quad",
    5042: "UPSAntarcticWGS84Quad",
    5482: "LINZAntarticaMapTilegrid",
    32631: "UTM31WGS84Quad",
}
"""EPSG codes of the grids that are shipped, but for those in degrees."""
_ARCTIC, _ANTARCTIC, _DEGREES = "UPSArcticWGS84Quad", "UPSAntarcticWGS84Quad", "WorldCRS84Quad"
_CYLINDRICAL: Final = frozenset({"merc", "webmerc", "eqc", "mill", "cea"})
_POLE: Final = 90.0
_MOST_ZOOMED: Final = 0.25
"""Zooms that a matrix may be coarser than a raster for a finer one not to be of use, as for web mercator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixLimits:
    """The tiles of a matrix that a box may touch."""

    matrix: TileMatrix
    first_row: int
    last_row: int
    first_column: int
    last_column: int


def natural_set(sets: TileMatrixSets, crs: str | None, footprint: Bounds) -> str | None:
    """Return the id of the grid beside web mercator that suits a raster; None for no other.

    `crs`: the raster's, as `RasterDescription` has it; None for several. `footprint` in unwrapped degrees. A grid of an
    operator's own in the raster's CRS goes before those that are shipped; then its own CRS before a pole.
    """
    known = None if crs is None else _crs(crs)
    if known is not None:
        own = next((one.id for one in sets.own if one.crs == known), None)
        code = known.to_epsg()
        found = own or _BY_CODE.get(code or 0) or (_DEGREES if known.is_geographic else None)
        if found is not None:
            return found
    _, south, _, north = footprint
    middle = None if known is None else _latitude_of_origin(known)
    if south > 0 and (north > MERCATOR_LATITUDE or middle == _POLE):
        return _ARCTIC
    if north < 0 and (south < -MERCATOR_LATITUDE or middle == -_POLE):
        return _ANTARCTIC
    return None


def lies_in(matrix_set: TileMatrixSet, footprint: Bounds) -> bool:
    """Whether some of a box (unwrapped degrees) lies in a grid."""
    left, bottom, right, top = _bounds_of(matrix_set)
    xs, ys = _places(matrix_set, footprint)
    if ((xs >= left) & (xs <= right) & (ys >= bottom) & (ys <= top)).any():
        return True
    lons, lats = transform_points(matrix_set.crs, WGS84, *lattice((left, bottom, right, top), _STEPS))
    west, south, east, north = footprint
    turned = west + (lons - west) % 360.0
    return bool(((turned <= east) & (lats >= south) & (lats <= north)).any())


def matrix_limits(matrix_set: TileMatrixSet, box: Bounds) -> Iterator[MatrixLimits]:
    """Yield the tiles of each matrix, the coarsest first, that a box in its CRS, as of `box_in`, touches.

    Rows are counted from the top. A matrix without any is left out.
    """
    left, bottom, right, top = box
    for matrix in matrix_set.matrices.values():
        x, y = matrix.top_left
        span, high = matrix.cell_size * matrix.tile_width, matrix.cell_size * matrix.tile_height
        columns = [math.floor((place - x) / span) for place in (left, right)]
        rows = [math.floor((y - place) / high) for place in (top, bottom)]
        if columns[1] >= 0 and columns[0] < matrix.width and rows[1] >= 0 and rows[0] < matrix.height:
            yield MatrixLimits(
                matrix=matrix,
                first_row=max(rows[0], 0),
                last_row=min(rows[1], matrix.height - 1),
                first_column=max(columns[0], 0),
                last_column=min(columns[1], matrix.width - 1),
            )


def box_in(matrix_set: TileMatrixSet, footprint: Bounds) -> Bounds | None:
    """Return left, bottom, right, top in a grid's CRS of what lies in it of a box (unwrapped degrees), if any does.

    Where meridians and parallels are curves, it is larger by what lies between the places that are looked at.
    """
    xs, ys = _places(matrix_set, footprint)
    known = np.isfinite(xs)
    if not known.any():
        return None
    left, right, bottom, top = (*_ends(xs[known]), *_ends(ys[known]))
    across, down = (0.0, 0.0) if _is_upright(matrix_set) else ((right - left) / _GAPS, (top - bottom) / _GAPS)
    whole = _bounds_of(matrix_set)
    left, bottom = max(left - across, whole[0]), max(bottom - down, whole[1])
    right, top = min(right + across, whole[2]), min(top + down, whole[3])
    return (left, bottom, right, top) if left < right and bottom < top else None


def native_zoom(footprint: Bounds, latitude: float, maxzoom: int) -> float:
    """Return the scale, as a zoom of web mercator along the equator, of a raster that has so many zooms at a latitude.

    Web mercator stretches what lies far from the equator, and other grids do not: they need fewer matrices.
    """
    _, south, _, north = footprint
    lowest = 0.0 if south <= 0 <= north else min(abs(south), abs(north))
    latitude = abs(latitude) if abs(latitude) <= MERCATOR_LATITUDE else min(lowest, MERCATOR_LATITUDE)
    metres = pixels_at(maxzoom) * math.cos(math.radians(latitude))
    return math.log2(pixels_at(0) / metres)


def is_of_use(matrix_set: TileMatrixSet, matrix: TileMatrix, coarsest: float, finest: float) -> bool:
    """Whether a matrix shows rasters between two scales, each a zoom of web mercator along the equator."""
    step = matrix_set.matrices.get(matrix.z - 1)
    scale = scale_zoom(matrix_set, matrix)
    before = scale - 1 if step is None else scale_zoom(matrix_set, step)
    return scale > coarsest - 1 and before < finest - _MOST_ZOOMED


def _places(matrix_set: TileMatrixSet, footprint: Bounds) -> tuple[Coordinates, Coordinates]:
    """Return where places of a box in degrees lie in a grid's CRS: NaN for none."""
    lons, lats = lattice(footprint, _STEPS)
    if poles_of(matrix_set) == (None, None) and not matrix_set.crs.is_geographic:
        lats = lats.clip(-MERCATOR_LATITUDE, MERCATOR_LATITUDE)
    xs, ys = transform_points(WGS84, matrix_set.crs, np.where(lons > 180.0, lons - 360.0, lons), lats)  # noqa: PLR2004
    for latitude, place in zip((-_POLE, _POLE), poles_of(matrix_set), strict=True):
        if place is not None and footprint[1] <= latitude <= footprint[3]:
            xs, ys = np.append(xs, place[0]), np.append(ys, place[1])
    return xs, ys


def _ends(values: Coordinates) -> tuple[float, float]:
    return float(values.min()), float(values.max())


def _is_upright(matrix_set: TileMatrixSet) -> bool:
    """Whether meridians and parallels are straight along its axes, so that corners tell all of a box."""
    return matrix_set.crs.is_geographic or matrix_set.crs.to_dict().get("proj") in _CYLINDRICAL


def _bounds_of(matrix_set: TileMatrixSet) -> Bounds:
    return next(iter(matrix_set.matrices.values())).bounds


def _crs(text: str) -> CRS | None:
    try:
        return CRS.from_user_input(text)
    except (RasterioError, CPLE_BaseError, ValueError):
        return None


def _latitude_of_origin(crs: CRS) -> Any:
    return crs.to_dict().get("lat_0")
