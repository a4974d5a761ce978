"""Rasters in odd places. Values tell where a pixel lies, so a tile can be checked without another warp."""

import time
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.warp import transform

from tests.tiling.raster_zoo import center_tile, decode, default_profile, paint_at, source, tile_at, write
from tiling.errors import RasterRefused, SourceUnreadable
from tiling.geometry.footprint import Footprint
from tiling.geometry.georeference import is_of_the_earth
from tiling.ingest.inspect import inspect_raster
from tiling.models import Profile, ProfileKind, TileAddress
from tiling.render import render_preview, render_tile


def latitude_profile(low: float, high: float) -> Profile:
    return Profile(id="g", label="G", kind=ProfileKind.RAW, rescale=((low, high),))


def longitudes(west: float, east: float, columns: int, rows: int) -> np.ndarray:
    step = (east - west) / columns
    return np.tile(np.linspace(west + step / 2, east - step / 2, columns, dtype=np.float32), (rows, 1))


def test_a_raster_in_0_to_360_degrees_paints_both_hemispheres(tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.tif", longitudes(0, 360, 360, 160), crs="EPSG:4326", transform=Affine(1, 0, 0, 0, -1, 80)
    )
    description = inspect_raster(source(path))
    assert description.bounds == (-180.0, -80.0, 180.0, 80.0)
    profile = latitude_profile(0, 360)
    for lon in (-170.0, -95.0, -1.0, 1.0, 95.0, 179.0):
        address = tile_at(lon, 10, 4)
        pixels = paint_at(path, address, profile)
        assert pixels[..., 3].all()
        west, _, east, _ = address.lonlat_bounds
        expected = ((west + east) / 2 % 360) / 360 * 255
        assert pixels[128, 128, 0] == pytest.approx(expected, abs=1.5)


@pytest.mark.parametrize("west", [170.0, -190.0], ids=["beyond 180", "before -180"])
def test_degrees_that_cross_180_paint_on_both_sides(tmp_path: Path, west: float) -> None:
    path = write(
        tmp_path / "x.tif", longitudes(0, 20, 200, 200), crs="EPSG:4326", transform=Affine(0.1, 0, west, 0, -0.1, 10)
    )
    description = inspect_raster(source(path))
    assert description.bounds[::2] == (-180.0, 180.0)
    assert abs(description.center[0]) > 169
    left = paint_at(path, tile_at(179.9, 0.1, 6), latitude_profile(0, 20))
    right = paint_at(path, tile_at(-179.9, 0.1, 6), latitude_profile(0, 20))
    assert left[..., 3].all()
    assert right[..., 3].all()
    assert abs(int(left[128, -1, 0]) - int(right[128, 0, 0])) <= 2
    assert int(right[128, 255, 0]) > int(left[128, 0, 0])
    assert render_tile(source(path), tile_at(0, 0, 6), latitude_profile(0, 20)).is_empty


def test_metres_that_cross_180_paint_on_both_sides(tmp_path: Path) -> None:
    xs, ys = transform("EPSG:4326", "EPSG:32601", [180.0], [60.0])
    left_edge = xs[0] - 100_000
    path = write(
        tmp_path / "x.tif",
        np.full((200, 200), 100, dtype=np.uint8),
        crs="EPSG:32601",
        transform=Affine(1000, 0, left_edge, 0, -1000, ys[0] + 100_000),
    )
    description = inspect_raster(source(path))
    assert description.bounds[::2] == (-180.0, 180.0)
    profile = default_profile(description)
    for zoom in range(description.minzoom, description.maxzoom + 1):
        assert decode(render_tile(source(path), center_tile(description, zoom), profile))[..., 3].any()
        for lon in (179.9, -179.9):
            assert decode(render_tile(source(path), tile_at(lon, 60, zoom), profile))[..., 3].any()
    preview = render_preview(source(path), profile)
    assert 0.3 < preview.width / preview.height < 3
    assert (decode(preview)[..., 3] > 0).mean() > 0.5


@pytest.mark.parametrize(("crs", "sign"), [("EPSG:3413", 1), ("EPSG:3031", -1)], ids=["north", "south"])
def test_a_raster_around_a_pole_is_the_whole_way_round_up_to_85_degrees(tmp_path: Path, crs: str, sign: int) -> None:
    around = Affine(10_000, 0, -2e6, 0, -10_000, 2e6)
    path = write(tmp_path / "x.tif", np.full((400, 400), 9, dtype=np.uint8), crs=crs, transform=around)
    description = inspect_raster(source(path))
    assert description.bounds[::2] == (-180.0, 180.0)
    assert abs(description.bounds[3 if sign > 0 else 1]) == 90.0
    profile = default_profile(description)
    for zoom in range(description.minzoom, description.maxzoom + 1):
        assert decode(render_tile(source(path), center_tile(description, zoom), profile))[..., 3].any()
        for lon in (-179.0, -90.0, 0.0, 90.0, 179.0):
            assert decode(render_tile(source(path), tile_at(lon, sign * 80.0, zoom), profile))[..., 3].any()
    assert render_tile(source(path), tile_at(10, sign * 40.0, 6), profile).is_empty
    assert not render_preview(source(path), profile).is_empty


