import math
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from rasterio.crs import CRS

from tests.tiling.raster_zoo import decode, paint_at, source, tile_at, write
from tiling.errors import ProfileInvalid
from tiling.geometry.grid import Grid, ground_cells
from tiling.hillshade import hillshade, terrain_rgb, terrarium
from tiling.ingest.inspect import inspect_raster
from tiling.models import Bounds, ImageFormat, Profile, ProfileKind, TileAddress
from tiling.render import render_tile

FLAT = round(math.sin(math.radians(45)) * 255)
EQUATOR = (0.0, -1.0, 100.0, 101.0)
SHADE = Profile(id="h", label="H", kind=ProfileKind.ELEVATION, bands=(1,), algorithm="hillshade", resampling="bilinear")
TERRAIN = {
    name: Profile(id="t", label="T", kind=ProfileKind.TERRAIN, bands=(1,), algorithm=name, resampling="bilinear")
    for name in ("terrainrgb", "terrarium")
}


def shaded(heights: np.ndarray, valid: np.ndarray, bounds: Bounds) -> np.ndarray:
    """The relief of heights within bounds in web mercator."""
    grid = Grid(bounds=bounds, width=heights.shape[1], height=heights.shape[0])
    return hillshade(heights, valid, *(cells[1:-1] for cells in ground_cells(grid)))


def test_cells_of_any_grid_are_those_of_the_ground() -> None:
    """At 60° a degree of longitude is half as wide as one of latitude; a stereographic pole has its own metres."""
    degree = Grid(bounds=(10.0, 59.5, 11.0, 60.5), width=1, height=1, crs=CRS.from_epsg(4326))
    across, down = (float(cells[0, 0]) for cells in ground_cells(degree))
    assert across / down == pytest.approx(0.5, rel=1e-2)
    polar = Grid(
        bounds=(1_999_000.0, 1_999_000.0, 2_001_000.0, 2_001_000.0), width=2, height=2, crs=CRS.from_epsg(5041)
    )
    for cells in ground_cells(polar):
        assert np.abs(cells - 1000).max() < 15


def hills(size: int) -> np.ndarray:
    """Smooth heights of some hundred metres."""
    at = np.linspace(0, 12, size)
    return (500 + 300 * np.outer(np.sin(at), np.cos(at * 1.3))).astype("float32")


def decoded(pixels: np.ndarray, algorithm: str) -> np.ndarray:
    """Heights in metres, by the two published formulas."""
    red, green, blue = (pixels[..., channel].astype(float) for channel in range(3))
    if algorithm == "terrainrgb":
        return -10000 + (red * 65536 + green * 256 + blue) * 0.1
    return red * 256 + green + blue / 256 - 32768


@settings(max_examples=50, deadline=None)
@given(hnp.arrays(np.float32, (4, 4), elements=st.floats(-11_000, 9_000, width=32)))
def test_terrain_colours_decode_to_the_heights(heights: np.ndarray) -> None:
    ours = np.clip(heights, -10_000, None)
    assert np.abs(decoded(terrain_rgb(heights), "terrainrgb") - ours).max() <= 0.05 + 1e-3
    assert np.abs(decoded(terrarium(heights), "terrarium") - heights).max() <= 1 / 512 + 1e-3


def test_level_ground_is_lit_by_the_sine_of_the_altitude() -> None:
    assert (shaded(np.full((12, 12), 300, np.float32), np.ones((12, 12), bool), EQUATOR) == FLAT).all()


def test_a_slope_is_shaded_as_horns_formula_says() -> None:
    """A plane that rises to the east by 1 in 2, lit from the north-west at 45°."""
    cell = 100 / 12
    plane = np.tile(np.arange(12, dtype=np.float32) * cell / 2, (12, 1))
    slope, aspect, light, azimuth = math.atan(0.5), math.radians(270), math.radians(45), math.radians(315)
    expected = math.sin(light) * math.cos(slope) + math.cos(light) * math.sin(slope) * math.cos(azimuth - aspect)
    assert np.abs(shaded(plane, np.ones((12, 12), bool), EQUATOR).astype(int) - expected * 255).max() <= 1


def test_slopes_are_those_of_the_ground_not_of_the_projection() -> None:
    """At 60° a metre of the projection is half a metre of ground, so slopes are twice as steep."""
    plane = np.tile(np.arange(12, dtype=np.float32), (12, 1))
    y = 6378137 * math.asinh(math.tan(math.radians(60)))
    at_60 = shaded(plane, np.ones((12, 12), bool), (0, y, 100, y + 1))
    at_0 = shaded(plane * 2, np.ones((12, 12), bool), EQUATOR)
    assert np.abs(at_60.astype(int) - at_0.astype(int)).max() <= 1


