"""Values of rasters, judged by rasterio and rio-tiler: of places, statistics, and GeoTIFFs that are cut out."""

from __future__ import annotations

import io
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from PIL import Image
from rasterio.enums import ColorInterp
from rasterio.features import geometry_mask
from rasterio.warp import reproject, transform
from rasterio.windows import Window
from rio_tiler.io import Reader

from tests.mosaics import ZOOM, write_at
from tests.tiling.raster_zoo import GRAY, OWN_DATA, decode, source, write
from tests.tiling.test_mosaic import mosaic
from tiling.analysis.crop import Crop, CropFormat, MosaicBox, render_crop, render_mosaic_crop
from tiling.analysis.legend import legend_of
from tiling.analysis.legend_picture import WIDTH, draw_legend
from tiling.analysis.mosaic_values import MosaicView
from tiling.analysis.statistics import read_mosaic_statistics, read_statistics
from tiling.analysis.values import Wanted, read_mosaic_point, read_point
from tiling.budget import Budget
from tiling.errors import CropTooLarge, ProfileInvalid, RegionInvalid
from tiling.geometry.clip import Clip, box_clip
from tiling.geometry.region import box_region, lonlat
from tiling.geometry.zooms import middle_of_pixel, pixels_at
from tiling.models import Bounds, ImageFormat, Profile, ProfileKind, TileAddress
from tiling.render import render_tile
from tiling.watermark import Watermark

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RGB = OWN_DATA / "RGB.byte.tif"
ADDRESS = TileAddress(z=ZOOM, x=2200, y=1400)
NDVI = Profile(id="n", label="N", kind=ProfileKind.INDEX, expression="(b2-b1)/(b2+b1)", rescale=((-1, 1),))


@contextmanager
def opened(body: bytes | None) -> Iterator[Any]:
    assert body is not None
    with rasterio.MemoryFile(body) as file, file.open() as dataset:
        yield dataset


def polygon_in(path: Path, *corners: tuple[float, float]) -> tuple[Clip, Any]:
    """A polygon of columns and rows of a raster: as a clip, and in the raster's own coordinates."""
    with rasterio.open(path) as dataset:
        points = [dataset.transform @ corner for corner in corners]
        dense = shapely.segmentize(shapely.Polygon(points), 500.0)
        xs, ys = shapely.get_coordinates(dense).T
        lons, lats = transform(dataset.crs, "EPSG:4326", xs, ys)
        return Clip.of([[[*zip(lons, lats, strict=True)]]]), dense


def values_at(path: Path, columns: np.ndarray, rows: np.ndarray) -> list[tuple[float | None, ...]]:
    with rasterio.open(path) as dataset:
        xs, ys = dataset.transform @ (columns + 0.5, rows + 0.5)
        lons, lats = transform(dataset.crs, "EPSG:4326", xs, ys)
    found = [read_point(source(path), lon, lat, Wanted()) for lon, lat in zip(lons, lats, strict=True)]
    return [tuple(value for _, value in each) for each in found if each is not None]


@pytest.mark.parametrize("name", ["RGB.byte.tif", "shade.tif", "rgba_uint16.tif"])
def test_the_values_of_a_place_are_those_that_rasterio_reads(name: str) -> None:
    path, random = OWN_DATA / name, np.random.default_rng(7)
    with rasterio.open(path) as dataset:
        columns, rows = (random.integers(0, size, 20) for size in (dataset.width, dataset.height))
        bands = [band for band in dataset.indexes if dataset.colorinterp[band - 1] != ColorInterp.alpha]
        pixels = dataset.read(bands, masked=True)[:, rows, columns]
    expected = [
        tuple(None if value is np.ma.masked or np.isnan(value) else value for value in pixel) for pixel in pixels.T
    ]
    assert values_at(path, columns, rows) == expected


def test_a_place_outside_has_no_values_and_a_turn_around_the_world_is_the_same_place(tmp_path: Path) -> None:
    degrees = Affine(1.0, 0.0, 170.0, 0.0, -1.0, 10.0)
    path = write(
        tmp_path / "d.tif", np.arange(400, dtype=np.float32).reshape(20, 20), crs="EPSG:4326", transform=degrees
    )
    assert read_point(source(path), 0.0, 0.0, Wanted()) is None
    east, west = (read_point(source(path), lon, 9.5, Wanted()) for lon in (179.5, -179.5))
    assert [each[0][1] for each in (east, west) if each] == [9.0, 10.0]
    mercator = write_at(tmp_path / "m.tif", ADDRESS, np.full((64, 64), 5, np.uint8))
    assert read_point(source(mercator), 0.0, 0.0, Wanted()) is None


