"""Lists of tiles: spread over a raster's zooms, never the same tile twice, the same list for the same seed."""

from __future__ import annotations

import random
from functools import cache
from typing import TYPE_CHECKING

import mercantile
import rasterio
from rasterio.warp import transform

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Tile = tuple[int, int, int]
"""Zoom, column, row."""
Zooms = tuple[int, int]
"""The smallest and the largest that are asked for."""

MARGIN = 0.02
"""Part of a raster's side that is left out at its edges."""
TRIES = 40


@cache
def _frame(path: Path) -> tuple[str, tuple[float, float, float, float]]:
    """Return a raster's CRS as WKT, and its left, bottom, right, top."""
    with rasterio.open(path) as raster:
        return raster.crs.to_wkt(), tuple(raster.bounds)


def point(path: Path, across: float, down: float) -> tuple[float, float]:
    """Return longitude and latitude of a place in a raster; 0, 0 is its upper left corner, 1, 1 its lower right one."""
    crs, (left, bottom, right, top) = _frame(path)
    (lon,), (lat,) = transform(crs, "EPSG:4326", [left + across * (right - left)], [top - down * (top - bottom)])
    return lon, lat


def random_tiles(path: Path, zooms: Zooms, count: int, seed: int, *, without: Iterable[Tile] = ()) -> list[Tile]:
    """Return tiles of a raster that each hold data, none twice and none of `without`.

    Each zoom has the same chance until all its tiles are taken, which the coarse ones are soon. There are fewer than
    `count` where the raster has no more.
    """
    choose = random.Random(seed)
    open_zooms = list(range(zooms[0], zooms[1] + 1))
    taken, tiles = set(without), list[Tile]()
    while open_zooms and len(tiles) < count:
        zoom = choose.choice(open_zooms)
        tile = _untaken(path, zoom, choose, taken)
        if tile is None:
            open_zooms.remove(zoom)
        else:
            taken.add(tile)
            tiles.append(tile)
    return tiles


def _untaken(path: Path, zoom: int, choose: random.Random, taken: set[Tile]) -> Tile | None:
    for _ in range(TRIES):
        lon, lat = point(path, choose.uniform(MARGIN, 1 - MARGIN), choose.uniform(MARGIN, 1 - MARGIN))
        found = mercantile.tile(lon, lat, zoom)
        tile = (zoom, found.x, found.y)
        if tile not in taken:
            return tile
    return None


def contains(path: Path, lon: float, lat: float, *, margin: float = 0.0) -> bool:
    """Whether a place is inside a raster; `margin`: not even near its edges, as a part of its sides."""
    crs, (left, bottom, right, top) = _frame(path)
    (x,), (y,) = transform("EPSG:4326", crs, [lon], [lat])
    across, down = (x - left) / (right - left), (top - y) / (top - bottom)
    return margin < across < 1 - margin and margin < down < 1 - margin
