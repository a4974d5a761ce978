"""Our bilinear sampling beside GDAL's warper made exact.."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT

from tests.tiling.raster_zoo import source, tile_at, write
from tiling import Reader
from tiling.geometry.grid import Grid, tile_grid
from tiling.geometry.placement import place
from tiling.reading.grid_read import read_pixels
from tiling.reading.resample import sample_bilinear
from tiling.source.opening import borrow

SIDE, PIXEL = 1024, 30.0
UTM = {"crs": "EPSG:32632", "transform": Affine(PIXEL, 0, 500_000, 0, -PIXEL, 5_000_000)}
PLACE = (9.2, 45.0)


def heights(dtype: str) -> np.ndarray:
    """Hills with noise."""
    noise = np.random.default_rng(3).normal(size=(SIDE // 32, SIDE // 32))
    hills = np.kron(noise, np.ones((32, 32))) * 300 + 1500
    return (hills + np.random.default_rng(4).normal(size=hills.shape) * 20).clip(1, 60_000).astype(dtype)


def by_gdal(path: Path, grid: Grid, kernel: str, **options: object) -> np.ndarray:
    place = {"crs": "EPSG:3857", "transform": grid.transform, "width": grid.width, "height": grid.height}
    with (
        rasterio.open(path) as dataset,
        WarpedVRT(dataset, resampling=Resampling[kernel], tolerance=1e-6, **place, **options) as warped,
    ):
        return warped.read(1)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32", "float64"])
@pytest.mark.parametrize("zoom", [13, 15])
def test_a_magnified_raster_is_interpolated_as_gdal_does(tmp_path: Path, dtype: str, zoom: int) -> None:
    path, grid = write(tmp_path / "x.tif", heights(dtype), **UTM), tile_grid(tile_at(*PLACE, zoom), 256)
    with borrow(source(path)) as raster:
        ours = read_pixels(raster, grid, (1,), resampling="bilinear", nodata=None)
    gdal = by_gdal(path, grid, "bilinear")
    assert ours.values.dtype == gdal.dtype
    assert (ours.alpha == 255).all()
    assert np.abs(ours.values[0].astype(float) - gdal).max() <= (1 if gdal.dtype.kind in "iu" else 1.0)


@pytest.mark.parametrize("zoom", [10, 11, 12])
def test_a_reduced_raster_is_smoothed_about_as_gdal_does(tmp_path: Path, zoom: int) -> None:
    """What smoothing is to take away is the difference to nearest; of that, less than a quarter may remain."""
    path, grid = write(tmp_path / "x.tif", heights("float32"), **UTM), tile_grid(tile_at(*PLACE, zoom), 256)
    with borrow(source(path)) as raster:
        placement = place(grid, ~raster.dataset.transform, raster.crs)
        assert placement is not None
        found = sample_bilinear(raster.level_for(1.0), placement, (1,), None)
    assert found is not None
    values, inside = found[0][0], found[1] > 0
    gdal, nearest = by_gdal(path, grid, "bilinear"), by_gdal(path, grid, "nearest")
    assert inside.mean() > 0.1
    assert np.std((values - gdal)[inside]) < 0.25 * np.std((nearest - gdal)[inside])


@pytest.mark.parametrize("nodata", [-9999.0, float("nan")])
def test_pixels_without_data_do_not_count_and_hide_what_lies_in_them(tmp_path: Path, nodata: float) -> None:
    values = heights("float32")
    values[np.random.default_rng(5).random(values.shape) < 0.05] = nodata
    path = write(tmp_path / "x.tif", values, nodata=nodata, **UTM)
    grid = tile_grid(tile_at(*PLACE, 13), 256)
    with borrow(source(path)) as raster:
        ours = read_pixels(raster, grid, (1,), resampling="bilinear", nodata=None)
    gdal = by_gdal(path, grid, "bilinear", src_nodata=nodata, nodata=nodata)
    hidden = np.isnan(gdal) if np.isnan(nodata) else gdal == nodata
    assert ((ours.alpha == 0) == hidden).mean() > 0.999
    shown = (ours.alpha > 0) & ~hidden
    assert np.abs(ours.values[0] - gdal)[shown].max() < 1.0


def test_a_straight_grid_and_a_bent_one_sample_alike(tmp_path: Path) -> None:
    """Degrees need rows and columns alone, a UTM zone a place for each pixel: two ways through the code."""
    degrees = {"crs": "EPSG:4326", "transform": Affine(1e-3, 0, 9, 0, -1e-3, 45.5)}
    path, grid = write(tmp_path / "x.tif", heights("float32"), **degrees), tile_grid(tile_at(9.4, 45.1, 12), 256)
    with borrow(source(path)) as raster:
        placement = place(grid, ~raster.dataset.transform, raster.crs)
        assert placement is not None
        assert placement.is_straight
        ours = read_pixels(raster, grid, (1,), resampling="bilinear", nodata=None)
    assert np.abs(ours.values[0] - by_gdal(path, grid, "bilinear")).max() < 1.0


@pytest.mark.parametrize("kernel", ["bilinear", "cubic", "cubic_spline", "lanczos"])
def test_a_raster_that_fills_a_corner_of_a_tile_is_smoothed_like_one_that_fills_it(tmp_path: Path, kernel: str) -> None:
    """GDAL would guess how far to reach from how much of each it can see, and leave a corner jagged."""
    path = write(tmp_path / "x.tif", heights("float32"), nodata=-1.0, **UTM)
    tile = tile_grid(tile_at(*PLACE, 8), 256)
    with borrow(source(path)) as raster:
        whole = read_pixels(raster, tile, (1,), resampling=kernel, nodata=None)  # type: ignore[arg-type]
        rows, columns = np.nonzero(whole.alpha)
        top, left, bottom, right = rows.min(), columns.min(), rows.max() + 1, columns.max() + 1
        a, _, c, _, e, f = tile.transform[:6]
        bounds = (c + left * a, f + bottom * e, c + right * a, f + top * e)
        close = Grid(bounds=bounds, width=int(right - left), height=int(bottom - top))
        alone = read_pixels(raster, close, (1,), resampling=kernel, nodata=None)  # type: ignore[arg-type]
    assert 0 < whole.alpha.astype(bool).mean() < 0.2
    both = alone.alpha > 0
    assert np.abs(whole.values[0, top:bottom, left:right] - alone.values[0])[both].mean() < 1.0


def test_a_channel_without_light_is_mixed_as_the_colour_that_it_is(tmp_path: Path) -> None:
    """Red beside white, where black is no data: 0 is no gap in green and blue, as red has a value there."""
    values = np.full((3, 64, 64), 255, dtype="uint8")
    values[1:, :, ::2] = 0
    values[:, :8] = 0
    path = write(tmp_path / "x.tif", values, nodata=0, photometric="RGB", **UTM)
    grid = tile_grid(tile_at(9.005, 45.15, 14), 256)
    with borrow(source(path)) as raster:
        ours = read_pixels(raster, grid, (1, 2, 3), resampling="bilinear", nodata=None)
    place = {"crs": "EPSG:3857", "transform": grid.transform, "width": grid.width, "height": grid.height}
    options = {"resampling": Resampling.bilinear, "tolerance": 1e-6, "src_nodata": 0, "nodata": 0}
    with rasterio.open(path) as dataset, WarpedVRT(dataset, **place, **options) as warped:
        gdal = warped.read()
    shown = ours.alpha > 0
    assert 0.1 < shown.mean() < 0.95
    assert (shown == gdal.any(axis=0)).mean() > 0.999
    assert np.abs(ours.values.astype(int) - gdal)[:, shown & gdal.any(axis=0)].max() <= 1


@pytest.mark.parametrize(("dtype", "nodata"), [("uint8", 95), ("float32", 95.0)])
def test_a_mean_that_equals_nodata_is_data(tmp_path: Path, dtype: str, nodata: float) -> None:
    values = np.where(np.arange(64) % 2, 90, 110)[None].repeat(64, 0).astype(dtype)
    values[:8] = nodata
    path = write(tmp_path / "x.tif", values, nodata=nodata, transform=Affine(1, 0, 0, 0, -1, 64))
    options = {"resampling_method": "bilinear", "reproject_method": "bilinear"}
    with Reader(str(path)) as reader:
        image = reader.part((1, 8, 49, 48), bounds_crs="EPSG:3857", width=96, height=80, **options)
        hidden = reader.part((1, 58, 49, 62), bounds_crs="EPSG:3857", width=96, height=8, **options)
    assert not image.array.mask.any()
    assert np.abs(image.array.data.astype(float) - 95).min() < 1.1
    assert hidden.array.mask.all()
