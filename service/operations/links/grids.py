"""In which tile matrix sets a link offers its tiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.errors import BadInput
from tiling.geometry.natural_sets import lies_in, natural_set
from tiling.geometry.tile_matrix import WEB_MERCATOR_QUAD
from tiling.models import RasterDescription

if TYPE_CHECKING:
    from collections.abc import Sequence

    from service.catalogue.collection import LinkTarget
    from tiling.geometry.tile_matrix_sets import TileMatrixSets
    from tiling.models import Bounds


def offered_sets(
    grids: TileMatrixSets, asked: tuple[str, ...] | None, targets: Sequence[LinkTarget]
) -> tuple[str, ...]:
    """Return the ids of the grids that a link to some targets offers, web mercator's first. Blocks.

    `asked`: beside that one; None: those that suit the rasters. Raises BadInput for a grid that there is not, or that
    none of the rasters can be brought to.
    """
    if asked is None:
        return tuple(dict.fromkeys((WEB_MERCATOR_QUAD, *_natural(grids, targets))))
    for name in asked:
        _check(grids, name, targets)
    return tuple(dict.fromkeys((WEB_MERCATOR_QUAD, *asked)))


def _natural(grids: TileMatrixSets, targets: Sequence[LinkTarget]) -> list[str]:
    found = list[str]()
    for target in targets:
        extent = target.extent
        if extent is None or not target.profiles:  # no raster: there is nothing to be warped
            continue
        crs = extent.crs if isinstance(extent, RasterDescription) else None
        name = natural_set(grids, crs, extent.box)
        if name is not None and _holds(grids, name, extent.box):
            found.append(name)
    return found


def _check(grids: TileMatrixSets, name: str, targets: Sequence[LinkTarget]) -> None:
    if name not in grids:
        raise BadInput(
            "field_invalid",
            f"There is no tile matrix set {name}; there are {', '.join(grids)}.",
            field="tile_matrix_sets",
        )
    extents = [target.extent for target in targets if target.extent is not None and target.profiles]
    if extents and not any(_holds(grids, name, extent.box) for extent in extents):
        raise BadInput(
            "field_invalid",
            f"The raster cannot be brought to {name}: nothing of it lies in that grid.",
            field="tile_matrix_sets",
        )


def _holds(grids: TileMatrixSets, name: str, footprint: Bounds) -> bool:
    grid = grids.get(name)
    return grid is not None and (name == WEB_MERCATOR_QUAD or lies_in(grid, footprint))
