"""What somebody asks for: a place, a box or polygons, in degrees or in another coordinate system."""

import math
from typing import Final

import numpy as np
import shapely
from rasterio.crs import CRS
from rasterio.errors import CRSError

from tiling.clip import Clip, ClipInvalid, Polygons, box_clip
from tiling.errors import RegionInvalid
from tiling.ground import lonlat_of
from tiling.models import Bounds

WGS84_CODE: Final = 4326
_STEPS: Final = 128
"""Into so many parts a side as long as the region is divided, as it is a curve in degrees."""


def lonlat(x: float, y: float, epsg: int) -> tuple[float, float]:
    """Return degrees of a place given in the CRS of an EPSG code. Raises RegionInvalid. Blocks, but for EPSG:4326."""
    if epsg == WGS84_CODE:
        return x, y
    lons, lats = lonlat_of(_crs(epsg), np.array([x]), np.array([y]))
    if not (math.isfinite(lons[0]) and math.isfinite(lats[0])):
        raise RegionInvalid("this place cannot be turned into longitude and latitude", field="crs")
    return float(lons[0]), float(lats[0])


def box_region(box: Bounds, epsg: int) -> Clip:
    """Return a box given in the CRS of an EPSG code; in degrees it may cross 180°. Raises, and blocks, as `lonlat`."""
    try:
        return box_clip(box) if epsg == WGS84_CODE else _turned(shapely.box(*box), epsg)
    except ClipInvalid as exc:
        raise RegionInvalid(f"this box cannot be used: {exc}", field="bbox") from exc


def polygon_region(polygons: Polygons, epsg: int) -> Clip:
    """Return polygons given in the CRS of an EPSG code. Raises, and blocks, as `lonlat`."""
    try:
        clip = Clip.of(polygons)
        return clip if epsg == WGS84_CODE else _turned(clip.shape, epsg)
    except ClipInvalid as exc:
        raise RegionInvalid(f"this geometry cannot be used: {exc}", field="geometry") from exc


def _turned(shape: shapely.Geometry, epsg: int) -> Clip:
    left, bottom, right, top = shape.bounds
    longest = max(right - left, top - bottom)
    if not longest > 0:
        raise ClipInvalid("it has no area")
    dense = shapely.segmentize(shape, longest / _STEPS)
    points = shapely.get_coordinates(dense)
    lons, lats = lonlat_of(_crs(epsg), points[:, 0], points[:, 1])
    if not (np.isfinite(lons).all() and np.isfinite(lats).all()):
        raise RegionInvalid("it cannot be turned into longitude and latitude", field="crs")
    return Clip.of_shape(shapely.make_valid(shapely.set_coordinates(dense, np.stack([lons, lats], axis=1))))


def _crs(epsg: int) -> CRS:
    try:
        return CRS.from_epsg(epsg)
    except CRSError as exc:
        raise RegionInvalid("there is no such coordinate system", field="crs") from exc
