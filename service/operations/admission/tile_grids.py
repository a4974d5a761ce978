"""In which grid a tile is asked for, and which tiles of it a link shares."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from service.errors import BadInput, Forbidden, NotFound
from tiling.errors import TileAddressInvalid
from tiling.geometry.matrix_tile import MatrixTile, scale_zoom
from tiling.geometry.tile_matrix import MAX_TILE_PIXELS, WEB_MERCATOR_QUAD
from tiling.geometry.zooms import TILE_PIXELS
from tiling.models import TileAddress

if TYPE_CHECKING:
    from service.links.link import Link
    from tiling.geometry.matrix_tile import Tile
    from tiling.geometry.tile_matrix import TileMatrix, TileMatrixSet
    from tiling.geometry.tile_matrix_sets import TileMatrixSets

_ROUNDING = 0.01
"""Zooms that a matrix may be finer than one of web mercator and still count as of its scale."""


def grid_for(grids: TileMatrixSets, link: Link, name: str | None) -> TileMatrixSet | None:
    """Return the grid of a name; None for web mercator's. Raises NotFound for one that the link does not offer."""
    if name is None or name == WEB_MERCATOR_QUAD:
        return None
    grid = grids.get(name) if name in link.tile_matrix_sets else None
    if grid is None:
        offered = ", ".join(one for one in link.tile_matrix_sets if one in grids)
        detail = f"This link has no tiles in a tile matrix set of this name; it has {offered}."
        raise NotFound("tile_matrix_set_not_found", detail, field="tile_matrix_set")
    return grid


def parse_address(grid: TileMatrixSet | None, z: int, x: int, y: int) -> Tile:
    """Return the address of a tile. Raises BadInput `tile_address_invalid`."""
    try:
        return TileAddress(z=z, x=x, y=y) if grid is None else MatrixTile(matrix_set=grid, z=z, x=x, y=y)
    except TileAddressInvalid as exc:
        raise BadInput("tile_address_invalid", f"There is no such tile: {exc}.", field=exc.field) from exc


def check_shared(link: Link, address: Tile, tilesize: int) -> None:
    """Raise Forbidden where the link does not share a tile's zoom, BadInput where the tile would be too large.

    Zooms of a link are those of web mercator. A matrix of another grid has the one of its scale denominator.
    """
    if isinstance(address, MatrixTile):
        largest = max(address.matrix.tile_width, address.matrix.tile_height)
        if tilesize > TILE_PIXELS and 2 * largest > MAX_TILE_PIXELS:
            detail = f"Tiles of this matrix are {largest} pixels wide or high already; ask for them as they are."
            raise BadInput("field_invalid", detail, field="tilesize")
        zoom = mercator_zoom(address.matrix_set, address.matrix)
    else:
        zoom = address.z
    nearest = link.clamp_zoom(zoom)
    if nearest != zoom:
        scale = "" if isinstance(address, TileAddress) else " of web mercator, which is its scale"
        raise Forbidden("permission_denied", f"This link does not share zoom {zoom}{scale}, but {nearest}.", field="z")


def mercator_zoom(grid: TileMatrixSet, matrix: TileMatrix) -> int:
    """Return the lowest zoom of web mercator that is as fine as a matrix, by scale denominators."""
    return max(0, math.ceil(scale_zoom(grid, matrix) - _ROUNDING))
