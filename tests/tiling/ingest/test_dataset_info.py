"""What a raster as a whole says counts at every level, and what it declares is used."""

from pathlib import Path

import mercantile
import numpy as np
import pytest
import rasterio
from affine import Affine

from tests.tiling.raster_zoo import center_tile, decode, paint_at, source, tile_at, write
from tiling.analysis.values import Wanted, read_point
from tiling.errors import RasterRefused
from tiling.expression import ExpressionError, parse_expression
from tiling.geometry.vertical_units import metres_per
from tiling.ingest.inspect import inspect_raster
from tiling.ingest.optimise import optimise
from tiling.render import render_tile
from tiling.source.opening import borrow

PLACE = Affine(100.0, 0.0, 0.0, 0.0, -100.0, 51_200.0)
HALVES = np.repeat(np.where(np.arange(512) < 256, 0, 200)[None], 512, 0).astype("uint8")


@pytest.mark.parametrize("is_inside", [True, False])
def test_a_mask_written_after_the_overviews_hides_at_every_zoom(tmp_path: Path, is_inside: bool) -> None:
    path = write(tmp_path / "x.tif", np.full((512, 512), 40, "uint8"), transform=PLACE, overviews=(2, 4, 8))
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=is_inside), rasterio.open(path, "r+") as dataset:
        dataset.write_mask(np.where(HALVES, np.uint8(255), np.uint8(0)))
    for zoom in range(6, 10):
        left, bottom, right, top = tile_at(0.2, 0.2, zoom).mercator_bounds
        alpha = paint_at(path, tile_at(0.2, 0.2, zoom))[..., 3]
        row = int((top - 25_600) / (top - bottom) * 256)
        masked, shown = (int((x - left) / (right - left) * 256) for x in (12_800, 38_400))
        assert (alpha[row, masked], alpha[row, shown]) == (0, 255)


def test_nodata_told_after_the_overviews_hides_at_every_level(tmp_path: Path) -> None:
    path = write(tmp_path / "x.tif", HALVES, transform=PLACE, overviews=(2, 4))
    with rasterio.open(path, "r+") as dataset:
        dataset.nodata = 0
    with borrow(source(path)) as raster:
        assert [raster.level_for(factor).facts.nodata for factor in (1, 2, 4)] == [0, 0, 0]


def test_nodata_of_64_bits_is_exact(tmp_path: Path) -> None:
    path = write(tmp_path / "x.tif", np.array([[2**53, 2**53 + 1]], "int64"), transform=PLACE, nodata=2**53)
    path.write_bytes(path.read_bytes().replace(b"9007199254740992\0", b"9007199254740993\0"))
    with borrow(source(path)) as raster:
        assert raster.facts.nodata == 2**53 + 1
    for x, value in ((50.0, 2**53), (150.0, None)):
        lon, lat = mercantile.lnglat(x, 51_150)
        found = read_point(source(path), lon, lat, Wanted())
        assert found is not None
        assert [told for _, told in found] == [value]


@pytest.mark.parametrize(("west", "width"), [(0.0, 360), (-0.125, 360), (-180.125, 360)])
def test_longitudes_beyond_180_have_the_zoom_and_the_column_that_they_should(
    tmp_path: Path, west: float, width: int
) -> None:
    values = np.full((720, width * 4), 90, "uint8")
    path = write(tmp_path / "x.tif", values, crs="EPSG:4326", transform=Affine(0.25, 0, west, 0, -0.25, 90.0))
    assert inspect_raster(source(path)).maxzoom == 3
    assert paint_at(path, tile_at(179.99, 10.0, 6))[..., 3].all()


@pytest.mark.parametrize("unit", ["ft", "US survey foot", "foot"])
def test_heights_in_feet_are_told_in_metres_to_3d_clients(tmp_path: Path, unit: str) -> None:
    heights = (1000 + np.add.outer(np.arange(128), np.arange(128)) / 8) / (metres_per(unit) or 0)
    path = write(tmp_path / "dem.tif", heights.astype("float32"), transform=PLACE)
    with rasterio.open(path, "r+") as dataset:
        dataset.units = (unit,)
    description = inspect_raster(source(path))
    terrain = next(profile for profile in description.profiles if profile.id == "terrain-rgb")
    red, green, blue, alpha = paint_at(path, tile_at(0.05, 0.42, 13), terrain)[128, 128].astype(int)
    assert alpha == 255
    assert 999 < -10000 + (red * 65536 + green * 256 + blue) / 10 < 1040


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_where_0_is_white_low_values_are_bright_and_stay_so_when_optimised(tmp_path: Path, bits: int) -> None:
    path = write(
        tmp_path / "x.tif", np.ones((128, 128), "uint8"), transform=PLACE, photometric="MINISWHITE", nbits=bits
    )
    optimise(path, tmp_path / "fast.tif")
    with rasterio.open(tmp_path / "fast.tif") as dataset:
        white = 255 - 255 // (2**bits - 1)
        assert abs(int(dataset.read(1, masked=True).compressed().mean()) - white) <= 2
    assert paint_at(path, tile_at(0.05, 0.42, 12))[..., 0].max() == (254 if bits == 8 else 255 - 1)


def test_alpha_and_nodata_at_once_become_one_mask(tmp_path: Path) -> None:
    bands = np.full((4, 128, 128), 100, "uint8")
    bands[3, :64], bands[:3, :, :64] = 0, 0
    bands[3, 64:] = 255
    path = write(tmp_path / "x.tif", bands, transform=PLACE, photometric="RGB", alpha="YES", nodata=0)
    assert optimise(path, tmp_path / "fast.tif").is_picture
    with rasterio.open(path) as before, rasterio.open(tmp_path / "fast.tif") as dataset:
        shown = (dataset.dataset_mask() > 0).sum() * dataset.transform.a**2
        assert shown == pytest.approx(before.width * before.height / 4 * 100**2, rel=0.05)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_coordinate_system_beside_the_file_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "x.tif", HALVES, crs=None, transform=None)
    (tmp_path / "x.tfw").write_text("1\n0\n0\n-1\n0\n0\n")
    (tmp_path / "x.prj").write_text("…")
    with pytest.raises(RasterRefused, match=r"x\.tfw, x\.prj.*gdal_translate -a_srs x\.prj"):
        inspect_raster(source(path))


def test_a_plus_that_arrived_as_a_space_is_hinted_at() -> None:
    with pytest.raises(ExpressionError, match="%2B"):
        parse_expression("b1 b2")


@pytest.mark.parametrize("space", ["CMYK", "CIELAB"])
def test_colours_of_print_are_shown_as_rgb_and_refused_with_overviews_that_gdal_cannot_read(
    tmp_path: Path, space: str
) -> None:
    values = np.full((4 if space == "CMYK" else 3, 300, 300), 90, dtype="uint8")
    layout = {"photometric": space, "interleave": "pixel", "tiled": True, "blockxsize": 256, "blockysize": 256}
    path = write(tmp_path / "plain.tif", values, **layout)
    description = inspect_raster(source(path))
    with rasterio.open(path) as dataset:
        colour = dataset.read()[:3, 150, 150]
    tile = render_tile(source(path), center_tile(description), description.profiles[0])
    assert (decode(tile)[128, 128, :3] == colour).all()
    path = write(tmp_path / "overviews.tif", values, overviews=(2,), **layout)
    with pytest.raises(RasterRefused, match=f"{space} colours.*IGNORE_EXISTING"):
        inspect_raster(source(path))
