"""What WMTS is told of the grids that a link offers: those it has words for, and of them what is shared and of use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.operations.admission.tile_grids import mercator_zoom
from service.operations.recipient.wmts import WmtsGrid
from tiling.geometry.natural_sets import box_in, is_of_use, matrix_limits, native_zoom
from tiling.geometry.tile_matrix import WEB_MERCATOR_QUAD

if TYPE_CHECKING:
    from service.operations.recipient.shared_map import SharedMap
    from tiling.geometry.tile_matrix import TileMatrix, TileMatrixSet
    from tiling.geometry.tile_matrix_sets import TileMatrixSets


def wmts_grids(grids: TileMatrixSets, shared: SharedMap) -> tuple[WmtsGrid, ...]:
    """Return the grids of a map. Blocks: up to a tenth of a second.

    Rows that are counted from the bottom, columns that are several tiles wide and a CRS without a name are beyond WMTS
    1.0.0: those grids are left out.
    """
    found = list[WmtsGrid]()
    for name in shared.grids:
        grid = grids.get(name)
        if grid is None or not grid.is_wmts:
            continue
        box = box_in(grid, shared.footprint)
        if box is None:
            continue
        limits = tuple(each for each in matrix_limits(grid, box) if _is_listed(grid, each.matrix, shared))
        if limits:
            found.append(WmtsGrid(matrix_set=grid, bounds=box, limits=limits))
    return tuple(found)


def _is_listed(grid: TileMatrixSet, matrix: TileMatrix, shared: SharedMap) -> bool:
    if grid.id == WEB_MERCATOR_QUAD:
        return shared.minzoom <= matrix.z <= shared.maxzoom
    lowest, highest = shared.shared_zooms
    if not lowest <= mercator_zoom(grid, matrix) <= highest:
        return False
    finest = native_zoom(shared.footprint, shared.center[1], shared.maxzoom)
    return is_of_use(grid, matrix, shared.minzoom, finest)
