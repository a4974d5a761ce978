"""What somebody asks for: a place, a box or polygons, in degrees or in another coordinate system."""

import math
from typing import Final

import numpy as np
import shapely
from rasterio.crs import CRS
from rasterio.errors import CRSError
from shapely.affinity import translate
from shapely.errors import GEOSException

from tiling.errors import RegionInvalid
from tiling.geometry.clip import TURN, Clip, ClipInvalid, Polygons, box_clip
from tiling.geometry.world_to_pixel import lonlat_of
from tiling.geometry.zooms import WORLD
from tiling.models import Bounds

WGS84_CODE: Final = 4326
_MERCATOR_CODE: Final = 3857
_FARTHEST: Final = 1e9
"""Metres, or feet: no coordinate system goes as far."""
_STEPS: Final = 128
"""Into so many parts a side as long as the region is divided, as it is a curve in degrees."""


def lonlat(x: float, y: float, epsg: int) -> tuple[float, float]:
    """Return degrees of a place given in the CRS of an EPSG code. Raises RegionInvalid. Blocks, but for EPSG:4326."""
    if epsg == WGS84_CODE:
        return x, y
    lons, lats = lonlat_of(_crs(epsg), np.array([x]), np.array([y]))
    if not (math.isfinite(lons[0]) and math.isfinite(lats[0])):
        raise RegionInvalid("this place cannot be converted to longitude and latitude", field="crs")
    return float(lons[0]), float(lats[0])


def box_region(box: Bounds, epsg: int) -> Clip:
    """Return a box given in the CRS of an EPSG code; in degrees it may cross 180°. Raises, and blocks, as `lonlat`."""
    try:
        return box_clip(box) if epsg == WGS84_CODE else _turned(box, epsg)
    except (ClipInvalid, GEOSException) as exc:
        raise RegionInvalid(f"this box cannot be used: {exc}", field="bbox") from exc


def polygon_region(polygons: Polygons) -> Clip:
    """Return polygons in degrees. Raises RegionInvalid."""
    try:
        return Clip.of(polygons)
    except (ClipInvalid, GEOSException) as exc:
        raise RegionInvalid(f"this geometry cannot be used: {exc}", field="geometry") from exc


def _turned(box: Bounds, epsg: int) -> Clip:
    """Walk along a box' border, in longitudes that go on beyond 180°, and cut what is found there."""
    if max(map(abs, box)) > _FARTHEST:
        raise RegionInvalid("its coordinates lie beyond the Earth", field="bbox")
    border = shapely.box(*box).exterior
    points = shapely.get_coordinates(shapely.segmentize(border, border.length / (4 * _STEPS)))
    lons, lats = lonlat_of(_crs(epsg), points[:, 0], points[:, 1])
    if not (np.isfinite(lons).all() and np.isfinite(lats).all()):
        raise RegionInvalid("it cannot be converted to longitude and latitude", field="crs")
    if epsg == _MERCATOR_CODE:
        lons = points[:, 0] / WORLD * TURN
    lons = np.unwrap(lons, period=TURN)
    if abs(lons[-1] - lons[0]) > 1 or np.ptp(lons) > TURN or np.abs(lons).max() > 1.5 * TURN:
        raise RegionInvalid("it goes round the world or a pole; give it in degrees (EPSG:4326)", field="bbox")
    shape = shapely.make_valid(shapely.Polygon(np.stack([lons, lats], axis=1)))
    world = shapely.box(-TURN / 2, -90.0, TURN / 2, 90.0)
    return Clip.of_shape(shapely.union_all([translate(shape, xoff=by).intersection(world) for by in (-TURN, 0, TURN)]))


def _crs(epsg: int) -> CRS:
    try:
        return CRS.from_epsg(epsg)
    except CRSError as exc:
        raise RegionInvalid("there is no such coordinate system", field="crs") from exc
