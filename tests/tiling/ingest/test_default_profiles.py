from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from rasterio.enums import ColorInterp

from tests.tiling.raster_zoo import default_profile, real_rasters, source, write
from tests.tiling.test_hillshade import hills
from tiling.ingest.inspect import inspect_raster
from tiling.models import Profile, ProfileKind

RNG = np.random.default_rng(5)
PLACE = Affine(100.0, 0.0, 0.0, 0.0, -100.0, 12_800.0)
KINDS = {
    "RGB.byte.tif": ("rgb", "rgb"),
    "bahamas_rgb.tif": ("rgb", "rgb"),
    "rgba_cog_utm.tif": ("rgb", "rgb"),
    "colormap_cog.tif": ("index", "palette"),
    "landcover_colormap.tif": ("index", "palette"),
    "co_elevation_roi.tif": ("elevation", "relief"),
    "dem_int16.tif": ("elevation", "relief"),
    "float_nan_nodata_cog.tif": ("raw", "gray"),
    "mosaic_cog1.tif": ("raw", "rgb"),
    "s2_b09_uint16.tif": ("raw", "gray"),
    "shade.tif": ("raw", "gray"),
    "tiny_byte.tif": ("raw", "gray"),
}


def described(path: Path) -> dict[str, Profile]:
    return {profile.id: profile for profile in inspect_raster(source(path)).profiles}


def noise(bands: int, dtype: str = "uint16") -> np.ndarray:
    return RNG.integers(100, 4000, (bands, 128, 128)).astype(dtype)


@pytest.mark.parametrize("path", [path for path in real_rasters() if path.name in KINDS], ids=lambda path: path.name)
def test_a_real_raster_is_taken_for_what_it_is(path: Path) -> None:
    description = inspect_raster(source(path))
    assert (description.kind, default_profile(description).id) == KINDS[path.name]


def test_byte_colours_are_served_as_they_are(tmp_path: Path) -> None:
    path = write(tmp_path / "x.tif", RNG.integers(0, 255, (3, 64, 64), dtype="uint8"), photometric="rgb")
    profile = default_profile(inspect_raster(source(path)))
    assert (profile.kind, profile.bands, profile.rescale) == (ProfileKind.RGB, (1, 2, 3), ())


@pytest.mark.parametrize(
    ("names", "red_green_blue"),
    [
        pytest.param(("B02", "B03", "B04", "B08"), (3, 2, 1), id="sentinel-2"),
        pytest.param(("B1", "B2", "B3", "B4"), (4, 3, 2), id="sentinel-2, short"),
        pytest.param(("SR_B2", "SR_B3", "SR_B4", "SR_B5"), (3, 2, 1), id="landsat 8"),
        pytest.param(("NIR", "Red", "Green", "Blue"), (2, 3, 4), id="words"),
        pytest.param(("B4 - Red", "B3 - Green", "B2 - Blue", "B5 - Red edge"), (1, 2, 3), id="words in a phrase"),
    ],
)
def test_red_green_and_blue_are_found_by_name(
    tmp_path: Path, names: tuple[str, ...], red_green_blue: tuple[int, int, int]
) -> None:
    path = write(tmp_path / "x.tif", noise(4), transform=PLACE, descriptions=names)
    assert default_profile(inspect_raster(source(path))).bands == red_green_blue


def test_red_green_and_blue_are_found_by_colour_interpretation(tmp_path: Path) -> None:
    meanings = (ColorInterp.blue, ColorInterp.green, ColorInterp.red)
    path = write(tmp_path / "x.tif", noise(3), transform=PLACE, colorinterp=meanings)
    assert default_profile(inspect_raster(source(path))).bands == (3, 2, 1)


def test_near_infrared_gives_vegetation_and_colour_infrared(tmp_path: Path) -> None:
    path = write(tmp_path / "x.tif", noise(4), transform=PLACE, descriptions=("B02", "B03", "B04", "B08"))
    profiles = described(path)
    assert profiles["ndvi"].expression == "(b4-b3)/(b4+b3)"
    assert profiles["infrared"].bands == (4, 3, 2)


def test_wide_values_are_stretched_from_the_2nd_to_the_98th_percentile(tmp_path: Path) -> None:
    values = np.linspace(0, 10_000, 128 * 128).reshape(128, 128).astype("uint16")
    path = write(tmp_path / "x.tif", values, transform=PLACE)
    assert default_profile(inspect_raster(source(path))).rescale[0] == pytest.approx((200, 9800), rel=0.01)


