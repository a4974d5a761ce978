"""Asking a storage for all that GDAL's warper will need, at once: it would ask for one block after the other."""

from itertools import product
from typing import Any, Final

from rasterio._err import CPLE_BaseError
from rasterio.errors import RasterioError
from rasterio.warp import transform_bounds

from tiling.geometry.grid import Grid
from tiling.source.block_ranges import Span, blocks_under, stored_ranges
from tiling.source.opening import Raster

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
        bounds = transform_bounds(grid.crs, raster.wrapped_crs or raster.crs, *grid.buffered(MARGIN).bounds)
    except (RasterioError, CPLE_BaseError):  # at a pole, or beyond what the CRS can tell
        return
    rows, columns = blocks_under(dataset, *_box(dataset, bounds))
    if 0 < len(rows) * len(columns) * len(bands) <= MAX_BLOCKS:
        raster.remote.prefetch(stored_ranges(dataset, rows, columns, bands))


def _box(dataset: Any, bounds: tuple[float, float, float, float]) -> tuple[Span, Span]:
    """Return the rows and columns that a box in the dataset's CRS touches."""
    left, bottom, right, top = bounds
    corners = [~dataset.transform @ (x, y) for x, y in product((left, right), (bottom, top))]
    columns, rows = zip(*corners, strict=True)
    return (min(rows), max(rows)), (min(columns), max(columns))
