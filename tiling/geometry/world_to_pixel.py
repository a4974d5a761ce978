"""From places and shapes in degrees to the pixels of a raster's own grid."""

import math
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.errors import RasterioError
from rasterio.io import DatasetReader
from rasterio.warp import transform as transform_coordinates

from tiling.errors import SourceUnreadable
from tiling.geometry.clip import TURN, Clip
from tiling.geometry.footprint import MARGIN, MERCATOR_LATITUDE, Footprint
from tiling.geometry.georeference import WEB_MERCATOR, WGS84
from tiling.geometry.scanline import Edges, edges_of
from tiling.hillshade import EARTH_RADIUS

Coordinates = NDArray[np.float64]

_STEPS: Final = 256
"""Into so many parts an edge as long as the raster is divided, as it is a curve in another projection."""
_TURNS: Final = (0, 1, -1, 2, -2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where a grid of pixels lies on Earth."""

    crs: CRS
    transform: Affine
    """From column, row to the CRS."""
    width: int
    height: int
    footprint: Footprint

    @classmethod
    def of(cls, dataset: DatasetReader, *, crs: CRS, footprint: Footprint) -> Self:
        """Return that of a raster at full resolution."""
        return cls(
            crs=crs,
            transform=dataset.transform,
            width=dataset.width,
            height=dataset.height,
            footprint=footprint,
        )

    def pixel_at(self, longitude: float, latitude: float) -> tuple[float, float] | None:
        """Return column and row, whole where pixels meet, of a place; None outside."""
        for turn in _TURNS:
            lons = np.array([longitude + turn * TURN])
            columns, rows = self._pixels(lons, np.array([latitude]))
            column, row = float(columns[0]), float(rows[0])
            if 0 <= column < self.width and 0 <= row < self.height:
                return column, row
            if not self._is_round:
                break
        return None

    def edges(self, clip: Clip) -> Edges:
        """Return a clip's edges, as far as they matter here, in columns and rows. Raises SourceUnreadable."""
        box = self._box()
        part = clip.within(box)
        if part is None:
            return np.empty((0, 4))
        if not self.crs.is_geographic:
            part = shapely.segmentize(part, max(box[2] - box[0], box[3] - box[1]) / _STEPS)
        edges = edges_of(part)
        copies = [self._edges(edges, turn * TURN) for turn in (_TURNS if self._is_round else (0,))]
        found = [copy for copy in copies if copy[:, [0, 2]].max() > 0 and copy[:, [0, 2]].min() < self.width]
        return np.concatenate(found or [np.empty((0, 4))])

    @property
    def _is_round(self) -> bool:
        """Whether longitudes go on beyond 180°, so that a grid may lie a whole turn further."""
        return self.crs == WEB_MERCATOR or _is_in_degrees(self.crs)

    def _box(self) -> tuple[float, float, float, float]:
        """Return the footprint with a margin, but at most once around the Earth."""
        west, south, east, north = self.footprint.box
        dx, dy = min(MARGIN * (east - west), (TURN - east + west) / 2), MARGIN * (north - south)
        return west - dx, max(south - dy, -90.0), east + dx, min(north + dy, 90.0)

    def _edges(self, edges: Edges, degrees: float) -> Edges:
        lons, lats = edges[:, [0, 2]].ravel() + degrees, edges[:, [1, 3]].ravel()
        columns, rows = self._pixels(lons, lats)
        if not (np.isfinite(columns).all() and np.isfinite(rows).all()):
            raise SourceUnreadable("the area cannot be placed on this raster")
        return np.stack([columns[::2], rows[::2], columns[1::2], rows[1::2]], axis=1)

    def _pixels(self, lons: Coordinates, lats: Coordinates) -> tuple[Coordinates, Coordinates]:
        xs, ys = self._project(lons, lats)
        a, b, c, d, e, f = (~self.transform)[:6]
        return a * xs + b * ys + c, d * xs + e * ys + f

    def _project(self, lons: Coordinates, lats: Coordinates) -> tuple[Coordinates, Coordinates]:
        """Return coordinates in the CRS; longitudes stay unwrapped where that means something."""
        if self.crs == WEB_MERCATOR:
            held = np.radians(np.clip(lats, -MERCATOR_LATITUDE, MERCATOR_LATITUDE))
            return np.radians(lons) * EARTH_RADIUS, np.arcsinh(np.tan(held)) * EARTH_RADIUS
        if self.crs == WGS84:
            return lons, lats
        xs, ys = _transformed(WGS84, self.crs, lons, lats)
        if _is_in_degrees(self.crs):
            xs = xs + TURN * np.round((lons - xs) / TURN)
        return xs, ys


def lonlat_of(crs: CRS, xs: Coordinates, ys: Coordinates) -> tuple[Coordinates, Coordinates]:
    """Return degrees (WGS 84), not finite where a CRS has no place there."""
    return _transformed(crs, WGS84, xs, ys)


def _transformed(source: CRS, target: CRS, xs: Coordinates, ys: Coordinates) -> tuple[Coordinates, Coordinates]:
    try:
        east, north = transform_coordinates(source, target, xs, ys)[:2]
    except (RasterioError, CPLE_BaseError):
        return np.full_like(xs, np.nan), np.full_like(ys, np.nan)
    return np.asarray(east, dtype=np.float64), np.asarray(north, dtype=np.float64)


def _is_in_degrees(crs: CRS) -> bool:
    return bool(crs.is_geographic) and math.isclose(crs.units_factor[1], math.radians(1), rel_tol=1e-6)
