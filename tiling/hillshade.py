"""Heights: shaded relief, and heights packed into colours.

Sources: B. K. P. Horn, "Hill shading and the reflectance map", Proceedings of the IEEE 69 (1981), as in gdaldem;
Mapbox Terrain-RGB v1; Terrarium (Mapzen's terrain tiles).
"""

import math
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tiling.colormaps import colormap_lut

EARTH_RADIUS: Final = 6378137.0
"""Metres, of the sphere of EPSG:3857."""

_AZIMUTH: Final = math.radians(315.0)
_ALTITUDE: Final = math.radians(45.0)

Heights = NDArray[np.float32]
Rgb = NDArray[np.uint8]


def hillshade(
    heights: Heights, valid: NDArray[np.bool_], across: NDArray[np.float32], down: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """Shade a relief lit from the upper left at 45°, by Horn's gradient.

    `heights` in metres and `valid`, both (h + 2, w + 2), hold one more pixel on each side than the answer, (h, w),
    which is `across` metres wide and `down` metres high, both (h, 1), on the ground. The light comes from the upper
    left of the picture, whatever its CRS, or the relief would look turned inside out. A neighbour without data counts
    as level with the pixel itself.
    """
    z = _neighbours(heights, valid)
    dz_dx = ((z[0, 2] - z[0, 0]) + 2 * (z[1, 2] - z[1, 0]) + (z[2, 2] - z[2, 0])) / (8 * across)
    dz_dy = ((z[0, 0] - z[2, 0]) + 2 * (z[0, 1] - z[2, 1]) + (z[0, 2] - z[2, 2])) / (8 * down)
    light_x, light_y = (np.float32(part * math.cos(_ALTITUDE)) for part in (math.sin(_AZIMUTH), math.cos(_AZIMUTH)))
    lit: NDArray[np.float32] = np.float32(math.sin(_ALTITUDE)) - light_x * dz_dx - light_y * dz_dy
    lit /= np.sqrt(1 + dz_dx * dz_dx + dz_dy * dz_dy)
    np.clip(lit, 0.0, 1.0, out=lit)
    lit *= 255
    return np.rint(lit, out=lit).astype(np.uint8)


def blend(colormap: str, indexes: NDArray[np.uint8], shade: NDArray[np.uint8]) -> Rgb:
    """Lay a shade over a colormap's colours, both (h, w): level ground keeps its colour, slopes darken or lighten it.

    The answer has shape (h, w, 3).
    """
    return _blended(colormap).take(indexes.astype(np.intp) << 8 | shade, axis=0)


@lru_cache(maxsize=16)
def _blended(colormap: str) -> Rgb:
    """Return the colour of each index under each shade, shape (65536, 3)."""
    level = np.float32(math.sin(_ALTITUDE) * 255)
    light = np.arange(256, dtype=np.float32) / level
    colors = colormap_lut(colormap)[:, None, :3] * (0.35 + 0.65 * light)[:, None]
    return np.clip(colors, 0, 255).astype(np.uint8).reshape(-1, 3)


def terrain_rgb(heights: Heights) -> Rgb:
    """Pack metres as Mapbox does: height = -10000 + (R * 65536 + G * 256 + B) * 0.1. Shape (h, w, 3)."""
    return _pack(np.round((heights.astype(np.float64) + 10000.0) * 10.0))


def terrarium(heights: Heights) -> Rgb:
    """Pack metres as Terrarium does: height = R * 256 + G + B / 256 - 32768. Shape (h, w, 3)."""
    return _pack(np.round((heights.astype(np.float64) + 32768.0) * 256.0))


def _pack(numbers: NDArray[np.float64]) -> Rgb:
    whole = np.clip(numbers, 0, 2**24 - 1).astype(np.uint32)
    return np.stack([whole >> 16, whole >> 8 & 255, whole & 255], axis=-1).astype(np.uint8)


def _neighbours(heights: Heights, valid: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Shape (3, 3, h, w): each pixel's surroundings, from the north-west."""
    rows, columns = heights.shape[0] - 2, heights.shape[1] - 2
    windows = np.lib.stride_tricks.sliding_window_view(heights, (rows, columns))
    known = np.lib.stride_tricks.sliding_window_view(valid, (rows, columns))
    if valid.all():
        return windows
    return np.where(known, windows, np.where(valid, heights, np.float32(0.0))[1:-1, 1:-1])
