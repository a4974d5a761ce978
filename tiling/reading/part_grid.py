"""The grids that rio-tiler chooses for what is asked of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from rasterio.transform import array_bounds
from rasterio.windows import from_bounds
from rio_tiler.utils import get_vrt_transform, output_size

from tiling.geometry.grid import Grid

if TYPE_CHECKING:
    from rasterio.crs import CRS

    from tiling.source.dataset_info import Facts

Box = tuple[float, float, float, float]
Size = tuple[int | None, int | None, int | None]
"""Height, width and the longest side, as far as they are asked for."""


class Opened(Protocol):
    """An open raster: that of a path, or what the gate has opened."""

    dataset: Any

    @property
    def facts(self) -> Facts:
        """What it says of itself."""
        ...


def part_grid(lent: Opened, box: Box, crs: CRS, size: Size) -> Grid:
    """Return the grid that rio-tiler would choose for a part."""
    height, width, _ = size
    if height and width:
        return Grid(bounds=box, width=width, height=height, crs=crs)
    dataset = lent.dataset
    if dataset.crs == crs:
        window = from_bounds(*box, transform=dataset.transform)
        height, width = size_of(window.height, window.width, size)
        return Grid(bounds=box, width=width, height=height, crs=crs)
    transform, whole_width, whole_height = get_vrt_transform(dataset, box, height, width, dst_crs=crs)
    height, width = size_of(whole_height, whole_width, size)
    return Grid(bounds=array_bounds(whole_height, whole_width, transform), width=width, height=height, crs=crs)


def size_of(height: float, width: float, size: Size) -> tuple[int, int]:
    """Return height and width of the image that rio-tiler would make of so many pixels."""
    found: tuple[int, int] = output_size(
        dataset_height=height, dataset_width=width, output_height=size[0], output_width=size[1], max_size=size[2]
    )
    return found