def test_scales_units_and_nodata_are_told(tmp_path: Path) -> None:
    values = np.array([[[10, 0], [30, 40]]], np.int16)
    path = write(tmp_path / "s.tif", values, nodata=0, descriptions=("temperature",))
    with rasterio.open(path, "r+") as dataset:
        dataset.scales, dataset.offsets = (0.1,), (-5.0,)
        dataset.set_band_unit(1, "K")
    lons, lats = transform("EPSG:3857", "EPSG:4326", [50.0, 150.0], [99_950.0, 99_950.0])
    first, second = (read_point(source(path), lon, lat, Wanted()) for lon, lat in zip(lons, lats, strict=True))
    assert first is not None
    assert second is not None
    name, value = first[0]
    assert (name.name, name.description, name.unit, value) == ("b1", "temperature", "K", -4.0)
    assert second[0][1] is None
    statistics = read_statistics(source(path), None, Wanted()).values[0]
    assert (statistics.count, statistics.valid_percent, statistics.min, statistics.max) == (3, 75.0, -4.0, -1.0)


@pytest.mark.filterwarnings("ignore:The dataset has no Overviews")
def test_statistics_are_those_of_rio_tiler() -> None:
    ours = read_statistics(source(RGB), None, Wanted())
    with Reader(str(RGB)) as reader:
        theirs = reader.statistics(max_size=None, hist_options={"bins": 10})
    assert (ours.width, ours.height, ours.is_approximate) == (791, 718, False)
    assert [values.name.name for values in ours.values] == list(theirs)
    for mine, other in zip(ours.values, theirs.values(), strict=True):
        assert (mine.min, mine.max, mine.count) == (other.min, other.max, other.valid_pixels)
        assert mine.mean == pytest.approx(other.mean)
        assert mine.std == pytest.approx(other.std)
        assert mine.valid_percent == pytest.approx(other.valid_percent, abs=0.01)
        assert list(mine.counts) == other.histogram[0]
        assert mine.edges == pytest.approx(other.histogram[1])
        assert mine.percentiles[0] == pytest.approx(other.percentile_2, abs=1)
        assert mine.percentiles[2] == pytest.approx(other.median, abs=1)


def test_statistics_of_a_polygon_are_those_of_its_pixels_and_larger_ones_are_approximate() -> None:
    clip, shape = polygon_in(RGB, (100.2, 90.1), (600.7, 200.3), (350.4, 650.8), (120.9, 400.6))
    ours = read_statistics(source(RGB), clip, Wanted(profiles=(GRAY,)))
    with rasterio.open(RGB) as dataset:
        inside = geometry_mask([shape], dataset.shape, dataset.transform, invert=True)
        band = dataset.read(1, masked=True)
    expected = band[inside].compressed()
    assert ours.values[0].count == pytest.approx(expected.size, abs=2)
    assert ours.values[0].mean == pytest.approx(expected.mean(), rel=1e-4)
    assert ours.values[0].valid_percent == pytest.approx(100 * expected.size / inside.sum(), abs=0.01)
    rough = read_statistics(source(RGB), clip, Wanted(profiles=(GRAY,)), max_pixels=10_000)
    assert rough.is_approximate
    assert rough.width * rough.height <= 10_000
    assert rough.values[0].mean == pytest.approx(expected.mean(), rel=0.05)
    nowhere = read_statistics(source(RGB), box_clip((0, 0, 1, 1)), Wanted())
    assert [(values.count, values.min) for values in nowhere.values] == [(0, None)] * 3


def test_an_expression_has_values_too() -> None:
    ours = read_statistics(source(RGB), None, Wanted(profiles=(NDVI,))).values
    with rasterio.open(RGB) as dataset, np.errstate(all="ignore"):
        one, two = (dataset.read(band, masked=True).astype(np.float32) for band in (1, 2))
        ratio = np.ma.masked_invalid((two - one) / (two + one)).compressed()
    assert (ours[0].name.name, ours[0].count) == ("(b2-b1)/(b2+b1)", ratio.size)
    assert ours[0].mean == pytest.approx(float(ratio.mean()), rel=1e-4)


