"""Tiles of all matrix sets: where they lie by morecantile, and that what is read for them is of its place by PROJ."""

import math
import tempfile
from pathlib import Path

import morecantile
import numpy as np
import pytest
from affine import Affine
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from morecantile import Tile as MorecantileTile
from rasterio.warp import transform as transform_coordinates

from tests.tiling.against.reference_rasters import north_up
from tests.tiling.geometry.test_geometry import BOUND, HALF, write_places
from tests.tiling.grids import POLAR_NORTH, SETS, own_set
from tests.tiling.raster_zoo import source
from tiling.errors import TileAddressInvalid
from tiling.geometry.georeference import WGS84, transform_points
from tiling.geometry.grid import Grid, tile_grid
from tiling.geometry.matrix_tile import MatrixTile
from tiling.geometry.tile_matrix import WEB_MERCATOR_QUAD, TileMatrixSet
from tiling.profile import Resampling
from tiling.reading.grid_read import Pixels, read_pixels
from tiling.source.opening import borrow

OTHERS = [name for name in SETS if name != WEB_MERCATOR_QUAD]
EVERY = 11
"""One pixel of so many is checked: PROJ takes its time."""

RASTERS = {
    "UTM": ("EPSG:32631", north_up(500_000.0, 5_300_000.0, 10.0)),
    "degrees": ("EPSG:4326", north_up(2.0, 48.0, 1 / 3600)),
    "arctic": (POLAR_NORTH, north_up(-900_000.0, 600_000.0, 2_000.0)),
    "arctic, turned": (
        "EPSG:5041",
        Affine.translation(1_800_000.0, 2_300_000.0) @ Affine.rotation(30) @ Affine.scale(1_600, -1_600),
    ),
    "antarctic": ("EPSG:3031", north_up(-800_000.0, 550_000.0, 2_000.0)),
    "New Zealand": ("EPSG:2193", north_up(1_600_000.0, 5_400_000.0, 20.0)),
    "Europe": ("EPSG:3035", north_up(4_200_000.0, 3_200_000.0, 100.0)),
    "Canada": ("EPSG:3978", north_up(-200_000.0, 500_000.0, 250.0)),
    "web mercator": ("EPSG:3857", north_up(300_000.0, 6_200_000.0, 10.0)),
    "across the antimeridian": ("EPSG:32660", north_up(690_000.0, 8_200_000.0, 60.0)),
}
FITTING = [
    ("UTM", "UTM31WGS84Quad"),
    ("UTM", "WorldCRS84Quad"),
    ("UTM", "EuropeanETRS89_LAEAQuad"),
    ("UTM", "GNOSISGlobalGrid"),
    ("degrees", "WGS1984Quad"),
    ("degrees", "WorldMercatorWGS84Quad"),
    ("degrees", "UTM31WGS84Quad"),
    ("arctic", "UPSArcticWGS84Quad"),
    ("arctic", "PolarNorth"),
    ("arctic", "GNOSISGlobalGrid"),
    ("arctic, turned", "UPSArcticWGS84Quad"),
    ("arctic, turned", "CDB1GlobalGrid"),
    ("antarctic", "UPSAntarcticWGS84Quad"),
    ("antarctic", "LINZAntarticaMapTilegrid"),
    ("New Zealand", "NZTM2000Quad"),
    ("New Zealand", "CDB1GlobalGrid"),
    ("Europe", "EuropeanETRS89_LAEAQuad"),
    ("Europe", "Upwards"),
    ("Canada", "CanadianNAD83_LCC"),
    ("web mercator", "Wide"),
    ("web mercator", "WorldCRS84Quad"),
    ("across the antimeridian", "WorldCRS84Quad"),
]


def tile_at(matrix_set: TileMatrixSet, z: int, lon: float, lat: float) -> MatrixTile | None:
    """The tile that holds a place, by morecantile's rule for columns that are one; None where none does."""
    xs, ys = transform_points(WGS84, matrix_set.crs, np.array([lon]), np.array([lat]))
    matrix = matrix_set.matrices[z]
    left, top = matrix.top_left
    across, down = (xs[0] - left) / matrix.cell_size / matrix.tile_width, (top - ys[0]) / matrix.cell_size
    column, row = math.floor(across), math.floor(down / matrix.tile_height)
    row = matrix.height - 1 - row if matrix.counts_upwards else row
    if not (0 <= column < matrix.width and 0 <= row < matrix.height):
        return None
    return MatrixTile(matrix_set=matrix_set, z=z, x=column, y=row)


def tiles(
    path: Path, matrix_set: TileMatrixSet, places: list[tuple[float, float]], deeper: list[int]
) -> list[MatrixTile]:
    """Tiles at parts of a raster's width and height, so many matrices deeper than where pixels are about its own."""
    found = set[MatrixTile]()
    with borrow(source(path)) as raster:
        dataset = raster.dataset
        xs, ys = zip(*(dataset.transform @ (x * dataset.width, y * dataset.height) for x, y in places), strict=True)
        lons, lats = transform_coordinates(dataset.crs, WGS84, xs, ys)[:2]
        for lon, lat in zip(lons, lats, strict=True):
            fitting = [
                z
                for z in matrix_set.matrices
                if (tile := tile_at(matrix_set, z, lon, lat)) and raster.decimation(tile_grid(tile, 256)) > 0.7
            ]
            for more in deeper:
                z = min(max((max(fitting, default=0)) + more, min(matrix_set.matrices)), max(matrix_set.matrices))
                tile = tile_at(matrix_set, z, lon, lat)
                found |= set() if tile is None else {tile}
    return sorted(found, key=lambda tile: (tile.z, tile.x, tile.y))


