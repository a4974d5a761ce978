"""Between which zooms a raster is worth requesting."""

import math
from typing import Final

from tiling.geometry.footprint import MERCATOR_LATITUDE, Footprint
from tiling.hillshade import EARTH_RADIUS
from tiling.models import Bounds

MAX_RASTER_ZOOM: Final = 24
TILE_PIXELS: Final = 256

WORLD: Final = 2 * math.pi * EARTH_RADIUS
"""Metres: the side of the square of web mercator."""

_UPSAMPLING: Final = 0.25
"""Zooms: a raster that is this little finer than a zoom level does not get another one."""


def zoom_range(footprint: Footprint, pixel_size: float) -> tuple[int, int]:
    """Return the zoom where the raster's longer side is about one 256-pixel tile, and the one of its own resolution.

    `pixel_size` in EPSG:3857 metres. Both within 0 to 24.
    """
    native = math.log2(WORLD / TILE_PIXELS / pixel_size)
    maxzoom = min(max(math.ceil(native - _UPSAMPLING), 0), MAX_RASTER_ZOOM)
    whole = math.log2(WORLD / max(_longest_side(footprint), pixel_size))
    return min(max(math.floor(whole), 0), maxzoom), maxzoom


def pixels_at(zoom: int) -> float:
    """Return how many metres (EPSG:3857) the pixels of tiles of 256 have at a zoom."""
    return WORLD / TILE_PIXELS / float(2**zoom)


def middle_of_pixel(longitude: float, latitude: float, size: float) -> tuple[float, float]:
    """Return degrees of the middle of the pixel that a place lies in, of pixels of so many metres over the world."""
    x, y = math.radians(longitude) * EARTH_RADIUS, mercator_y(latitude)
    x, y = ((math.floor(value / size) + 0.5) * size for value in (x, y))
    return math.degrees(x / EARTH_RADIUS), math.degrees(math.atan(math.sinh(y / EARTH_RADIUS)))


def pixels_along(box: Bounds, size: float) -> int:
    """Return how many pixels of so many metres (EPSG:3857) lie along the longer side of a box in degrees."""
    west, south, east, north = box
    longest = max(math.radians(east - west) * EARTH_RADIUS, mercator_y(north) - mercator_y(south))
    return max(1, math.floor(longest / size))


def center_zoom(minzoom: int, maxzoom: int) -> int:
    """Return a zoom to open a map at: the raster fills most of a screen."""
    return min(minzoom + 2, maxzoom)


def _longest_side(footprint: Footprint) -> float:
    width = math.radians(footprint.east - footprint.west) * EARTH_RADIUS
    south, north = (mercator_y(latitude) for latitude in (footprint.south, footprint.north))
    return max(width, north - south)


def mercator_y(latitude: float) -> float:
    """Return EPSG:3857 metres north of the equator, of a latitude (degrees) clipped to ±85.05."""
    clipped = min(max(latitude, -MERCATOR_LATITUDE), MERCATOR_LATITUDE)
    return EARTH_RADIUS * math.asinh(math.tan(math.radians(clipped)))
