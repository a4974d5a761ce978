"""Between which zooms a raster is worth requesting."""

import math
from typing import Final

from tiling.footprint import MERCATOR_LATITUDE, Footprint
from tiling.relief import EARTH_RADIUS

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