def test_the_whole_world_in_degrees_is_painted_everywhere(tmp_path: Path) -> None:
    world = Affine(1, 0, -180, 0, -1, 90)
    path = write(tmp_path / "x.tif", np.full((180, 360), 50, dtype=np.uint8), crs="EPSG:4326", transform=world)
    description = inspect_raster(source(path))
    assert description.bounds == (-180.0, -90.0, 180.0, 90.0)
    assert description.minzoom == 0
    for zoom in (0, 1, 2):
        for x in range(2**zoom):
            for y in range(2**zoom):
                assert paint_at(path, TileAddress(z=zoom, x=x, y=y))[..., 3].all()


def test_a_geostationary_disk_is_painted_and_space_is_not(tmp_path: Path) -> None:
    crs = "+proj=geos +h=35785831 +lon_0=0 +sweep=y +ellps=WGS84"
    disk = Affine(20_000, 0, -5.5e6, 0, -20_000, 5.5e6)
    path = write(tmp_path / "x.tif", np.full((550, 550), 50, dtype=np.uint8), crs=crs, transform=disk)
    description = inspect_raster(source(path))
    assert -82 < description.bounds[0] < -60
    assert paint_at(path, tile_at(0.1, 0.1, 4))[..., 3].all()
    assert render_tile(source(path), tile_at(120, 0, 4), default_profile(description)).is_empty


def test_a_rotated_raster_lies_where_its_corners_say(tmp_path: Path) -> None:
    rotated = Affine.translation(1_000_000, 1_000_000) @ Affine.rotation(30) @ Affine.scale(100, -100)
    path = write(tmp_path / "x.tif", np.full((300, 300), 80, dtype=np.uint8), transform=rotated)
    inside, outside = rotated @ (150, 150), rotated @ (-40, 150)
    profile = Profile(id="g", label="G", kind=ProfileKind.RAW)
    for (x, y), painted in ((inside, True), (outside, False)):
        lons, lats = transform("EPSG:3857", "EPSG:4326", [x], [y])
        address = tile_at(lons[0], lats[0], 15)
        left, bottom, right, top = address.mercator_bounds
        row, column = int((top - y) / (top - bottom) * 256), int((x - left) / (right - left) * 256)
        tile = render_tile(source(path), address, profile)
        assert (not tile.is_empty and decode(tile)[row, column, 3] > 0) == painted
    assert inspect_raster(source(path)).maxzoom == 11


def test_a_south_up_raster_is_not_upside_down(tmp_path: Path) -> None:
    rows = np.repeat(np.arange(200, dtype=np.uint8)[:, None], 200, axis=1)
    north_up = write(tmp_path / "n.tif", rows, transform=Affine(1000, 0, 0, 0, -1000, 200_000))
    south_up = write(tmp_path / "s.tif", rows[::-1].copy(), transform=Affine(1000, 0, 0, 0, 1000, 0))
    address = tile_at(0.9, 0.9, 8)
    assert inspect_raster(source(south_up)).bounds == pytest.approx(inspect_raster(source(north_up)).bounds)
    np.testing.assert_array_equal(paint_at(south_up, address), paint_at(north_up, address))


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_raster_of_a_few_pixels_is_painted(tmp_path: Path, size: int) -> None:
    path = write(tmp_path / "x.tif", np.full((size, size), 200, dtype=np.uint8))
    description = inspect_raster(source(path))
    for zoom in range(description.minzoom, description.maxzoom + 4):
        assert paint_at(path, center_tile(description, zoom))[..., 3].any()


def test_control_points_with_nodata_keep_it(tmp_path: Path) -> None:
    values = np.full((100, 100), 50, dtype=np.uint8)
    values[:, :50] = 0
    places = [(row, col) for row in (0, 50, 100) for col in (0, 50, 100)]
    points = [GroundControlPoint(row=row, col=col, x=10 + col / 100, y=50 - row / 100) for row, col in places]
    path = write(tmp_path / "x.tif", values, crs="EPSG:4326", transform=None, gcps=points, nodata=0)
    description = inspect_raster(source(path))
    assert description.bounds == pytest.approx((10, 49, 11, 50), abs=0.05)
    alpha = paint_at(path, tile_at(10.5, 49.5, 8))[..., 3]
    assert alpha.any()
    assert not alpha.all()
    assert render_tile(source(path), tile_at(10.1, 49.5, 13), default_profile(description)).is_empty
    assert paint_at(path, tile_at(10.9, 49.5, 13))[..., 3].all()


