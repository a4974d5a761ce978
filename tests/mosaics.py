"""Rasters side by side, for tests of mosaics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mercantile
import numpy as np
from affine import Affine

from tests.tiling.raster_zoo import write

if TYPE_CHECKING:
    from pathlib import Path

    from tiling.models import TileAddress

ZOOM = 12
"""The zoom of the tile that one raster of a row fills: 64 pixels on each side."""
SIDE = 64


def write_at(path: Path, address: TileAddress, values: np.ndarray, **profile: object) -> Path:
    """Write a raster, (bands, h, w) or (h, w), in web mercator that fills a tile."""
    left, bottom, right, top = mercantile.xy_bounds(address.x, address.y, address.z)
    height, width = values.shape[-2:]
    transform = Affine((right - left) / width, 0, left, 0, (bottom - top) / height, top)
    return write(path, values, transform=transform, **profile)


def write_gray(path: Path, address: TileAddress, gray: int, **profile: object) -> Path:
    """Write a raster of one gray that fills a tile."""
    return write_at(path, address, np.full((SIDE, SIDE), gray, np.uint8), **profile)
