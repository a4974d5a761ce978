"""Which rasters are compared with rio-tiler, and at which tiles."""

import random
from pathlib import Path

import mercantile
from rasterio.warp import transform as transform_coordinates

from tests.tiling.against.reference_rasters import BLOCK, RECIPES, filled_blocks
from tests.tiling.raster_zoo import real_rasters, source
from tiling.ingest.inspect import inspect_raster
from tiling.models import TileAddress
from tiling.source.opening import borrow

NOT_COMPARED = {
    "corrupt.tif": "refused: truncated",
    "tiny_float_2x3.tif": "refused: no coordinate system",
    "gcps_only.tif": "placed by control points: rio-tiler fits one affine transform, we GDAL's polynomial",
}
REAL = {path.name: path for path in real_rasters()}
NAMES = [name for name in REAL if name not in NOT_COMPARED] + list(RECIPES)

_EDGES = [(0.5, 0.0), (0.0, 0.5), (1.0, 0.5), (0.5, 1.0), (0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)]


def addresses(name: str, path: Path) -> list[TileAddress]:
    """From one zoom above the coarsest overview to an oversampled one: the middle, and another place.

    The others are the edges, the corners and places inside, in an order that is the same in each run: one for every
    other zoom.
    """
    description = inspect_raster(source(path))
    with borrow(source(path)) as raster:
        middle, *others = [_lonlat(raster.dataset, place) for place in _places(name)]
    found = {}
    for turn, zoom in enumerate(range(max(description.minzoom - 1, 0), description.maxzoom + 2)):
        more = [others[turn % len(others)]] if turn % 2 else []
        for lon, lat in (middle, *more):
            found[mercantile.tile(lon, min(max(lat, -85.0), 85.0), zoom)] = None
    return [TileAddress(z=tile.z, x=tile.x, y=tile.y) for tile in found]


def _places(name: str) -> list[tuple[float, float]]:
    """Parts of the raster's width and height, the middle first."""
    seeded = random.Random(name)
    if name in RECIPES:
        columns, rows = RECIPES[name].width / BLOCK, RECIPES[name].height / BLOCK
        blocks = seeded.sample(filled_blocks(RECIPES[name]), 8)
        inside = [((column + seeded.random()) / columns, (row + seeded.random()) / rows) for column, row in blocks]
    else:
        inside = [(seeded.random(), seeded.random()) for _ in range(8)]
    others = _EDGES + inside
    seeded.shuffle(others)
    return [(0.5, 0.5), *others]


def _lonlat(dataset: object, place: tuple[float, float]) -> tuple[float, float]:
    x, y = dataset.transform @ (place[0] * dataset.width, place[1] * dataset.height)
    lons, lats = transform_coordinates(dataset.crs, "EPSG:4326", [x], [y])[:2]
    return lons[0], lats[0]
