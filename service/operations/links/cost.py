"""What a link could cost at most: the tiles of its area at each zoom that its map shows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from service.catalogue.item import Item
from service.delivery.images.areas import clip_extent
from service.operations.links.cost_models import LinkCost, ZoomCost
from service.operations.links.rules import clip_of
from tiling.geometry.tile_matrix import WEB_MERCATOR_QUAD
from tiling.geometry.zooms import TILE_PIXELS, WORLD, mercator_y

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from service.catalogue.collection import LinkTarget
    from service.links.link import Link
    from tiling.geometry.union import Extent
    from tiling.models import Bounds, RasterDescription


def cost_of(link: Link, targets: Sequence[LinkTarget]) -> LinkCost:
    """Return what a link could cost at most; nothing for what has no tiles. Blocks: areas are cut."""
    counts: dict[int, int] = {}
    if WEB_MERCATOR_QUAD in link.tile_matrix_sets:
        for extent in _extents(link, targets):
            for zoom in range(link.clamp_zoom(extent.minzoom), link.clamp_zoom(extent.maxzoom) + 1):
                counts[zoom] = counts.get(zoom, 0) + tiles_in(extent.box, zoom)
    return _cost(counts.items())


def tiles_in(box: Bounds, zoom: int) -> int:
    """Return how many tiles of a zoom touch a box in unwrapped degrees (west, south, east, north)."""
    west, south, east, north = box
    across: int = 2**zoom
    columns = max(1, _last((east + 180) / 360 * across) - math.floor((west + 180) / 360 * across) + 1)
    first, last = (_row(latitude) * across for latitude in (north, south))
    rows = max(1, min(across - 1, _last(last)) - min(across - 1, math.floor(first)) + 1)
    return min(columns, across) * rows


def _extents(link: Link, targets: Sequence[LinkTarget]) -> Iterator[Extent | RasterDescription]:
    """Yield where each target lies, as far as the link shares it."""
    clip = None if link.area is None else clip_of(link.area)
    for target in targets:
        extent = None if isinstance(target, Item) and target.features is not None else target.extent
        shared = extent if clip is None or extent is None else clip_extent(clip, extent)
        if shared is not None:
            yield shared


def _last(place: float) -> int:
    """Return the last tile that a box reaches into: one that only touches its edge does not count."""
    return math.ceil(place) - 1


def _row(latitude: float) -> float:
    """Return how far south of its upper edge web mercator's square has a latitude, from 0 to 1."""
    return min(1.0, max(0.0, 0.5 - mercator_y(latitude) / WORLD))


def _cost(counts: Iterable[tuple[int, int]]) -> LinkCost:
    zooms = tuple(ZoomCost(zoom=zoom, tiles=tiles, pixels=tiles * TILE_PIXELS**2) for zoom, tiles in sorted(counts))
    return LinkCost(tiles=sum(one.tiles for one in zooms), pixels=sum(one.pixels for one in zooms), zooms=zooms)