def test_a_geotiff_holds_the_pixels_of_the_polygon_and_no_others() -> None:
    clip, shape = polygon_in(RGB, (100.2, 90.1), (300.7, 120.3), (250.4, 260.8), (120.9, 200.6))
    crop = Crop(clip=clip, format=CropFormat.TIF, profile=GRAY)
    with opened(render_crop(source(RGB), crop).body) as cut, rasterio.open(RGB) as dataset:
        assert (cut.crs, cut.dtypes, cut.nodata, cut.count) == (dataset.crs, dataset.dtypes, dataset.nodata, 3)
        column, row = (~dataset.transform) @ (cut.transform.c, cut.transform.f)
        assert (column, row) == pytest.approx((round(column), round(row)))
        window = Window(round(column), round(row), cut.width, cut.height)
        whole = dataset.read(window=window)
        inside = geometry_mask([shape], cut.shape, cut.transform, invert=True)
        values = cut.read()
    assert 0.3 < inside.mean() < 0.9
    differs = (values != np.where(inside, whole, 0)).any(axis=0)
    assert differs.sum() <= 2  # a centre on the very border
    assert (np.abs(np.array([column, row]) - [100, 90]) <= 1).all()


@pytest.mark.parametrize("how", ["mask", "alpha", "palette", "float"])
def test_a_geotiff_keeps_what_says_no_data(tmp_path: Path, how: str) -> None:
    values = np.random.default_rng(3).integers(1, 200, (64, 64)).astype(np.float32 if how == "float" else np.uint8)
    hidden = np.zeros((64, 64), bool)
    hidden[20:30, 20:40] = True
    options: dict[str, Any] = {}
    if how == "mask":
        options["mask"] = ~hidden
    if how == "alpha":
        values = np.stack([values, np.where(hidden, 0, 255).astype(np.uint8)])
        options["colorinterp"] = (ColorInterp.gray, ColorInterp.alpha)
    if how == "palette":
        options |= {"palette": {index: (index, 9, 9, 255) for index in range(256)}, "nodata": 0}
        values[hidden] = 0
    if how == "float":
        values[hidden] = np.nan
    path = write_at(tmp_path / "a.tif", ADDRESS, values, **options)
    west, south, east, north = ADDRESS.lonlat_bounds
    crop = Crop(clip=box_clip((west, south, (west + east) / 2, north)), format=CropFormat.TIF, profile=GRAY)
    with opened(render_crop(source(path), crop).body) as cut:
        assert cut.shape == (64, 32)
        first = cut.read(1, masked=True)
        assert (np.ma.getmaskarray(first) == hidden[:, :32]).all()
        expected = values[0] if values.ndim == 3 else values
        assert (first.data[~hidden[:, :32]] == expected[:, :32][~hidden[:, :32]]).all()
        assert (how == "palette") == (cut.colorinterp[0] == ColorInterp.palette)
        assert cut.profile["compress"] == "deflate"


@pytest.mark.parametrize("code", [3857, 4326])
def test_a_geotiff_in_another_system_is_what_gdal_warps(code: int) -> None:
    clip, _ = polygon_in(RGB, (150, 150), (400, 150), (400, 300), (150, 300))
    crop = Crop(clip=clip, format=CropFormat.TIF, profile=GRAY, crs=code)
    with opened(render_crop(source(RGB), crop).body) as cut, rasterio.open(RGB) as dataset:
        assert cut.crs.to_epsg() == code
        expected = np.zeros((3, *cut.shape), np.uint8)
        reproject(
            rasterio.band(dataset, [1, 2, 3]),
            expected,
            dst_transform=cut.transform,
            dst_crs=cut.crs,
            src_nodata=0,
            dst_nodata=0,
            tolerance=0,
        )
        values, middle = cut.read(), (slice(None), slice(20, -20), slice(20, -20))
    assert (values[middle] == expected[middle]).mean() > 0.98
    assert values[middle].any()


def test_a_picture_is_the_part_of_the_map(tmp_path: Path) -> None:
    path = write_at(tmp_path / "a.tif", ADDRESS, np.random.default_rng(1).integers(1, 255, (256, 256), np.uint8))
    whole = decode(render_tile(source(path), ADDRESS, GRAY, ImageFormat.PNG, 256))
    west, south, east, north = ADDRESS.lonlat_bounds
    clip = box_clip((west, south, (west + east) / 2, north))
    cut = render_crop(source(path), Crop(clip=clip, format=CropFormat.PNG, profile=GRAY))
    assert (cut.width, cut.height) == (128, 256)
    assert (decode(cut) == whole[:, :128]).all()
    small = render_crop(
        source(path), Crop(clip=clip, format=CropFormat.WEBP, profile=GRAY, max_size=64, watermark=Watermark(text="A"))
    )
    assert (small.width, small.height) == (32, 64)
    nowhere = render_crop(source(path), Crop(clip=box_clip((0, 0, 1, 1)), format=CropFormat.PNG, profile=GRAY))
    assert nowhere.is_empty


