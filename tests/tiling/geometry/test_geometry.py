"""Where pixels come from: rasters whose values are their own column and row, so that a tile tells what was read.

All in pixels of the overview that is read. The exact place of a tile's pixel is PROJ's, for its centre. Nearest takes
the source pixel in which that lies, whose own centre is up to half a pixel away; kernels that interpolate give the
place itself, as columns and rows are linear.
"""

import math
import tempfile
from pathlib import Path

import mercantile
import numpy as np
import pytest
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.warp import transform as transform_coordinates

from tests.tiling.against.reference import OUR_SLACK, SIZE, level_of, our_level, positions
from tests.tiling.against.reference_rasters import north_up
from tests.tiling.raster_zoo import source, write
from tiling.geometry.grid import tile_grid
from tiling.geometry.placement import TOLERANCE
from tiling.models import TileAddress
from tiling.profile import Resampling
from tiling.reading.grid_read import Pixels, read_pixels
from tiling.source.opening import borrow

BOUND = 2 * TOLERANCE
"""Pixels. Our net and GDAL judge their error by samples, so that it may be more at times."""
KERNEL_BOUND = 5 * TOLERANCE
"""GDAL's cubic kernel, widened for a grid coarser than the level, gives a line back 0.025 pixels off by itself."""
HALF = 0.5
CHECKED = np.add.outer(np.arange(SIZE), np.arange(SIZE)) % 3 == 0
"""One pixel of three, in diagonals: PROJ takes its time."""

GRIDS = {
    "UTM": ("EPSG:32632", north_up(600_000.0, 5_200_000.0, 10.0)),
    "degrees": ("EPSG:4326", north_up(7.0, 47.0, 1 / 3600)),
    "web mercator": ("EPSG:3857", north_up(1_000_000.0, 6_000_000.0, 10.0)),
    "web mercator, aligned": ("EPSG:3857", north_up(0.0, 2_504_688.542848654, 156543.03392804097 / 2**13)),
    "polar": ("EPSG:3413", north_up(-200_000.0, -1_400_000.0, 500.0)),
    "equal area": ("EPSG:3035", north_up(4_200_000.0, 3_200_000.0, 100.0)),
    "across the antimeridian": ("EPSG:32660", north_up(690_000.0, 8_200_000.0, 60.0)),
    "rotated": ("EPSG:32632", Affine.translation(600_000.0, 5_200_000.0) @ Affine.rotation(30) @ Affine.scale(10, -10)),
    "turned by 90°": ("EPSG:3857", Affine(0.0, -10.0, 1_000_000.0, 10.0, 0.0, 6_000_000.0)),
    "south up": ("EPSG:32632", Affine(10.0, 0.0, 600_000.0, 0.0, 10.0, 5_190_000.0)),
}


def write_places(path: Path, crs: str, transform: Affine, width: int, height: int, overviews: tuple[int, ...]) -> Path:
    """Two bands: column and row of each pixel's centre, of full resolution; averages in overviews are their centres."""
    rows, columns = np.mgrid[0:height, 0:width].astype("float32") + 0.5
    layout = {"tiled": True, "blockxsize": 256, "blockysize": 256}
    return write(path, np.stack([columns, rows]), crs=crs, transform=transform, overviews=overviews, **layout)


def read(path: Path, address: TileAddress, resampling: Resampling = "nearest") -> Pixels:
    with borrow(source(path)) as raster:
        return read_pixels(raster, tile_grid(address, SIZE), (1, 2), resampling=resampling, nodata=None)


def misplacement(path: Path, address: TileAddress, pixels: Pixels, level: int | None) -> tuple[float, float]:
    """How far the places read are from the exact ones at most, and the depth of wrongly hidden or shown pixels."""
    with level_of(path, None) as full, level_of(path, level) as dataset:
        scale = np.array([[full.width / dataset.width], [full.height / dataset.height]])
        size = np.array([[dataset.width], [dataset.height]])
        at = positions(dataset, address, CHECKED)
    shown = pixels.alpha[CHECKED] > 0
    off = np.abs(pixels.values[:, CHECKED] / scale - at)[:, shown]
    outside = np.where(np.isfinite(at), np.maximum(-at, at - size), np.inf).max(axis=0)
    wrong = np.abs(np.where(shown, np.maximum(outside, 0), np.minimum(outside, 0)))
    return float(off.max(initial=0.0)), float(wrong.max())


