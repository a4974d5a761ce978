"""Asking a storage for all that a read will need, at once: GDAL would ask for one block after the other."""

from collections.abc import Iterable, Iterator
from itertools import product
from math import ceil, floor
from typing import Any, Final

from rasterio._err import CPLE_BaseError
from rasterio.errors import RasterioError
from rasterio.warp import transform_bounds

from tiling.georeference import WEB_MERCATOR
from tiling.grid import Grid
from tiling.sources import Raster

MARGIN: Final = 2
"""Pixels of the grid around it that a resampling kernel may reach."""
MAX_BLOCKS: Final = 1024
"""Blocks to ask for at once; a read of more has other troubles than round trips."""


def prefetch(raster: Raster, dataset: Any, grid: Grid, bands: tuple[int, ...]) -> None:
    """Fetch the blocks of a dataset that lie under a grid, where the file is remote. Blocks.

    What is not foreseen is fetched when GDAL asks for it. Raises RemoteError, FileNotFoundError.
    """
    if raster.remote is None or raster.is_placed_by_control_points:
        return
    try:
        bounds = transform_bounds(WEB_MERCATOR, raster.wrapped_crs or raster.crs, *grid.buffered(MARGIN).bounds)
    except (RasterioError, CPLE_BaseError):  # at a pole, or beyond what the CRS can tell
        return
    places = _blocks_under(dataset, bounds)
    if 0 < len(places) * len(bands) <= MAX_BLOCKS:
        raster.remote.prefetch(_ranges(dataset, places, bands))


def _blocks_under(dataset: Any, bounds: tuple[float, float, float, float]) -> list[tuple[int, int]]:
    """Return row and column of each block that a box in the dataset's CRS touches."""
    left, bottom, right, top = bounds
    corners = [~dataset.transform @ (x, y) for x, y in product((left, right), (bottom, top))]
    columns, rows = zip(*corners, strict=True)
    height, width = dataset.block_shapes[0]
    across = _numbers(min(columns), max(columns), dataset.width, width)
    down = _numbers(min(rows), max(rows), dataset.height, height)
    return list(product(down, across)) if len(down) * len(across) <= MAX_BLOCKS else []


def _numbers(first: float, last: float, pixels: int, block: int) -> range:
    """Return the numbers of the blocks from one pixel to another on one axis."""
    start, stop = max(floor(first), 0), min(ceil(last), pixels)
    return range(start // block, -(-stop // block)) if start < stop else range(0)


def _ranges(dataset: Any, places: Iterable[tuple[int, int]], bands: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Yield offset and length of the stored blocks; none for those that a sparse file leaves out."""
    pixel_interleaved = dataset.tags(ns="IMAGE_STRUCTURE").get("INTERLEAVE") != "BAND"
    for (row, column), band in product(places, bands[:1] if pixel_interleaved else bands):
        offset = dataset.get_tag_item(f"BLOCK_OFFSET_{column}_{row}", "TIFF", bidx=band)
        length = dataset.get_tag_item(f"BLOCK_SIZE_{column}_{row}", "TIFF", bidx=band)
        if offset and length:
            yield int(offset), int(length)