@pytest.mark.parametrize("image_format", [CropFormat.PNG, CropFormat.TIF])
def test_more_pixels_than_are_given_at_once_are_refused_with_what_to_do(image_format: CropFormat) -> None:
    clip, _ = polygon_in(RGB, (0, 0), (700, 0), (700, 700), (0, 700))
    crop = Crop(clip=clip, format=image_format, profile=GRAY, max_pixels=10_000)
    with pytest.raises(CropTooLarge, match="max_size=100"):
        render_crop(source(RGB), crop)
    fewer = Crop(clip=clip, format=image_format, profile=GRAY, max_pixels=10_000, max_size=100)
    assert max(render_crop(source(RGB), fewer).width, render_crop(source(RGB), fewer).height) == 100


def test_where_only_coarse_pixels_are_shared_no_choice_of_parts_tells_finer_ones(tmp_path: Path) -> None:
    values = np.random.default_rng(1).integers(1, 255, (256, 256), np.uint8)
    path = write_at(tmp_path / "a.tif", ADDRESS, values)
    west, south, east, north = ADDRESS.lonlat_bounds
    step, pixel = (east - west) / 256, pixels_at(ZOOM)
    seen: set[bytes] = set()
    for shift in range(8):
        clip = box_clip((west + shift * step, south, west + (shift + 40) * step, north))
        crop = Crop(clip=clip, format=CropFormat.TIF, profile=GRAY, finest=8 * pixel)
        with opened(render_crop(source(path), crop).body) as cut:
            assert cut.transform.a == pytest.approx(8 * pixel)
            columns = round((cut.transform.c - ADDRESS.mercator_bounds[0]) / pixel) % 8
            assert columns == 0
            seen.add(cut.read(1)[:, 2:4].tobytes() if shift == 0 else b"")
        statistics = read_statistics(source(path), clip, Wanted(), finest=8 * pixel)
        assert statistics.values[0].count <= 5 * 32
    places = {middle_of_pixel(west + column * step, (south + north) / 2, 8 * pixel) for column in range(256)}
    assert len(places) in {32, 33}


def test_the_first_raster_of_a_mosaic_tells_its_values(tmp_path: Path) -> None:
    beside = TileAddress(z=ZOOM, x=ADDRESS.x + 1, y=ADDRESS.y)
    top = np.full((64, 64), 7, np.uint8)
    top[:, :32] = 0
    parts = mosaic(
        write_at(tmp_path / "a.tif", ADDRESS, top, nodata=0),
        write_at(tmp_path / "b.tif", ADDRESS, np.full((64, 64), 9, np.uint8)),
        write_at(tmp_path / "c.tif", beside, np.full((64, 64), 11, np.uint8)),
    )
    west, south, east, north = ADDRESS.lonlat_bounds
    middle, far = (south + north) / 2, beside.lonlat_bounds[2]
    at = [read_mosaic_point(parts, west + (east - west) * part, middle, Wanted()) for part in (0.25, 0.75, 1.5)]
    assert [each[0][1] for each in at if each] == [9, 7, 11]
    assert read_mosaic_point(parts, 0.0, 0.0, Wanted()) is None

    box: Bounds = (west, south, far, north)
    view = MosaicView.of(box, pixels_at(ZOOM - 2), 1024)
    found = read_mosaic_statistics(parts, view, None, Wanted())
    assert (found.width, found.height, found.is_approximate, found.completeness) == (128, 64, True, 1.0)
    assert (found.values[0].mean, found.values[0].count) == (9.5, 128 * 64)

    crop = Crop(clip=box_clip((west, south, east, north)), format=CropFormat.TIF, profile=GRAY)
    place = MosaicBox(box=(west, south, east, north), maxzoom=ZOOM - 2)
    with opened(render_mosaic_crop(parts, place, crop).body) as cut:
        assert (cut.crs.to_epsg(), cut.shape) == (3857, (64, 64))
        assert sorted(set(cut.read(1).flat)) == [7, 9]
    picture = render_mosaic_crop(parts, place, Crop(clip=crop.clip, format=CropFormat.PNG, profile=GRAY))
    assert sorted(set(decode(picture)[..., 0].flat)) == [7, 9]


