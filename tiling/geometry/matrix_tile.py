"""Tiles of other tile matrix sets than WebMercatorQuad."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from tiling.errors import TileAddressInvalid
from tiling.geometry.footprint import lattice, narrowest
from tiling.geometry.georeference import WGS84, Coordinates, transform_points
from tiling.geometry.tile_matrix import PIXEL, TileMatrix, TileMatrixSet
from tiling.geometry.zooms import TILE_PIXELS, WORLD
from tiling.models import Bounds, TileAddress

WHOLE_EARTH: Final[Bounds] = (-180.0, -90.0, 180.0, 90.0)
_STEPS: Final = 17
"""Places along a side of a tile that tell where on Earth it lies."""
_MARGIN: Final = 0.1
"""Part of its size by which a tile is told to be larger, as it is looked at in steps."""
_HALF_TURN: Final = 180.0
_TURN: Final = 360.0
_ONE_PLACE: Final = 1.0
"""Metres."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixTile:
    """A tile of a matrix set. Several columns that are one tile near a pole are one address: the first of them.

    Raises TileAddressInvalid where no such tile exists.
    """

    matrix_set: TileMatrixSet
    z: int
    """The number of the matrix."""
    x: int
    """Column, from the west side."""
    y: int
    """Row, from the corner of origin: at the top, or at the bottom."""

    def __post_init__(self) -> None:
        matrix = self.matrix_set.matrices.get(self.z)
        if matrix is None:
            known = self.matrix_set.matrices.keys()
            raise TileAddressInvalid(f"z must be a whole number from {min(known)} to {max(known)}", field="z")
        if type(self.x) is not int or not 0 <= self.x < matrix.width:
            last = matrix.width - 1
            raise TileAddressInvalid(f"x must be a whole number from 0 to {last} at zoom {self.z}", field="x")
        if type(self.y) is not int or not 0 <= self.y < matrix.height:
            last = matrix.height - 1
            raise TileAddressInvalid(f"y must be a whole number from 0 to {last} at zoom {self.z}", field="y")
        object.__setattr__(self, "x", self.x - self.x % matrix.coalescence(self.y))

    @property
    def matrix(self) -> TileMatrix:
        """The matrix that it is a tile of."""
        return self.matrix_set.matrices[self.z]

    @property
    def bounds(self) -> Bounds:
        """Left, bottom, right, top in the set's CRS, x to the east."""
        return self.matrix.tile_bounds(self.x, self.y)

    @property
    def lonlat_bounds(self) -> Bounds:
        """West, south, east, north in degrees (WGS 84), unwrapped: a box that holds all of it, and may be larger."""
        return lonlat_box(self)

    @property
    def scale_zoom(self) -> float:
        """The zoom of WebMercatorQuad whose tiles of 256 pixels have the same scale denominator."""
        return scale_zoom(self.matrix_set, self.matrix)

    @property
    def place(self) -> bytes:
        """What tells it from all other tiles, those of a set that has another definition by now among them."""
        return b"%s:%s/%d/%d/%d" % (
            self.matrix_set.id.encode(),
            self.matrix_set.digest.encode(),
            self.z,
            self.x,
            self.y,
        )


Tile = TileAddress | MatrixTile
"""A tile of any grid."""


def scale_zoom(matrix_set: TileMatrixSet, matrix: TileMatrix) -> float:
    """Return the zoom of WebMercatorQuad whose tiles of 256 pixels have a matrix's scale denominator."""
    metres = matrix_set.scale_denominator(matrix) * PIXEL
    return math.log2(WORLD / TILE_PIXELS / metres)


@lru_cache(maxsize=4096)
def lonlat_box(tile: MatrixTile) -> Bounds:
    """Return a box in unwrapped degrees (WGS 84) that holds all of a tile: the Earth where it cannot be told."""
    bounds, crs = tile.bounds, tile.matrix_set.crs
    lons, lats = transform_points(crs, WGS84, *lattice(bounds, _STEPS))
    if not (np.isfinite(lons).all() and np.isfinite(lats).all()):
        return WHOLE_EARTH
    south, north = float(lats.min()), float(lats.max())
    margin = _MARGIN * (north - south)
    south, north = max(south - margin, -90.0), min(north + margin, 90.0)
    poles = [
        pole for pole, place in zip((-90.0, 90.0), poles_of(tile.matrix_set), strict=True) if _holds(bounds, place)
    ]
    if poles:
        return -_HALF_TURN, min(south, *poles), _HALF_TURN, max(north, *poles)
    west, east = _ends(lons[:_STEPS]) if crs.is_geographic else narrowest(lons)
    if not crs.is_geographic and east - west > _HALF_TURN:  # seen in steps, the whole Earth has gaps
        return -_HALF_TURN, south, _HALF_TURN, north
    margin = _MARGIN * (east - west)
    return west - margin, south, min(east + margin, west - margin + _TURN), north


def _ends(lons: Coordinates) -> tuple[float, float]:
    along = np.unwrap(lons, period=_TURN)
    return float(along.min()), float(along.max())


@lru_cache(maxsize=256)
def poles_of(matrix_set: TileMatrixSet) -> tuple[tuple[float, float] | None, tuple[float, float] | None]:
    """Return where in a set's CRS the south and the north pole lie; None where that is no one place."""
    south, north = (_pole_of(matrix_set, latitude) for latitude in (-90.0, 90.0))
    return south, north


def _pole_of(matrix_set: TileMatrixSet, latitude: float) -> tuple[float, float] | None:
    """Return the one place where all meridians meet: in a cylindrical projection a pole is a line, or nowhere."""
    lons: Coordinates = np.array([-120.0, 0.0, 120.0])
    xs, ys = transform_points(WGS84, matrix_set.crs, lons, np.full(3, latitude))
    if not (np.isfinite(xs).all() and np.isfinite(ys).all()):
        return None
    apart = max(float(np.ptp(xs)), float(np.ptp(ys))) * matrix_set.metres_per_unit
    return (float(xs[0]), float(ys[0])) if apart <= _ONE_PLACE else None


def _holds(bounds: Bounds, place: tuple[float, float] | None) -> bool:
    left, bottom, right, top = bounds
    return place is not None and left <= place[0] <= right and bottom <= place[1] <= top
