"""Tiles of other tile matrix sets beside rio-tiler's: a raster in the set's own CRS shows the same nearest pixels."""

import math
from pathlib import Path

import morecantile
import numpy as np
import pytest
from affine import Affine
from morecantile import Tile
from rio_tiler.io import Reader as RioTilerReader

from tests.tiling.against.reference import Sampled
from tests.tiling.against.reference_rasters import north_up
from tests.tiling.grids import SETS
from tests.tiling.raster_zoo import source, write
from tiling import Reader
from tiling.geometry.grid import tile_grid
from tiling.geometry.matrix_tile import MatrixTile
from tiling.reading.grid_read import read_pixels
from tiling.source.opening import borrow

SIDE = 512
OWN_CRS = {
    "UTM31WGS84Quad": ("EPSG:32631", north_up(499_990.0, 5_300_003.0, 10.0)),
    "EuropeanETRS89_LAEAQuad": ("EPSG:3035", north_up(4_200_050.0, 3_200_010.0, 100.0)),
    "UPSArcticWGS84Quad": ("EPSG:5041", north_up(1_900_000.0, 2_100_000.0, 3_000.0)),
    "UPSAntarcticWGS84Quad": ("EPSG:5042", north_up(1_900_000.0, 2_100_000.0, 3_000.0)),
    "NZTM2000Quad": ("EPSG:2193", north_up(1_600_000.0, 5_400_000.0, 20.0)),
    "CanadianNAD83_LCC": ("EPSG:3978", north_up(-200_000.0, 500_000.0, 250.0)),
    "WGS1984Quad": ("EPSG:4326", north_up(2.0, 48.0, 1 / 3600)),
    "WebMercatorQuad": ("EPSG:3857", north_up(300_003.0, 6_200_001.0, 10.0)),
}


def unlike(path: Path, transform: Affine) -> Path:
    """No two neighbours are alike."""
    values = np.random.default_rng(11).integers(0, 2**16, (1, SIDE, SIDE), dtype="uint16")
    return write(path, values, transform=transform, crs=OWN_CRS[path.stem][0])


def edges(tile: MatrixTile, transform: Affine) -> np.ndarray:
    """Which pixels of a tile have their centre so near to the edge of a raster's pixel that rounding decides."""
    matrix, (left, _, _, top) = tile.matrix, tile.bounds
    rows, columns = np.mgrid[: matrix.tile_height, : matrix.tile_width] + 0.5
    at = ~transform @ (left + columns * matrix.cell_size, top - rows * matrix.cell_size)
    return np.any([np.abs(axis - np.round(axis)) < 1e-3 for axis in at], axis=0)


@pytest.mark.parametrize("name", OWN_CRS)
def test_a_raster_in_the_sets_own_crs_is_shown_as_rio_tiler_shows_it(tmp_path: Path, name: str) -> None:
    """All tiles at its own resolution and one finer; pole and edges of the raster among them.

    rio-tiler draws one pixel of a tile more beyond the raster's edge, so that only what both show is compared there.
    """
    transform, tms = OWN_CRS[name][1], morecantile.tms.get(name)
    path = unlike(tmp_path / f"{name}.tif", transform)
    left, top, right, bottom = *(transform @ (0, 0)), *(transform @ (SIDE, SIDE))
    with RioTilerReader(str(path), tms=tms) as theirs, Reader(str(path), tms=tms) as ours:
        for z in (theirs.maxzoom, theirs.maxzoom + 1):
            for x, y in tiles_of(name, z, (left, bottom, right, top)):
                tile = MatrixTile(matrix_set=SETS[name], z=z, x=x, y=y)
                expected, found = Sampled.of(theirs.tile(x, y, z)), Sampled.of(ours.tile(x, y, z))
                with borrow(source(path)) as raster:
                    size = tile.matrix.tile_width
                    read = read_pixels(raster, tile_grid(tile, size), (1,), resampling="nearest", nodata=None)
                near = edges(tile, transform)
                for image in (found, Sampled(values=read.values, valid=read.alpha > 0)):
                    both = image.valid & expected.valid & ~near
                    assert (image.values[0] == expected.values[0])[both].all(), (x, y, z)
                    assert not (image.valid & ~expected.valid & ~near).any(), (x, y, z)
                    beyond = expected.valid & ~image.valid
                    assert beyond.sum() <= 2 * math.hypot(*beyond.shape), (x, y, z)


def tiles_of(name: str, z: int, box: tuple[float, float, float, float]) -> list[tuple[int, int]]:
    """A corner, the middle, and the opposite corner of what lies under a box."""
    matrix = SETS[name].matrices[z]
    left, bottom, right, top = box
    west, north = matrix.top_left
    sides = matrix.cell_size * matrix.tile_width, matrix.cell_size * matrix.tile_height
    found = [
        (math.floor((x - west) / sides[0]), math.floor((north - y) / sides[1]))
        for x, y in ((left, top), ((left + right) / 2, (top + bottom) / 2), (right, bottom))
    ]
    return sorted({place for place in found if Tile(*place, z) and min(place) >= 0})