def test_a_hole_casts_no_shadow() -> None:
    heights = np.full((12, 12), 300, np.float32)
    valid = np.ones((12, 12), bool)
    heights[5, 5], valid[5, 5] = -3.4e38, False
    shade = shaded(heights, valid, EQUATOR)
    shade[4, 4] = FLAT  # the hole itself, which is masked
    assert (shade == FLAT).all()


@pytest.mark.parametrize("zoom", [9, 11, 13], ids=lambda zoom: f"zoom {zoom}")
def test_neighbouring_tiles_join_without_a_seam(tmp_path: Path, zoom: int) -> None:
    """A tile of 512 pixels at zoom z shows what four of 256 do at zoom z + 1, but for GDAL's approximation.

    GDAL transforms to an eighth of a pixel, over different extents; on these slopes that is a few levels of shade.
    Along the seam the difference must not be larger than anywhere else.
    """
    path = write(tmp_path / "dem.tif", hills(900), crs="EPSG:32632", transform=Affine(60, 0, 5e5, 0, -60, 5.3e6))
    parent = tile_at(9.3, 47.6, zoom)
    whole = paint_at(path, parent, SHADE, size=512).astype(int)
    quarters = [
        [paint_at(path, TileAddress(z=zoom + 1, x=2 * parent.x + i, y=2 * parent.y + j), SHADE) for i in (0, 1)]
        for j in (0, 1)
    ]
    joined = np.vstack([np.hstack(row) for row in quarters]).astype(int)
    difference = np.abs(joined - whole)[..., 0]
    seam = np.concatenate([difference[254:258].ravel(), difference[:, 254:258].ravel()])
    assert seam.max() <= 6
    assert seam.mean() <= max(difference.mean() * 1.5, 0.5)


@pytest.mark.parametrize("algorithm", ["terrainrgb", "terrarium"])
@pytest.mark.parametrize("image_format", [ImageFormat.PNG, ImageFormat.WEBP])
def test_terrain_tiles_hold_the_heights(tmp_path: Path, algorithm: str, image_format: ImageFormat) -> None:
    path = write(tmp_path / "dem.tif", hills(256), transform=Affine(100, 0, 0, 0, -100, 25_600))
    address = tile_at(0.11, 0.11, 11)
    tile = decode(render_tile(source(path), address, TERRAIN[algorithm], image_format))
    step = 0.1 if algorithm == "terrainrgb" else 1 / 256
    heights = decoded(tile, algorithm)
    left, bottom, right, top = address.mercator_bounds
    columns = (left + (np.arange(256) + 0.5) * (right - left) / 256) / 100 - 0.5
    rows = (25_600 - (top - (np.arange(256) + 0.5) * (top - bottom) / 256)) / 100 - 0.5
    at = np.linspace(0, 12, 256)
    expected = 500 + 300 * np.outer(
        np.sin(np.interp(rows, range(256), at)), np.cos(np.interp(columns, range(256), at) * 1.3)
    )
    assert np.abs(heights - expected).max() < step + 1.0  # a metre for bilinear between samples of a curve


def test_terrain_without_data_is_sea_level_and_opaque(tmp_path: Path) -> None:
    heights = hills(256)
    heights[:, :128] = -9999
    path = write(tmp_path / "dem.tif", heights, transform=Affine(100, 0, 0, 0, -100, 25_600), nodata=-9999)
    tile = paint_at(path, tile_at(0.11, 0.11, 9), TERRAIN["terrainrgb"])
    assert (tile[..., 3] == 255).all()
    assert decoded(tile, "terrainrgb")[0, 0] == pytest.approx(0, abs=0.05)
    assert decoded(tile, "terrainrgb").min() >= -0.05


def test_terrain_is_never_encoded_with_loss(tmp_path: Path) -> None:
    path = write(tmp_path / "dem.tif", hills(64))
    with pytest.raises(ProfileInvalid) as error:
        render_tile(source(path), tile_at(0.01, 0.8, 8), TERRAIN["terrarium"], ImageFormat.JPG)
    assert error.value.field == "format"


def test_whole_metres_of_int16_are_shaded_too(tmp_path: Path) -> None:
    path = write(tmp_path / "dem.tif", hills(256).astype("int16"), transform=Affine(100, 0, 0, 0, -100, 25_600))
    for profile in inspect_raster(source(path)).profiles:
        assert decode(render_tile(source(path), tile_at(0.11, 0.11, 11), profile))[..., 3].all()
