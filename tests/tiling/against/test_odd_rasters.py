"""Data types, masks and bands that files really come with."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.enums import ColorInterp

from tests.tiling.raster_zoo import GRAY, center_tile, decode, default_profile, paint_at, source, tile_at, write
from tiling.errors import ProfileInvalid, RasterRefused, SourceUnreadable
from tiling.ingest.inspect import inspect_raster
from tiling.models import ImageFormat, Profile, ProfileKind
from tiling.render import render_tile

RAMP = np.linspace(0, 1, 128 * 128).reshape(128, 128)
PLACE = Affine(100.0, 0.0, 0.0, 0.0, -100.0, 12_800.0)


def shown(path: Path, profile: Profile | None = None, image_format: ImageFormat = ImageFormat.PNG) -> np.ndarray:
    description = inspect_raster(source(path))
    zoom = description.maxzoom
    tile = render_tile(
        source(path), center_tile(description, zoom), profile or default_profile(description), image_format
    )
    return decode(tile)


@pytest.mark.parametrize(
    "dtype", ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"]
)
def test_every_real_type_is_stretched_to_be_seen(tmp_path: Path, dtype: str) -> None:
    top = 100 if dtype in ("int8", "uint8") else 30_000
    path = write(tmp_path / "x.tif", (RAMP * top).astype(dtype), transform=PLACE, nodata=None)
    description = inspect_raster(source(path))
    for profile in description.profiles:
        pixels = shown(path, profile)
        assert pixels[..., 3].any()
        assert np.unique(pixels[pixels[..., 3] > 0][:, :3], axis=0).shape[0] > 10


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_complex_numbers_are_refused(tmp_path: Path, dtype: str) -> None:
    path = write(tmp_path / "x.tif", RAMP.astype(dtype), transform=PLACE)
    with pytest.raises(RasterRefused, match="complex"):
        inspect_raster(source(path))


@pytest.mark.parametrize("dtype", ["float32", "int16", "uint32"])
def test_an_alpha_band_that_gdal_does_not_understand_is_refused(tmp_path: Path, dtype: str) -> None:
    meanings = (ColorInterp.gray, ColorInterp.alpha)
    path = write(tmp_path / "x.tif", np.ones((2, 64, 64), dtype=dtype), transform=PLACE, colorinterp=meanings)
    with pytest.raises(RasterRefused, match="alpha"):
        inspect_raster(source(path))


def test_infinities_and_nan_are_holes(tmp_path: Path) -> None:
    values = RAMP * 10
    values[:64, :64], values[64:, :64] = np.inf, np.nan
    values[:64, 64:] = -np.inf
    path = write(tmp_path / "x.tif", values.astype("float64"), transform=PLACE)
    description = inspect_raster(source(path))
    low, high = default_profile(description).rescale[0]
    assert 0 <= low < high <= 10
    alpha = decode(
        render_tile(source(path), center_tile(description, description.minzoom), default_profile(description))
    )[..., 3]
    painted = (alpha > 0).sum()
    whole = write(tmp_path / "y.tif", RAMP, transform=PLACE)
    described = inspect_raster(source(whole))
    all_painted = (
        decode(render_tile(source(whole), center_tile(description, description.minzoom), default_profile(described)))[
            ..., 3
        ]
        > 0
    ).sum()
    assert painted == pytest.approx(all_painted / 4, rel=0.1)


@pytest.mark.parametrize(("dtype", "fill"), [("float32", -3.4028235e38), ("float64", 1e300), ("float64", -1e38)])
def test_a_fill_value_that_nobody_declared_is_no_measurement(tmp_path: Path, dtype: str, fill: float) -> None:
    values = (RAMP * 100).astype(dtype)
    values[:, :64] = fill
    for name in ("x.tif", "dem.tif"):
        path = write(tmp_path / name, values, transform=PLACE)
        for profile in inspect_raster(source(path)).profiles:
            assert shown(path, profile)[..., 3].any()
            assert all(-1 < low < high < 200 for low, high in profile.rescale)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_a_constant_raster_is_one_visible_shade(tmp_path: Path, dtype: str) -> None:
    path = write(tmp_path / "x.tif", np.full((64, 64), 42, dtype=dtype), transform=PLACE)
    for profile in inspect_raster(source(path)).profiles:
        assert all(low < high for low, high in profile.rescale)
        assert shown(path, profile)[..., 3].any()


def test_a_raster_without_any_data_registers_and_is_empty(tmp_path: Path) -> None:
    path = write(tmp_path / "x.tif", np.zeros((64, 64), dtype="uint16"), transform=PLACE, nodata=0)
    description = inspect_raster(source(path))
    assert any("no pixel with data" in warning for warning in description.warnings)
    assert render_tile(source(path), center_tile(description), default_profile(description)).is_empty


def test_one_bit_is_black_and_white(tmp_path: Path) -> None:
    values = np.zeros((128, 128), dtype="uint8")
    values[:, 64:] = 1
    path = write(tmp_path / "x.tif", values, transform=PLACE, nbits=1)
    pixels = shown(path)
    assert set(np.unique(pixels[pixels[..., 3] > 0][:, 0])) == {0, 255}


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("how", ["nodata", "mask", "alpha"])
def test_nodata_mask_and_alpha_make_the_same_hole(tmp_path: Path, dtype: str, how: str) -> None:
    valid = np.full((128, 128), 255, dtype="uint8")
    valid[:, :64] = 0
    values = np.where(valid, 40, 0).astype(dtype)
    path = tmp_path / "x.tif"
    if how == "nodata":
        write(path, values, transform=PLACE, nodata=0)
    elif how == "mask":
        write(path, values, transform=PLACE, mask=valid)
    else:
        if dtype == "float32":
            pytest.skip("GDAL takes no floating point band for alpha")
        opaque = {"uint8": 255, "uint16": 65535}[dtype]
        alpha = np.where(valid, opaque, 0).astype(dtype)
        write(path, np.stack([values, alpha]), transform=PLACE, colorinterp=(ColorInterp.gray, ColorInterp.alpha))
    description = inspect_raster(source(path))
    assert description.center[0] > 0.0575  # on the half that holds data
    address = center_tile(description, description.minzoom)
    alpha = decode(render_tile(source(path), address, default_profile(description)))[..., 3]
    left, bottom, right, top = address.mercator_bounds
    columns = left + (np.arange(256) + 0.5) * (right - left) / 256
    rows = top - (np.arange(256) + 0.5) * (top - bottom) / 256
    expected = np.outer((rows > 0) & (rows < 12_800), (columns > 6_400) & (columns < 12_800))
    assert ((alpha > 0) == expected).mean() > 0.99


def test_a_mask_counts_even_beside_a_nodata_value(tmp_path: Path) -> None:
    valid = np.full((128, 128), 255, dtype="uint8")
    valid[:, :64] = 0
    values = np.full((128, 128), 40, dtype="uint8")
    values[:64] = 0
    both = write(tmp_path / "both.tif", values, transform=PLACE, nodata=0, mask=valid)
    either = write(tmp_path / "either.tif", np.where(valid, values, 0), transform=PLACE, nodata=0)
    address = center_tile(inspect_raster(source(either)))
    np.testing.assert_array_equal(paint_at(both, address)[..., 3], paint_at(either, address)[..., 3])


def test_half_transparent_pixels_stay_half_transparent(tmp_path: Path) -> None:
    bands = np.full((4, 128, 128), 200, dtype="uint8")
    bands[3] = 128
    rgba = (ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha)
    path = write(tmp_path / "x.tif", bands, transform=PLACE, colorinterp=rgba)
    pixels = shown(path)
    assert (pixels[pixels[..., 3] > 0] == (200, 200, 200, 128)).all()
    on_white = shown(path, image_format=ImageFormat.JPG)
    assert on_white[128, 128, :3] == pytest.approx(200 * 128 / 255 + 255 * 127 / 255, abs=3)


@pytest.mark.parametrize(
    ("dtype", "nodata"),
    [("uint8", -9999.0), ("uint8", 0.5), ("uint8", 1e30), ("uint8", float("nan")), ("float32", 1e300)],
)
def test_a_nodata_value_that_the_type_cannot_hold_hides_nothing(tmp_path: Path, dtype: str, nodata: float) -> None:
    path = write(tmp_path / "x.tif", np.full((128, 128), 40, dtype=dtype), transform=PLACE)
    gray = Profile(id="g", label="G", kind=ProfileKind.RAW, nodata=nodata, rescale=((0.0, 100.0),))
    assert shown(path, gray)[128, 128, 3] == 255


def test_a_nodata_value_in_the_file_that_the_type_cannot_hold_hides_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "x.tif", np.full((128, 128), 40, dtype="uint8"), transform=PLACE, nodata=255)
    crafted = path.read_bytes().replace(b"255\x00", b"-99\x00", 1)
    assert crafted != path.read_bytes()
    path.write_bytes(crafted)
    assert shown(path)[128, 128, 3] == 255


def test_a_palette_is_exact_and_never_mixed(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    palette = {0: (0, 0, 0, 255), 1: (255, 0, 0, 255), 2: (0, 255, 0, 255), 3: (0, 0, 255, 255)}
    path = write(tmp_path / "x.tif", rng.integers(0, 4, (128, 128), dtype="uint8"), transform=PLACE, palette=palette,
                 photometric="palette")  # fmt: skip
    description = inspect_raster(source(path))
    assert description.kind == ProfileKind.INDEX
    smooth = Profile(id="p", label="P", kind=ProfileKind.INDEX, resampling="bilinear")
    for profile in (default_profile(description), smooth):
        pixels = shown(path, profile)
        colours = {tuple(color) for color in pixels[pixels[..., 3] > 0].tolist()}
        assert colours == set(palette.values())


def test_a_palette_of_sixteen_bits_is_looked_up(tmp_path: Path) -> None:
    palette = {0: (9, 9, 9, 255), 300: (255, 128, 0, 255)}
    path = write(tmp_path / "x.tif", np.full((128, 128), 300, dtype="uint16"), transform=PLACE, palette=palette,
                 photometric="palette")  # fmt: skip
    assert tuple(shown(path)[128, 128]) == (255, 128, 0, 255)


def test_scale_and_offset_are_applied(tmp_path: Path) -> None:
    path = write(tmp_path / "x.tif", np.full((128, 128), 5000, "uint16"), transform=PLACE)
    with rasterio.open(path, "r+") as dataset:
        dataset.scales, dataset.offsets = (0.0001,), (-0.1,)
    low, high = default_profile(inspect_raster(source(path))).rescale[0]
    assert low < 0.4 < high < 2
    fixed = Profile(id="g", label="G", kind=ProfileKind.RAW, rescale=((-0.1, 0.9),))
    assert shown(path, fixed)[128, 128, 0] == pytest.approx(0.5 * 255, abs=1)


def test_many_bands_with_alpha_show_three_and_keep_the_hole(tmp_path: Path) -> None:
    bands = np.stack(
        [(RAMP * (index + 1) * 1000).astype("uint16") for index in range(12)] + [np.zeros((128, 128), "uint16")]
    )
    bands[12, :, 64:] = 65535
    meanings = (ColorInterp.gray, *[ColorInterp.undefined] * 11, ColorInterp.alpha)
    path = write(tmp_path / "x.tif", bands, transform=PLACE, colorinterp=meanings)
    description = inspect_raster(source(path))
    assert len(default_profile(description).bands) == 3
    alpha = decode(
        render_tile(source(path), center_tile(description, description.minzoom), default_profile(description))
    )[..., 3]
    assert 0 < (alpha > 0).mean() < 0.5


def test_a_band_that_is_not_there_is_a_wrong_profile(tmp_path: Path) -> None:
    path = write(tmp_path / "x.tif", (RAMP * 200).astype("uint8"), transform=PLACE)
    for change in ({"bands": (2,)}, {"expression": "b2/b1", "rescale": ((0.0, 1.0),)}):
        with pytest.raises(ProfileInvalid):
            shown(path, Profile(id="g", label="G", kind=ProfileKind.RAW, **change))


def test_floats_without_a_range_are_a_wrong_profile(tmp_path: Path) -> None:
    path = write(tmp_path / "x.tif", RAMP.astype("float32"), transform=PLACE)
    with pytest.raises(ProfileInvalid) as error:
        shown(path, Profile(id="g", label="G", kind=ProfileKind.RAW))
    assert error.value.field == "rescale"


def test_band_maths_reads_its_bands(tmp_path: Path) -> None:
    bands = np.stack([np.full((128, 128), 1000), np.full((128, 128), 3000)]).astype("uint16")
    path = write(tmp_path / "x.tif", bands, transform=PLACE)
    ndvi = Profile(id="n", label="N", kind=ProfileKind.INDEX, expression="(b2-b1)/(b2+b1)", rescale=((-1.0, 1.0),))
    assert shown(path, ndvi)[128, 128, 0] == pytest.approx(0.75 * 255, abs=1)
    hole = Profile(id="n", label="N", kind=ProfileKind.INDEX, expression="b2/(b1-1000)", rescale=((-1.0, 1.0),))
    description = inspect_raster(source(path))
    assert render_tile(source(path), center_tile(description), hole).is_empty


def test_a_tile_that_would_read_a_huge_raster_whole_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.tif"
    options = {"driver": "GTiff", "width": 80_000, "height": 80_000, "count": 1, "dtype": "uint8", "crs": "EPSG:3857"}
    with rasterio.open(path, "w", sparse_ok=True, tiled=True, transform=Affine(2, 0, 0, 0, -2, 160_000), **options):
        pass
    with pytest.raises(SourceUnreadable, match="gdal_translate -of COG"):
        render_tile(source(path), tile_at(0.5, 0.5, 8), GRAY)
    assert not render_tile(source(path), tile_at(0.5, 0.5, 16), GRAY).is_empty