@pytest.mark.parametrize(
    ("crs", "reason"),
    [
        pytest.param(None, "no coordinate system|no georeference", id="none"),
        pytest.param('LOCAL_CS["site",UNIT["metre",1]]', "coordinate system|longitude", id="local"),
    ],
)
def test_a_raster_that_cannot_be_placed_is_refused(tmp_path: Path, crs: str | None, reason: str) -> None:
    path = write(tmp_path / "x.tif", np.ones((10, 10), dtype=np.uint8), crs=crs)
    with pytest.raises(RasterRefused, match=reason):
        inspect_raster(source(path))


def test_pixels_without_size_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "x.tif", np.ones((10, 10), dtype=np.uint8), transform=Affine(1, 1, 0, 1, 1, 0))
    with pytest.raises(RasterRefused):
        inspect_raster(source(path))


def test_a_raster_beyond_the_map_is_refused(tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.tif", np.ones((10, 10), dtype=np.uint8), crs="EPSG:4326", transform=Affine(0.1, 0, 5, 0, -0.1, 89)
    )
    with pytest.raises(RasterRefused, match="85"):
        inspect_raster(source(path))


def test_a_tile_outside_the_bounds_is_empty_without_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "x.tif", np.ones((10, 10), dtype=np.uint8))
    monkeypatch.setattr("tiling.render.paint", lambda *_: pytest.fail("pixels were read"))
    tile = render_tile(source(path), tile_at(100, 50, 10), Profile(id="g", label="G", kind=ProfileKind.RAW))
    assert tile.is_empty
    assert tile.body is None


@pytest.mark.parametrize(
    ("west", "east", "lon", "touched"),
    [(170, 190, 179, True), (170, 190, -175, True), (170, 190, 0, False), (-180, 180, 0, True), (-10, 10, 5, True)],
)
def test_a_footprint_is_touched_on_both_sides_of_180(west: float, east: float, lon: float, touched: bool) -> None:
    footprint = Footprint(west=west, south=-5, east=east, north=5)
    assert footprint.touches(tile_at(lon, 0.1, 8)) == touched


MARS = (
    'PROJCS["Equirectangular Mars",GEOGCS["Mars",DATUM["D_Mars",SPHEROID["Mars",3396190,0]],PRIMEM["Reference",0],'
    'UNIT["degree",0.0174532925199433]],PROJECTION["Equirectangular"],PARAMETER["standard_parallel_1",0],'
    'PARAMETER["central_meridian",0],UNIT["metre",1]]'
)
CLARKE_IN_FEET = (
    'GEOGCRS["c",DATUM["d",ELLIPSOID["Clarke",20925832.16,293.4663,LENGTHUNIT["Clarke\'s foot",0.3047972654]]],'
    'CS[ellipsoidal,2],AXIS["lat",north],AXIS["lon",east],ANGLEUNIT["degree",0.0174532925199433]]'
)


@pytest.mark.parametrize(
    ("crs", "is_ours"),
    [
        ("EPSG:4326", True),
        ("EPSG:4267", True),
        ("EPSG:2276", True),
        ("+proj=sinu +R=6371007.181 +units=m", True),
        (CLARKE_IN_FEET, True),
        ('LOCAL_CS["x",UNIT["metre",1]]', True),
        (MARS, False),
        ("IAU_2015:49900", False),
        ("+proj=ob_tran +o_proj=longlat +o_lon_p=0 +o_lat_p=39 +lon_0=18 +R=1737400", False),
    ],
    ids=[
        "WGS 84",
        "NAD 27",
        "feet",
        "a sphere",
        "radius in feet",
        "no ellipsoid",
        "Mars",
        "named by IAU",
        "Moon, WKT 2",
    ],
)
def test_a_coordinate_system_is_of_the_earth_by_its_size(crs: str, is_ours: bool) -> None:
    assert is_of_the_earth(CRS.from_user_input(crs)) is is_ours


def test_a_raster_of_another_planet_is_refused_at_once_and_not_read_later(tmp_path: Path) -> None:
    grid = Affine(100, 0, 1000, 0, -100, 90000)
    path = write(tmp_path / "x.tif", np.ones((64, 64), np.float32), crs=MARS, transform=grid)
    start = time.process_time()
    with pytest.raises(RasterRefused, match="not of the Earth"):
        inspect_raster(source(path))
    with pytest.raises(SourceUnreadable):
        render_tile(source(path), tile_at(0, 0, 6), latitude_profile(0, 20))
    assert time.process_time() - start < 1


def test_a_coordinate_system_that_nothing_leads_out_of_is_refused_at_once(tmp_path: Path) -> None:
    """PROJ looks for an operation with each call, and took milliseconds for each of a thousand points."""
    path = write(tmp_path / "x.tif", np.ones((64, 64), np.float32), crs='LOCAL_CS["x",UNIT["metre",1]]')
    start = time.process_time()
    with pytest.raises(RasterRefused, match="cannot be turned into longitude and latitude"):
        inspect_raster(source(path))
    assert time.process_time() - start < 1
