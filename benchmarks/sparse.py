"""Rasters from 1,000 to 100,000 pixels a side, which hold data in a few places and are therefore made quickly."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import mercantile
import rasterio
from rasterio.enums import Resampling
from rasterio.windows import Window

from benchmarks import scenery
from benchmarks.addresses import Tile, Zooms, point
from benchmarks.rasters import FOLDER, RasterClass, Rendering, transform_of

if TYPE_CHECKING:
    from pathlib import Path

SPOT = 1024  # pixels a side of a place that holds data
SPOTS = 16
LEVELS = 3
"""Zooms below the raster's own resolution that are asked for: the same of every size, so that sizes compare."""
OPTIONS = {"driver": "GTiff", "tiled": True, "blockxsize": 512, "blockysize": 512, "compress": "DEFLATE"}


def sparse_class(side: int) -> RasterClass:
    """Return a gray raster of `side` pixels; what holds no data is not stored."""
    return RasterClass(
        name=f"sparse-{side}",
        label=f"{side:,} pixels a side",
        side=side,
        quick_side=side,
        formats=("jpg",),
        rendering=Rendering(bands=(1,), rescale=(0, 255)),
        base=lambda: scenery.colours()[:1],
        profile={"crs": "EPSG:32632", "dtype": "uint8", "count": 1, "nodata": 0},
        cog={},
    )


def make_sparse(kind: RasterClass) -> Path:
    """Write it with overviews unless it is there; return its path. Blocks for up to half a minute."""
    path = kind.path(quick=False)
    if path.exists():
        return path
    FOLDER.mkdir(parents=True, exist_ok=True)
    started, unfinished = time.monotonic(), path.with_suffix(".part.tif")
    ground = kind.base()[:, : min(SPOT, kind.side), : min(SPOT, kind.side)]
    size = {"width": kind.side, "height": kind.side, "transform": transform_of(kind, kind.side)}
    with rasterio.open(
        unfinished, "w", **OPTIONS, **size, **kind.profile, SPARSE_OK=True, BIGTIFF="IF_SAFER"
    ) as raster:
        for left, top in spots(kind.side):
            raster.write(ground, window=Window(left, top, *ground.shape[1:]))
    factors = [2**level for level in range(1, 12) if kind.side / 2**level >= 256]
    with (
        rasterio.Env(SPARSE_OK_OVERVIEW="YES", GDAL_NUM_THREADS="ALL_CPUS", COMPRESS_OVERVIEW="DEFLATE"),
        rasterio.open(unfinished, "r+") as raster,
    ):
        raster.build_overviews(factors, Resampling.nearest)
    unfinished.replace(path)
    print(f"made {path.name} in {time.monotonic() - started:.0f} s", flush=True)
    return path


def spots(side: int) -> list[tuple[int, int]]:
    """Return the left upper corners of what holds data, in pixels; the same for the same size."""
    choose, last = random.Random(side), max(side // SPOT - 1, 0)
    corners = [(SPOT * choose.randint(0, last), SPOT * choose.randint(0, last)) for _ in range(SPOTS)]
    return list(dict.fromkeys(corners))


def spot_tiles(kind: RasterClass, zooms: Zooms, count: int, seed: int) -> list[Tile]:
    """Return different tiles that hold data, of the raster's own resolution and the coarser zooms below it."""
    choose, found = random.Random(seed), dict[Tile, None]()
    path, corners = kind.path(quick=False), spots(kind.side)
    for _ in range(count * 20):
        left, top = choose.choice(corners)
        across, down = (choose.uniform(0.1, 0.9) * min(SPOT, kind.side) for _ in range(2))
        column, row = left + across, top + down
        lon, lat = point(path, column / kind.side, row / kind.side)
        tile = mercantile.tile(lon, lat, choose.randint(max(zooms[0], zooms[1] - LEVELS), zooms[1]))
        found[(tile.z, tile.x, tile.y)] = None
        if len(found) == count:
            break
    return list(found)