def tiles(path: Path, places: list[tuple[float, float]], deeper: tuple[int, ...]) -> list[TileAddress]:
    """Tiles at parts of the raster's width and height, so many zooms deeper than where pixels are about its own."""
    with borrow(source(path)) as raster:
        dataset, native = raster.dataset, round(math.log2(156543.03392804097 / raster.pixel_size))
        xs, ys = zip(*(dataset.transform @ (x * dataset.width, y * dataset.height) for x, y in places), strict=True)
        lons, lats = transform_coordinates(dataset.crs, "EPSG:4326", xs, ys)[:2]
    zooms = {min(max(native + more, 0), 24) for more in deeper}
    near = {
        mercantile.tile(lon, lat, zoom) for zoom in zooms for lon, lat in zip(lons, lats, strict=True) if abs(lat) < 85
    }
    return [TileAddress(z=tile.z, x=tile.x, y=tile.y) for tile in sorted(near)]


@pytest.mark.parametrize(("crs", "transform"), GRIDS.values(), ids=GRIDS)
def test_no_pixel_is_taken_from_beside_its_place(crs: str, transform: Affine, tmp_path: Path) -> None:
    path = write_places(tmp_path / "places.tif", crs, transform, 1536, 1024, (2, 4, 8))
    for address in tiles(path, [(0.5, 0.5), (0.0, 0.0), (0.3, 1.0)], (-4, -2, -1, 0, 2)):
        off, wrongly_hidden = misplacement(path, address, read(path, address), our_level(path, address))
        assert off < HALF + BOUND, address
        assert wrongly_hidden < BOUND, address


@pytest.mark.parametrize("resampling", ["bilinear", "cubic"])
@pytest.mark.parametrize(("crs", "transform"), GRIDS.values(), ids=GRIDS)
def test_what_is_interpolated_is_of_its_place(
    crs: str, transform: Affine, resampling: Resampling, tmp_path: Path
) -> None:
    """Far from the edges, where a kernel finds all that it asks for."""
    path = write_places(tmp_path / "places.tif", crs, transform, 1536, 1024, (2, 4))
    for address in tiles(path, [(0.5, 0.5)], (-1, 0, 1)):
        pixels = read(path, address, resampling)
        margin = 32
        inner = (
            (pixels.values > margin).all(axis=0)
            & (pixels.values[0] < 1536 - margin)
            & (pixels.values[1] < 1024 - margin)
        )
        inside = Pixels(values=pixels.values, alpha=np.where(inner, np.uint8(255), np.uint8(0)))
        assert inner[CHECKED].any()
        assert misplacement(path, address, inside, our_level(path, address))[0] < KERNEL_BOUND, address


PLACES = {
    32632: (7e5, 5e6),
    32719: (4e5, 7e6),
    4326: (20.0, 40.0),
    3857: (-3e6, -2e6),
    3413: (5e5, -2e6),
    3035: (4e6, 3e6),
    2056: (2.6e6, 1.2e6),
}
"""Where rasters of a CRS (EPSG) begin."""


@st.composite
def grids(draw: st.DrawFn) -> tuple[str, Affine]:
    """A CRS, and any affine grid in it but very flat ones: turned, sheared, mirrored."""
    code = draw(st.sampled_from(sorted(PLACES)))
    side = 10 ** draw(st.floats(0, 2.5)) * (1 / 111_000 if code == 4326 else 1.0)
    stretched, sheared = draw(st.floats(0.5, 2.0)), draw(st.floats(-20, 20))
    turned, mirrored = draw(st.sampled_from([0, 0, 90, 180]) | st.floats(-180, 180)), draw(st.sampled_from([-1, 1]))
    placed = Affine.translation(*PLACES[code]) @ Affine.rotation(turned) @ Affine.shear(sheared, 0)
    return f"EPSG:{code}", placed @ Affine.scale(side, mirrored * side * stretched)


@settings(max_examples=25, deadline=None)
@given(
    grid=grids(),
    width=st.integers(24, 700),
    height=st.integers(24, 700),
    overviews=st.sampled_from([(), (2,), (2, 4), (3, 8)]),
    place=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    deeper=st.integers(-3, 3),
)
def test_any_grid_is_read_where_it_lies(
    grid: tuple[str, Affine],
    width: int,
    height: int,
    overviews: tuple[int, ...],
    place: tuple[float, float],
    deeper: int,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write_places(Path(folder) / "places.tif", *grid, width, height, overviews)
        for address in tiles(path, [place], (deeper,)):
            pixels = read(path, address)
            levels = {our_level(path, address, slack) for slack in (OUR_SLACK - 0.001, OUR_SLACK + 0.001)}
            found = [misplacement(path, address, pixels, level) for level in levels]
            assert min(max(off - HALF, wrongly_hidden) for off, wrongly_hidden in found) < BOUND
