"""Tiles a second: our server beside TiTiler, on the same rasters and the same lists of tiles, taking turns.

Ours checks the key and meters every tile before it is sent, and has its tile cache switched off; TiTiler does neither
of the two, and has no cache.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

import mercantile

from benchmarks.load import Result, run_load
from benchmarks.servers import SharedRaster, tilegate, titiler

CONNECTIONS = 8
TILES = 300
ROUNDS = 3
SEED = 1
FORMATS = ("jpg", "png", "webp")


def main(rasters: Sequence[Path]) -> None:
    """Print a line per raster and format: both rates, and how many times the other's ours is."""
    print(f"{TILES} random tiles over {CONNECTIONS} connections, best of {ROUNDS}: tiles/s (median ms, 99 % ms)")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with tilegate(rasters, folder / "ours", {}) as shared, titiler(folder / "titiler.log") as peer:
            for raster in shared:
                for image_format in FORMATS:
                    ours, theirs = asyncio.run(_measure(raster, peer, image_format))
                    ratio = ours.rate / theirs.rate
                    what = f"{raster.path.name} {image_format}"
                    print(
                        f"{what:<32} tilegate {_show(ours)}   titiler {_show(theirs)}   ratio {ratio:.2f}", flush=True
                    )


async def _measure(raster: SharedRaster, peer: str, image_format: str) -> tuple[Result, Result]:
    best: dict[str, Result] = {}
    for number in range(ROUNDS):
        tiles = random_tiles(raster, SEED + number)
        lists = {
            "ours": [raster.tile(*tile).replace(".png?", f".{image_format}?") for tile in tiles],
            "theirs": [_titiler_url(peer, raster, image_format, tile) for tile in tiles],
        }
        for server, urls in lists.items():
            result = await run_load(urls, CONNECTIONS)
            if server not in best or result.rate > best[server].rate:
                best[server] = result
    return best["ours"], best["theirs"]


def random_tiles(raster: SharedRaster, seed: int) -> list[tuple[int, int, int]]:
    """Return tiles inside the raster's bounds, spread over its zooms. The same seed gives the same list."""
    choose = random.Random(seed)
    west, south, east, north = raster.tilejson["bounds"]
    tiles = []
    for _ in range(TILES):
        zoom = choose.randint(raster.tilejson["minzoom"], raster.tilejson["maxzoom"])
        tile = mercantile.tile(choose.uniform(west, east), choose.uniform(south, north), zoom)
        tiles.append((zoom, tile.x, tile.y))
    return tiles


def _titiler_url(peer: str, raster: SharedRaster, image_format: str, tile: tuple[int, int, int]) -> str:
    z, x, y = tile
    query = {"url": str(raster.path), **RENDERING.get(raster.path.name, {})}
    return f"{peer}/cog/tiles/WebMercatorQuad/{z}/{x}/{y}.{image_format}?{urlencode(query)}"


RENDERING = {
    "island-elevation.tif": {"rescale": "0,1940", "colormap_name": "terrain"},
    "co_elevation_roi.tif": {"rescale": "2500,4300", "colormap_name": "terrain"},
    "mosaic_cog1.tif": {"rescale": "0,3000", "bidx": "1"},
}
"""What TiTiler is asked for where a raster is not shown as it is."""


def _show(result: Result) -> str:
    return f"{result.rate:6.1f} ({result.median * 1000:5.1f}, {result.slow * 1000:6.1f})"
