"""What reading costs, in bytes, before it is done: from the blocks under what is asked for."""

import math

import numpy as np

from tiling.budget import BUDGET
from tiling.source.dataset_info import Facts

WARP_MEMORY = 64 * 2**20
"""What GDAL's warper takes for one piece, source and target."""
_WARP_BLOCK = 512 * 128
"""Pixels of a block of GDAL's virtual warped raster, which has all bands whatever is asked for."""
_GDAL_COPIES = 2
"""GDAL decodes a block, then copies it into its cache."""


def itemsize(facts: Facts) -> int:
    """Return the bytes of a value: all bands of a GeoTIFF have one type."""
    return np.dtype(facts.dtypes[0]).itemsize


def decoded_pixel(facts: Facts, bands: int) -> int:
    """Return the bytes that are decoded for each pixel where so many bands are read."""
    return itemsize(facts) * (facts.count if facts.bands_together else bands)


def check_decoding(facts: Facts, bands: int, rows: float, columns: float) -> None:
    """Raise SourceUnreadable where the blocks under a window of so many pixels are too much for one image."""
    height, width = facts.block_shapes[0]
    down = min(math.ceil(rows / height) + 1, math.ceil(facts.height / height)) * height
    across = min(math.ceil(columns / width) + 1, math.ceil(facts.width / width)) * width
    BUDGET.check_decoding(down * across, decoded_pixel(facts, bands))


def read_memory(facts: Facts, bands: int, pixels: int) -> int:
    """Return the bytes of so many pixels that are read, in whichever way, with scale and offset applied.

    Of values and alpha: while they are scaled, beside a copy or two in float32.
    """
    scaled = 8 if facts.is_scaled else 0
    return pixels * (bands * (itemsize(facts) + scaled) + itemsize(facts) + 2)


def block_memory(facts: Facts) -> int:
    """Return the bytes that GDAL takes for one block of a dataset."""
    height, width = facts.block_shapes[0]
    return _GDAL_COPIES * height * width * itemsize(facts) * (facts.count if facts.bands_together else 1)


def warp_memory(facts: Facts, bands: int, pixels: int) -> int:
    """Return the bytes that warping so many bands onto a grid of so many pixels takes, with what is done to them.

    That is values, a band of them as float32 or the mask of nodata, alpha, and what GDAL works in.
    """
    size = itemsize(facts)
    block = min(pixels, _WARP_BLOCK) * size * facts.count
    return pixels * (bands * (size + 1) + size + 16) + block + block_memory(facts) + _warp_piece(facts, pixels)


def _warp_piece(facts: Facts, pixels: int) -> int:
    """Return the bytes of GDAL's pieces: less than they may be where there is little to warp."""
    size = itemsize(facts) * facts.count
    return min(WARP_MEMORY, size * (pixels + facts.width * facts.height))


def nearest_memory(bands: int, size: int, grid: int, *, is_straight: bool) -> int:
    """Return the bytes, beside what is read, of picking pixels of values of so many bytes for a grid."""
    return grid * (2 * bands * size + (4 if is_straight else 64) + 4)


def bilinear_memory(bands: int, size: int, grid: int, window: int, *, is_straight: bool) -> int:
    """Return the bytes, beside what is read, of smoothing a window of pixels and interpolating it for a grid.

    In float32, or in float64 where values need it; nodata doubles some of it.
    """
    wide = bands * (4 if size <= 4 else 8)  # noqa: PLR2004 - bytes
    return window * (7 * wide + bands) + grid * (8 * wide + bands * (size + 3) + 4) + (0 if is_straight else 96 * grid)