def test_percentiles_pass_over_nodata_and_nan(tmp_path: Path) -> None:
    values = np.full((128, 128), -1e30, dtype="float32")
    values[:32], values[32:64] = np.nan, np.linspace(0.2, 0.4, 32 * 128).reshape(32, 128)
    path = write(tmp_path / "x.tif", values, transform=PLACE, nodata=-1e30)
    low, high = default_profile(inspect_raster(source(path))).rescale[0]
    assert 0.2 <= low < high <= 0.4


def test_the_margin_of_a_scene_is_taken_for_no_data_and_said_so(tmp_path: Path) -> None:
    values = noise(3)
    values[:, :20], values[:, -20:] = 0, 0
    path = write(tmp_path / "x.tif", values, transform=PLACE)
    description = inspect_raster(source(path))
    assert default_profile(description).nodata == 0
    assert default_profile(description).rescale[0][0] >= 100
    assert any("no data" in warning for warning in description.warnings)


@pytest.mark.parametrize(
    ("name", "values", "is_elevation"),
    [
        pytest.param("area.tif", hills(128), True, id="smooth floats"),
        pytest.param("area.tif", hills(128).astype("int16"), True, id="smooth int16"),
        pytest.param("srtm_38_03.tif", hills(128).astype("uint16"), True, id="named"),
        pytest.param("area.tif", hills(128).astype("uint16"), False, id="unsigned and not named"),
        pytest.param("area.tif", RNG.normal(0, 50, (128, 128)).astype("float32"), False, id="noise"),
        pytest.param("area.tif", hills(128) / 1000, False, id="small numbers"),
        pytest.param("area.tif", hills(128) * 1000, False, id="higher than mountains"),
        pytest.param(
            "academic.tif", RNG.normal(0, 50, (128, 128)).astype("float32"), False, id="a name that is no word"
        ),
    ],
)
def test_heights_are_recognised(tmp_path: Path, name: str, values: np.ndarray, is_elevation: bool) -> None:
    path = write(tmp_path / name, values, transform=PLACE)
    assert (inspect_raster(source(path)).kind == ProfileKind.ELEVATION) == is_elevation


def test_a_named_band_is_not_heights_by_looks_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "x.tif", hills(128), transform=PLACE, descriptions=("air temperature",))
    assert inspect_raster(source(path)).kind == ProfileKind.RAW


def test_heights_come_with_relief_its_parts_and_both_terrain_encodings(tmp_path: Path) -> None:
    profiles = described(write(tmp_path / "dem.tif", hills(128), transform=PLACE))
    assert list(profiles) == ["relief", "hillshade", "heights", "terrain-rgb", "terrarium"]
    assert profiles["terrain-rgb"].kind == profiles["terrarium"].kind == ProfileKind.TERRAIN


def test_a_large_raster_without_overviews_is_warned_about(tmp_path: Path) -> None:
    values = np.ones((1500, 100), dtype="uint8")
    plain = write(tmp_path / "x.tif", values)
    assert any("no overviews" in warning for warning in inspect_raster(source(plain)).warnings)
    built = write(tmp_path / "y.tif", values, overviews=(2, 4))
    assert not inspect_raster(source(built)).warnings


def test_bands_are_described(tmp_path: Path) -> None:
    path = write(tmp_path / "x.tif", noise(2), transform=PLACE, descriptions=("first", "second"), nodata=7)
    bands = inspect_raster(source(path)).bands
    assert [(band.index, band.dtype, band.description, band.nodata) for band in bands] == [
        (1, "uint16", "first", 7.0),
        (2, "uint16", "second", 7.0),
    ]


@pytest.mark.parametrize(("metres", "maxzoom"), [(156543, 0), (1222, 7), (611, 8), (9.55, 14), (0.3, 19)])
def test_the_last_zoom_is_that_of_the_rasters_own_pixels(tmp_path: Path, metres: float, maxzoom: int) -> None:
    path = write(tmp_path / "x.tif", np.ones((200, 200), "uint8"), transform=Affine(metres, 0, 0, 0, -metres, 0))
    description = inspect_raster(source(path))
    assert description.maxzoom == maxzoom
    assert description.minzoom <= maxzoom
