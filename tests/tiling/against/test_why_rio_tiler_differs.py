"""Why some 44 % of nearest pixels differ from rio-tiler's, proved by changing one thing at a time.

rio-tiler lays a grid of the raster's own resolution over the tile and asks GDAL for that, reduced to the tile's size.
Asked for *all* bands of the grid, GDAL warps onto the tile directly (`VRTWarpedDataset::IRasterIO`). Asked for *some*,
as by `indexes=(1, 2, 3)` of four, it warps onto the grid at the overview's resolution and takes every so many-th pixel
of that: nearest twice. The second step moves the place by up to half a source pixel either way, evenly spread, and a
move by d ends in the neighbour with the chance |d|: 1/4 of pixels along either axis, 1 - (3/4)² = 7/16 = 44 % in all.
"""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.vrt import WarpedVRT
from rio_tiler.utils import get_vrt_transform

from tests.tiling.against.reference import EXACT, MERCATOR, SIZE, Sampled, exact_tile, level_of, rio_tiler_tile
from tests.tiling.against.reference_rasters import north_up
from tests.tiling.raster_zoo import source, tile_at, write
from tiling.geometry.grid import tile_grid
from tiling.models import TileAddress
from tiling.reading.grid_read import read_pixels
from tiling.source.opening import borrow

SEVEN_SIXTEENTHS = 7 / 16
MANY, FEW = 0.25, 0.002
SOME_BANDS, ALL_BANDS = (1, 2, 3), (1, 2, 3, 4)
UTM_GRID = north_up(500_000.0, 5_000_000.0, 10.0)
OVERVIEW, NATIVE = tile_at(9.06, 45.05, 12), tile_at(9.06, 45.05, 13)
LEVELS = {OVERVIEW: 0, NATIVE: None}
both_zooms = pytest.mark.parametrize("address", [OVERVIEW, NATIVE], ids=["overview", "native"])


@pytest.fixture(scope="module")
def four_bands(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four bands of uint16 noise in UTM: no two neighbours alike, so that each pixel tells which one it is."""
    return noise(tmp_path_factory.mktemp("why") / "four.tif", "uint16", 4)


def noise(path: Path, dtype: str, bands: int) -> Path:
    values = np.random.default_rng(5).integers(0, np.iinfo(dtype).max, (bands, 2048, 2048), dtype=dtype)
    layout = {"tiled": True, "blockxsize": 512, "blockysize": 512, "interleave": "pixel"}
    return write(path, values, crs="EPSG:32632", transform=UTM_GRID, overviews=(2, 4), **layout)


def share_that_differs(one: Sampled, other: Sampled, bands: tuple[int, ...] = SOME_BANDS) -> float:
    chosen = [Sampled(values=s.values[: len(bands)], valid=s.valid) for s in (one, other)]
    return float(chosen[0].differs(chosen[1]).mean())


def nearest_twice(path: Path, address: TileAddress) -> np.ndarray:
    """What GDAL does for some bands: warp onto the grid at the overview's resolution, then take pixels of that."""
    with level_of(path, None) as dataset:
        transform, width, height = get_vrt_transform(dataset, address.mercator_bounds, SIZE, SIZE)
        factor = 1 if LEVELS[address] is None else dataset.overviews(1)[LEVELS[address]]
    width, height = (round(side / factor) for side in (width, height))
    left, bottom, right, top = address.mercator_bounds
    transform = rasterio.transform.from_bounds(left, bottom, right, top, width, height)
    columns, rows = (np.floor((np.arange(SIZE) + 0.5) * side / SIZE).astype(int) for side in (width, height))
    with level_of(path, LEVELS[address]) as dataset:
        options = {"crs": MERCATOR, "transform": transform, "width": width, "height": height}
        with WarpedVRT(dataset, **options) as grid:
            return grid.read(SOME_BANDS)[:, rows][:, :, columns]


def test_some_bands_of_four_differ_in_seven_pixels_of_sixteen(four_bands: Path) -> None:
    """On average: the grids of raster and rio-tiler keep step within a tile, which then has from 0 to 12 of 16."""
    shares = []
    for dx, dy in np.ndindex(4, 2):
        address = TileAddress(z=NATIVE.z, x=NATIVE.x + dx, y=NATIVE.y + dy)
        theirs = rio_tiler_tile(four_bands, address, SOME_BANDS, EXACT)
        shares.append(share_that_differs(theirs, exact_tile(four_bands, address, None)))
    assert np.mean(shares) == pytest.approx(SEVEN_SIXTEENTHS, abs=0.04)


@both_zooms
def test_they_are_nearest_taken_twice(address: TileAddress, four_bands: Path) -> None:
    assert (rio_tiler_tile(four_bands, address, SOME_BANDS).values == nearest_twice(four_bands, address)).all()


@both_zooms
def test_all_bands_of_four_are_equal(address: TileAddress, four_bands: Path) -> None:
    """What differs is left of GDAL's approximation, which was allowed a thousandth of a source pixel."""
    theirs = rio_tiler_tile(four_bands, address, ALL_BANDS, EXACT)
    assert share_that_differs(theirs, exact_tile(four_bands, address, LEVELS[address]), ALL_BANDS) < FEW


@both_zooms
def test_all_bands_differ_as_well_where_gdals_direct_warp_is_switched_off(
    address: TileAddress, four_bands: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = exact_tile(four_bands, address, LEVELS[address])
    with rasterio.Env(GDAL_VRT_WARP_USE_DATASET_RASTERIO="NO"):
        theirs = rio_tiler_tile(four_bands, address, ALL_BANDS, EXACT)
    assert share_that_differs(theirs, exact, ALL_BANDS) > MANY


def test_neither_type_nor_number_of_bands_matters(tmp_path: Path) -> None:
    path = noise(tmp_path / "three.tif", "uint8", 3)
    exact = exact_tile(path, NATIVE, None)
    assert share_that_differs(rio_tiler_tile(path, NATIVE, (1, 2, 3), EXACT), exact) < FEW
    assert share_that_differs(rio_tiler_tile(path, NATIVE, (1,), EXACT), exact, (1,)) > MANY


def test_the_default_approximation_alone_moves_a_few_pixels(four_bands: Path) -> None:
    exact = exact_tile(four_bands, OVERVIEW, 0)
    assert FEW < share_that_differs(rio_tiler_tile(four_bands, OVERVIEW, ALL_BANDS), exact, ALL_BANDS) < 0.06


@pytest.mark.parametrize("decimation", [1.75, 1.95])
def test_rio_tiler_takes_an_overview_up_to_a_fifth_too_coarse_and_we_do_not(decimation: float, tmp_path: Path) -> None:
    """A tile with fewer than two source pixels for one of its own: rio-tiler reads the overview of 2."""
    side = 40_075_016.685578488 / 2**12 / 256 / decimation
    values = np.random.default_rng(5).integers(0, 255, (1, 1024, 1024), dtype="uint8")
    path = write(tmp_path / "wide.tif", values, transform=north_up(1e6, 6e6, side), overviews=(2,))
    address = tile_at(9.07, 47.3, 12)
    fine, coarse = exact_tile(path, address, None), exact_tile(path, address, 0)
    assert share_that_differs(rio_tiler_tile(path, address, tolerance=EXACT), coarse, (1,)) < FEW
    with borrow(source(path)) as raster:
        pixels = read_pixels(raster, tile_grid(address, SIZE), (1,), resampling="nearest", nodata=None)
    ours = Sampled(values=pixels.values, valid=pixels.alpha > 0)
    assert share_that_differs(ours, fine, (1,)) < MANY < share_that_differs(ours, coarse, (1,))
