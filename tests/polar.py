"""A raster around the North Pole, made up for tests and for the picture in the documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from affine import Affine

from tests.tiling.raster_zoo import write

if TYPE_CHECKING:
    from pathlib import Path

SIDE = 3_200_000.0
"""Metres from the pole to the raster's edge: to some 61° north."""
CRS = "EPSG:3413"


def write_polar(path: Path, pixels: int = 512, **options: Any) -> Path:
    """Write rings and spokes: red grows towards the pole, green with the longitude, blue is 200."""
    step = 2 * SIDE / pixels
    ys, xs = (np.mgrid[0:pixels, 0:pixels] + 0.5) * step - SIDE
    away = np.hypot(xs, ys)
    red = 255 - 205 * np.clip(away / SIDE, 0, 1) - 40 * ((away // 400_000) % 2)
    green = 40 + 180 * (np.arctan2(ys, xs) / np.pi + 1) / 2
    values = np.stack([red, green, np.full_like(red, 200)]).clip(1, 254).astype(np.uint8)
    transform = Affine(step, 0.0, -SIDE, 0.0, -step, SIDE)
    return write(path, values, crs=CRS, transform=transform, **options)