def test_places_and_boxes_may_be_given_in_other_systems() -> None:
    lons, lats = transform("EPSG:32618", "EPSG:4326", [200_000.0], [2_700_000.0])
    assert lonlat(200_000.0, 2_700_000.0, 32618) == pytest.approx((lons[0], lats[0]))
    clip = box_region((200_000.0, 2_700_000.0, 300_000.0, 2_750_000.0), 32618)
    assert clip.holds(*lonlat(250_000.0, 2_720_000.0, 32618))
    assert not clip.holds(*lonlat(250_000.0, 2_760_000.0, 32618))
    across = box_region((600_000.0, 0.0, 1_200_000.0, 500_000.0), 32660)  # from 177.9 to 183.3 degrees
    assert [across.holds(lon, 2.0) for lon in (178.5, -178.0, 0.0, -170.0)] == [True, True, False, False]
    assert box_region((19.5e6, 0.0, 20.5e6, 1e6), 3857).holds(-178.0, 2.0)
    for code, box in (
        (999999, (0.0, 0.0, 1.0, 1.0)),
        (4326, (1.0, 1.0, 1.0, 1.0)),
        (3857, (-1e300, -1e300, 1e300, 1e300)),
        (3857, (-3e7, -3e7, 3e7, 3e7)),
        (32661, (1e6, 1e6, 3e6, 3e6)),  # around the pole
        (4978, (1.0, 1.0, 2.0, 2.0)),
    ):
        with pytest.raises(RegionInvalid):
            box_region(box, code)
    ninth = Profile(id="x", label="X", kind=ProfileKind.RAW, bands=(9,))
    for ask in (
        lambda: read_statistics(source(RGB), None, Wanted(profiles=(ninth,))),
        lambda: legend_of(source(RGB), ninth, None),
    ):
        with pytest.raises(ProfileInvalid):
            ask()
    with pytest.raises(ProfileInvalid):
        read_point(
            source(RGB), -77.5, 24.5, Wanted(profiles=(Profile(id="x", label="X", kind=ProfileKind.RAW, bands=(9,)),))
        )


def test_legends_say_what_colours_mean(tmp_path: Path) -> None:
    values = np.array([[1, 1], [3, 0]], np.uint8)
    palette = {0: (0, 0, 0, 0), 1: (255, 0, 0, 255), 2: (0, 255, 0, 255), 3: (0, 0, 255, 255)}
    classes = write_at(tmp_path / "p.tif", ADDRESS, values, palette=palette, nodata=0)
    index = Profile(id="p", label="Land cover", kind=ProfileKind.INDEX, bands=(1,))
    found = legend_of(source(classes), index, None)
    assert (found.kind, [(entry.label, entry.color) for entry in found.entries]) == (
        "classes", [("1", "#ff0000"), ("3", "#0000ff")],
    )  # fmt: skip
    ramp = legend_of(
        source(RGB), Profile(id="r", label="R", kind=ProfileKind.RAW, rescale=((2, 9),), colormap="viridis"), None
    )
    assert (ramp.kind, ramp.low, ramp.high, ramp.colors[0]) == ("ramp", 2, 9, "#440154")
    bands = legend_of(source(RGB), Profile(id="c", label="C", kind=ProfileKind.RGB), None)
    assert [entry.label for entry in bands.entries] == ["Red: b1", "Green: b2", "Blue: b3"]
    for legend in (found, ramp, bands, legend_of(None, NDVI, None)):
        assert Image.open(io.BytesIO(draw_legend(legend))).width == WIDTH


@pytest.mark.parametrize("at_once", [1, 5, 7])
def test_statistics_of_many_bands_are_the_same_however_many_are_read_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    values = np.random.default_rng(1).integers(0, 1000, (11, 30, 40), dtype=np.uint16)
    path = tmp_path / "many.tif"
    shape = {"count": 11, "height": 30, "width": 40, "dtype": "uint16", "crs": "EPSG:32633", "nodata": 7}
    with rasterio.open(path, "w", driver="GTiff", transform=Affine(10, 0, 500_000, 0, -10, 5_000_000), **shape) as made:
        made.write(values)
    whole = read_statistics(source(path), None, Wanted())
    monkeypatch.setattr("tiling.reading.window_read.BUDGET", Budget(working_bytes=at_once * 30 * 40 * (2 * 2 + 3)))
    assert read_statistics(source(path), None, Wanted()) == whole
    assert [each.max for each in whole.values] == [float(band.max()) for band in values]