def misplacement(path: Path, grid: Grid, resampling: Resampling = "nearest") -> tuple[float, float, Pixels]:
    """How far what is read is from the exact place, in pixels of the level, and how deep wrongly hidden ones lie."""
    with borrow(source(path)) as raster:
        pixels = read_pixels(raster, grid, (1, 2), resampling=resampling, nodata=None)
        level = raster.level_for(raster.decimation(grid)).facts
        whole, inverse, crs = raster.facts, raster.facts.inverse, raster.dataset.crs
    rows, columns = np.mgrid[0 : grid.height, 0 : grid.width]
    checked = (rows + columns) % EVERY == 0
    xs, ys = grid.transform @ (columns[checked] + 0.5, rows[checked] + 0.5)
    east, north = transform_points(grid.crs, crs, np.asarray(xs), np.asarray(ys))
    scale = np.array([[whole.width / level.width], [whole.height / level.height]])
    size = np.array([[level.width], [level.height]])
    at = np.array(inverse @ (east, north)) / scale
    shown = pixels.alpha[checked] > 0
    off = np.abs(pixels.values[:, checked] / scale - at)[:, shown]
    outside = np.where(np.isfinite(at), np.maximum(-at, at - size), np.inf).max(axis=0)
    wrong = np.abs(np.where(shown, np.maximum(outside, 0), np.minimum(outside, 0)))
    return float(off.max(initial=0.0)), float(wrong.max(initial=0.0)), pixels


@pytest.mark.parametrize("name", [name for name in OTHERS if name in morecantile.tms.list()])
def test_tiles_lie_where_morecantile_has_them(name: str) -> None:
    theirs, ours = morecantile.tms.get(name), SETS[name]
    for z, matrix in ours.matrices.items():
        for x in {0, matrix.width // 3, matrix.width - 1}:
            for y in {0, matrix.height // 3, matrix.height - 1}:
                tile = MatrixTile(matrix_set=ours, z=z, x=x, y=y)
                assert tile.bounds == tuple(theirs.xy_bounds(MorecantileTile(x, y, z))), (z, x, y)


@pytest.mark.parametrize("name", ["Upwards", "Wide"])
def test_own_grids_lie_where_morecantile_has_them(name: str) -> None:
    theirs, ours = own_set(name), SETS[name]
    for z in ours.matrices:
        for place in ((0, 0), (1, 1)) if z else ((0, 0),):
            tile = MatrixTile(matrix_set=ours, z=z, x=place[0], y=place[1])
            assert tile.bounds == tuple(theirs.xy_bounds(MorecantileTile(*place, z)))


@pytest.mark.parametrize(
    ("place", "field"),
    [((99, 0, 0), "z"), ((-1, 0, 0), "z"), ((1, 2, 0), "x"), ((1, 0, 2), "y"), ((1, -1, 0), "x"), ((1, 0, -1), "y")],
)
def test_an_address_outside_of_the_grid_is_refused(place: tuple[int, int, int], field: str) -> None:
    z, x, y = place
    with pytest.raises(TileAddressInvalid) as refused:
        MatrixTile(matrix_set=SETS["UPSArcticWGS84Quad"], z=z, x=x, y=y)
    assert refused.value.field == field


def test_columns_that_are_one_tile_have_one_address() -> None:
    gnosis = SETS["GNOSISGlobalGrid"]
    row = [MatrixTile(matrix_set=gnosis, z=2, x=x, y=0) for x in range(16)]
    assert [tile.x for tile in row] == [0] * 4 + [4] * 4 + [8] * 4 + [12] * 4
    assert len({tile.place for tile in row}) == 4
    assert row[5].bounds == (-90.0, 67.5, 0.0, 90.0)
    assert [MatrixTile(matrix_set=gnosis, z=2, x=x, y=3).x for x in range(3)] == [0, 1, 2]


@pytest.mark.parametrize(("raster", "name"), FITTING)
def test_pixels_of_any_grid_are_of_their_place(raster: str, name: str, tmp_path: Path) -> None:
    path = write_places(tmp_path / "places.tif", *RASTERS[raster], 768, 512, (2, 4))
    seen = 0
    for tile in tiles(path, SETS[name], [(0.5, 0.5), (0.3, 1.0)], [-2, 0, 2]):
        off, wrongly_hidden, pixels = misplacement(path, tile_grid(tile, 256))
        assert off < HALF + BOUND, tile
        assert wrongly_hidden < BOUND, tile
        seen += int((pixels.alpha > 0).any())
    assert seen > 1


@settings(max_examples=20, deadline=None)
@given(
    raster=st.sampled_from(sorted(RASTERS)),
    name=st.sampled_from(OTHERS),
    place=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    deeper=st.integers(-5, 3),
    scale=st.sampled_from([256, 512]),
)
def test_pixels_of_random_tiles_are_of_their_place(
    raster: str, name: str, place: tuple[float, float], deeper: int, scale: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write_places(Path(folder) / "places.tif", *RASTERS[raster], 700, 500, (2, 4))
        found = tiles(path, SETS[name], [place], [deeper])
        assume(found)
        off, wrongly_hidden, _ = misplacement(path, tile_grid(found[0], scale))
        assert off < HALF + BOUND
        assert wrongly_hidden < BOUND
