"""A person looks around: the viewports of a seeded walk over a raster, and the tiles that a map asks for in each."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import mercantile

from benchmarks.addresses import Tile, Zooms, contains, point

if TYPE_CHECKING:
    from pathlib import Path

WIDTH, HEIGHT = 1280, 800  # pixels of the viewport
IMPATIENCE = 0.25
"""How often the person moves on before the viewport is full."""
MARGIN = 0.1
"""Part of the raster's sides over which the viewport's centre does not walk."""
STAYS = 30
"""Attempts to find a way that does not leave the raster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What the map wants at one place."""

    tiles: tuple[Tile, ...]
    """From the centre outwards, as MapLibre orders them; only those that hold data."""
    is_left_early: bool
    """Whether the person moves on when a third of the tiles has come."""


def walk(path: Path, zooms: Zooms, steps: int, seed: int, pixels: int) -> list[View]:
    """Return the views of a person who zooms in, pans, and zooms out again. The same seed gives the same walk."""
    choose = random.Random(seed)
    lowest, highest = zooms[0] + 1, zooms[1] - (1 if pixels > 256 else 0)
    lon, lat = point(path, choose.uniform(0.3, 0.7), choose.uniform(0.3, 0.7))
    zoom, views = min(lowest, highest), list[View]()
    while len(views) < steps:
        tiles = viewport(path, lon, lat, zoom, pixels)
        views.append(View(tiles=tiles, is_left_early=choose.random() < IMPATIENCE))
        lon, lat, zoom = _move(choose, path, (lon, lat, zoom), (lowest, highest), pixels)
    return views


def _move(
    choose: random.Random, path: Path, place: tuple[float, float, int], zooms: Zooms, pixels: int
) -> tuple[float, float, int]:
    lon, lat, zoom = place
    what = choose.random()
    if what < 0.3 and zoom < zooms[1]:
        zoom += 1
    elif what > 0.85 and zoom > zooms[0]:
        zoom -= 1
    for _ in range(STAYS):
        angle, far = choose.uniform(0, 2 * math.pi), choose.uniform(0.3, 0.9)
        x, y = world(lon, lat, zoom)
        moved = degrees(x + far * WIDTH / pixels * math.cos(angle), y + far * HEIGHT / pixels * math.sin(angle), zoom)
        if contains(path, *moved, margin=MARGIN):
            return (*moved, zoom)
    return lon, lat, zoom


def viewport(path: Path, lon: float, lat: float, zoom: int, pixels: int) -> tuple[Tile, ...]:
    """Return the tiles of `pixels` that a viewport around a place shows, nearest to its centre first."""
    x, y = world(lon, lat, zoom)
    across, down = WIDTH / pixels / 2, HEIGHT / pixels / 2
    columns = range(math.floor(x - across), math.floor(x + across) + 1)
    rows = range(math.floor(y - down), math.floor(y + down) + 1)
    tiles = [(zoom, column, row) for column in columns for row in rows if _holds_data(path, (zoom, column, row))]
    return tuple(sorted(tiles, key=lambda tile: math.hypot(tile[1] + 0.5 - x, tile[2] + 0.5 - y)))


def _holds_data(path: Path, tile: Tile) -> bool:
    west, south, east, north = mercantile.bounds(tile[1], tile[2], tile[0])
    return contains(path, (west + east) / 2, (south + north) / 2)


def world(lon: float, lat: float, zoom: int) -> tuple[float, float]:
    """Return column and row of a place, with fractions."""
    y = math.asinh(math.tan(math.radians(lat))) / math.pi
    return (lon + 180) / 360 * 2**zoom, (1 - y) / 2 * 2**zoom


def degrees(x: float, y: float, zoom: int) -> tuple[float, float]:
    """Return longitude and latitude of a column and row."""
    return x / 2**zoom * 360 - 180, math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / 2**zoom))))
