"""Reading fewer pixels than there are, each stored block once.

GDAL reads what is to have fewer pixels row by row, and decodes a block anew for each row where those of a row do not
fit into its cache together: of bands that lie pixel by pixel in the file (31 of them, say), a block is all bands. That
took minutes where a pass over the file takes seconds.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import MaskFlags, Resampling
from rasterio.warp import reproject
from rasterio.windows import Window

Values = NDArray[Any]
Known = NDArray[np.bool_]

CACHED: Final = 16 * 2**20
"""Bytes of a row of blocks that GDAL's cache surely holds, beside what else it does."""


def is_better_in_chunks(dataset: Any, shape: tuple[int, int], window: Window) -> bool:
    """Whether GDAL would decode blocks again and again to read a window in fewer pixels."""
    if shape[0] >= window.height or dataset.tags(ns="IMAGE_STRUCTURE").get("INTERLEAVE") != "PIXEL":
        return False
    height, _ = dataset.block_shapes[0]
    pixel = sum(np.dtype(dtype).itemsize for dtype in dataset.dtypes)
    return bool(height * window.width * pixel > CACHED)


def read_in_chunks(
    dataset: Any, bands: tuple[int, ...], shape: tuple[int, int], window: Window
) -> tuple[Values, Known]:
    """Return values and which of them no mask hides, both (bands, h, w): those pixels that GDAL would take. Blocks.

    What a nodata value hides is not masked. Raises rasterio's errors.
    """
    rows = _chosen(window.row_off, window.height, shape[0], dataset.height)
    columns = _chosen(window.col_off, window.width, shape[1], dataset.width)
    values = np.empty((len(bands), *shape), np.result_type(*(dataset.dtypes[band - 1] for band in bands)))
    known = np.ones(values.shape, np.bool_)
    has_mask = not {MaskFlags.all_valid, MaskFlags.nodata} & set(dataset.mask_flag_enums[bands[0] - 1])
    height, width = dataset.block_shapes[0]
    for down, top, bottom in _runs(rows, height):
        for across, left, right in _runs(columns, width):
            part = Window(left, top, right - left, bottom - top)
            at = np.ix_(rows[down] - top, columns[across] - left)
            values[:, down, across] = dataset.read(bands, window=part)[:, at[0], at[1]]
            if has_mask:
                known[:, down, across] = dataset.read_masks(bands, window=part)[:, at[0], at[1]] > 0
    return values, known


def read_placed(raster: Any, transform: Any, bands: tuple[int, ...], shape: tuple[int, int]) -> tuple[Values, Known]:
    """Return values of a raster that control points place, on a grid in their CRS, and which are known. Blocks.

    One warp, straight onto the grid: its virtual dataset would be warped whole, at full resolution, for each band. What
    a nodata value hides is not masked.
    """
    stored = raster.stored
    points, crs = stored.gcps
    options = {"gcps": points, "src_crs": crs, "dst_crs": crs, "dst_transform": transform}
    options |= {"resampling": Resampling.nearest, "num_threads": 1}
    nodata = stored.nodata
    values = np.zeros((len(bands), *shape), np.result_type(*(stored.dtypes[band - 1] for band in bands)))
    reproject(rasterio.band(stored, list(bands)), values, src_nodata=nodata, dst_nodata=nodata, **options)
    if nodata is not None:
        return values, np.ones(values.shape, np.bool_)
    covered = np.zeros(shape, np.uint8)
    reproject(stored.dataset_mask(), covered, **options)
    return values, np.broadcast_to(covered > 0, values.shape)


def _chosen(offset: float, length: float, count: int, limit: int) -> NDArray[np.int64]:
    """Return the pixels along an axis that are taken of a window."""
    places = offset + (np.arange(count) + 0.5) * (length / count)
    return np.asarray(np.clip(np.floor(places + 1e-9), 0, limit - 1).astype(np.int64))


def _runs(pixels: NDArray[np.int64], block: int) -> Iterator[tuple[slice, int, int]]:
    """Yield which of them lie in a block, for each block in which any do; and the range that holds them."""
    numbers = pixels // block
    starts = np.flatnonzero(np.diff(numbers, prepend=-1))
    for start, stop in zip(starts, [*starts[1:], len(pixels)], strict=True):
        yield slice(int(start), int(stop)), int(pixels[start]), int(pixels[stop - 1]) + 1
