"""Rasters to share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import rasterio
from rasterio import Affine

if TYPE_CHECKING:
    from pathlib import Path


def make_raster(path: Path, value: int = 7) -> Path:
    """Write a small RGB raster of one value."""
    path.parent.mkdir(parents=True, exist_ok=True)
    profile = {"driver": "GTiff", "width": 64, "height": 64, "count": 3, "dtype": "uint8", "crs": "EPSG:32633"}
    with rasterio.open(path, "w", transform=Affine(10, 0, 500_000, 0, -10, 5_000_000), **profile) as raster:
        raster.write(np.full((3, 64, 64), value, "uint8"))
    return path
