"""`tiling.Reader` is held to rio-tiler's own: the same fields, masks and pixels, and the file's handle well kept."""

import io
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.enums import ColorInterp
from rasterio.errors import RasterioIOError
from rasterio.warp import transform_bounds
from rio_tiler.errors import NoOverviewWarning, PointOutsideBounds
from rio_tiler.io import Reader as RioTiler
from rio_tiler.models import ImageData as RioTilerImage

import tiling
from tests.tiling.against.similarity import ssim
from tests.tiling.raster_zoo import real_rasters, write
from tests.tiling.raster_zoo import source as source_of
from tiling import reader
from tiling.image_data import ImageData
from tiling.reading import path_raster
from tiling.source.opening import borrow

WGS84, MERCATOR = CRS.from_epsg(4326), CRS.from_epsg(3857)
UTM = Affine(10.0, 0.0, 500_000.0, 0.0, -10.0, 5_000_000.0)
FIELDS = ("band_names", "band_descriptions", "dataset_statistics", "metadata", "nodata", "scales", "offsets", "assets")
EIGHTH = 0.06 + 0.02
"""Of all pixels, those whose centre may lie within GDAL's eighth of a source pixel, and ours, of a boundary."""

pytestmark = [
    pytest.mark.filterwarnings("ignore::rio_tiler.errors.NoOverviewWarning"),
    pytest.mark.filterwarnings("ignore:Adjusting dataset latitudes"),
]


def places(dtype: str, size: int = 96) -> np.ndarray:
    """Values that tell where they are: neighbours differ by 1 or 7."""
    rows, columns = np.mgrid[:size, :size]
    return (1 + (columns + 7 * rows) % 250).astype(dtype)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "utm.tif", places("uint16"), crs="EPSG:32633", transform=UTM, tiled=True)


def same_fields(ours: Any, theirs: Any) -> None:
    for name in FIELDS:
        assert str(getattr(ours, name)) == str(getattr(theirs, name)), name
    assert ours.crs == theirs.crs
    assert np.allclose(ours.bounds, theirs.bounds)
    assert ours.data.shape == theirs.data.shape
    assert ours.data.dtype == theirs.data.dtype
    assert (ours.alpha_mask is None) == (theirs.alpha_mask is None)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether our own sampling answered, for each read that it was asked for."""
    answers, read = list[bool](), reader.read_target

    def spy(*arguments: Any) -> Any:
        found = read(*arguments)
        answers.append(found is not None)
        return found

    monkeypatch.setattr(reader, "read_target", spy)
    return answers


drawn = {
    "dtype": st.sampled_from(["uint8", "int16", "uint16", "int32", "float32", "float64"]),
    "hidden": st.sampled_from(["nothing", "nodata", "mask", "alpha"]),
    "crs": st.sampled_from([(32633, UTM), (3857, UTM), (4326, Affine(1e-4, 0, 10, 0, -1e-4, 45))]),
    "bands": st.sampled_from([1, 3]),
    "tiled": st.booleans(),
    "zoom": st.integers(0, 2),
    "target": st.sampled_from([3857, 4326, 3035]),
    "x": st.floats(-0.2, 0.9),
    "y": st.floats(-0.2, 0.9),
}


@given(**drawn)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_parts_of_drawn_rasters_are_rio_tilers(tmp_path: Path, **case: Any) -> None:
    """Where the grid is as fine as the raster or finer, masks and pixels are equal but for places at a boundary."""
    path = draw(tmp_path, case)
    target = CRS.from_epsg(case["target"])
    with tiling.Reader(str(path)) as ours, RioTiler(str(path)) as theirs:
        box = part_of(theirs.bounds, theirs.crs, target, case)
        options = {"dst_crs": target, "bounds_crs": target, "width": 128, "height": 128}
        mine, other = ours.part(box, **options), theirs.part(box, **options)
    same_fields(mine, other)
    shown = ~mine.array.mask & ~other.array.mask
    assert (mine.array.mask != other.array.mask).mean() <= EIGHTH
    differs = (mine.data != other.data) & shown
    assert differs.sum() <= max(1, EIGHTH * shown.sum())
    apart = np.abs(mine.data.astype(float) - other.data)[differs] % 250
    assert np.isin(apart, [1, 6, 7, 8, 242, 243, 244, 249]).all(), "a neighbour's, and no other"


def draw(folder: Path, case: dict[str, Any]) -> Path:
    values = np.stack([places(case["dtype"])] * case["bands"])
    holes = np.zeros(values.shape[1:], bool)
    holes[10:40, 20:70] = True
    options: dict[str, Any] = {"crs": f"EPSG:{case['crs'][0]}", "transform": case["crs"][1], "tiled": case["tiled"]}
    if case["tiled"]:
        options |= {"blockxsize": 32, "blockysize": 32}
    if case["hidden"] == "nodata":
        values[:, holes] = 0
        options["nodata"] = 0
    elif case["hidden"] == "mask":
        options["mask"] = ~holes
    elif case["hidden"] == "alpha":
        opaque = np.iinfo(case["dtype"]).max if case["dtype"].startswith(("u", "i")) else 255
        values = np.concatenate([values, np.where(holes, 0, opaque).astype(case["dtype"])[None]])
        colours = [ColorInterp.gray] if case["bands"] == 1 else [ColorInterp.red, ColorInterp.green, ColorInterp.blue]
        options["colorinterp"] = (*colours, ColorInterp.alpha)
    return write(folder / "drawn.tif", values, **options)


def part_of(bounds: Any, crs: CRS, target: CRS, case: dict[str, Any]) -> tuple[float, float, float, float]:
    left, bottom, right, top = transform_bounds(crs, target, *bounds)
    width, height = right - left, top - bottom
    side = 2.0 ** -case["zoom"]
    west, south = left + case["x"] * width, bottom + case["y"] * height
    return west, south, west + side * width, south + side * height


@pytest.mark.parametrize("name", [path.name for path in real_rasters()])
@pytest.mark.parametrize("kernel", ["nearest", "bilinear"])
def test_tiles_of_real_rasters_have_rio_tilers_fields_and_look(name: str, kernel: str) -> None:
    path = next(path for path in real_rasters() if path.name == name)
    with RioTiler(str(path)) as theirs, tiling.Reader(str(path)) as ours:
        if not theirs.crs:
            pytest.skip("it lies nowhere")
        west, south, east, north = theirs.get_geographic_bounds(WGS84)
        zoom = theirs.maxzoom
        tile = theirs.tms.tile((west + east) / 2, (south + north) / 2, zoom)
        if not theirs.tile_exists(tile.x, tile.y, zoom):
            pytest.skip("it crosses 180 degrees: its middle is elsewhere")
        options = {"resampling_method": kernel, "reproject_method": kernel}
        try:
            other = theirs.tile(tile.x, tile.y, zoom, **options)
        except RasterioIOError:
            pytest.skip("it is damaged")
        mine = ours.tile(tile.x, tile.y, zoom, **options)
        assert ours.info() == theirs.info()
        assert ours.preview(max_size=64).data.shape == theirs.preview(max_size=64).data.shape
    same_fields(mine, other)
    assert (mine.array.mask != other.array.mask).mean() <= 0.02
    if not (theirs.colormap and kernel == "bilinear"):  # numbers of classes are no shades
        assert ssim(mine.data, other.data, mine._mask & other._mask) > 0.9


def test_a_preview_is_rio_tilers(path: Path, asked: list[bool]) -> None:
    with tiling.Reader(str(path)) as ours, RioTiler(str(path)) as theirs:
        for options in ({"max_size": 32}, {"width": 50}, {"height": 30, "width": 70}):
            mine, other = ours.preview(**{"max_size": None} | options), theirs.preview(**{"max_size": None} | options)
            same_fields(mine, other)
            assert (mine.data == other.data).all()
    assert asked == [True] * 3


@pytest.mark.parametrize(
    "options",
    [
        {"indexes": 1},
        {"expression": "b1*2;b1+1"},
        {"nodata": 7},
        {"buffer": 1.5},
        {"post_process": lambda data: data * 2},
    ],
    ids=lambda options: next(iter(options)),
)
def test_options_do_what_they_do_in_rio_tiler(path: Path, options: dict[str, Any], asked: list[bool]) -> None:
    with tiling.Reader(str(path)) as ours, RioTiler(str(path)) as theirs:
        left, bottom, right, top = theirs.bounds
        box = left + 100, bottom + 100, right - 100, top - 100
        options = {"dst_crs": theirs.crs, "bounds_crs": theirs.crs, **options}
        mine, other = ours.part(box, **options), theirs.part(box, **options)
    same_fields(mine, other)
    assert (mine.array.mask == other.array.mask).all()
    assert (mine.data == other.data).mean() > 0.98
    assert asked == [True]


@pytest.mark.parametrize(
    "options",
    [{"unscale": True}, {"resampling_method": "cubic"}, {"reproject_method": "bilinear"}, {"padding": 2}],
    ids=lambda options: next(iter(options)),
)
def test_what_we_do_not_read_is_read_by_rio_tiler(path: Path, options: dict[str, Any], asked: list[bool]) -> None:
    with tiling.Reader(str(path)) as ours, RioTiler(str(path)) as theirs:
        tile = theirs.tms.tile(*np.array(theirs.get_geographic_bounds(WGS84)).reshape(2, 2).mean(axis=0), 13)
        mine, other = ours.tile(tile.x, tile.y, 13, **options), theirs.tile(tile.x, tile.y, 13, **options)
    assert not asked
    same_fields(mine, other)
    assert (mine.data == other.data).all()


@pytest.mark.parametrize("bands", [1, 3])
@pytest.mark.parametrize("add_mask", [True, False])
def test_a_rendered_image_shows_the_same(bands: int, add_mask: bool) -> None:
    values = np.ma.MaskedArray(np.stack([places("uint8")] * bands), mask=False)
    values.mask[:, :9] = True
    ours, theirs = ImageData(values), RioTilerImage(values)
    for image_format in ("PNG", "JPEG", "WEBP"):
        mine, other = (
            np.asarray(Image.open(io.BytesIO(image.render(add_mask=add_mask, img_format=image_format))))
            for image in (ours, theirs)
        )
        assert mine.shape == other.shape or image_format == "WEBP"
        if image_format == "PNG":
            assert (mine == other).all()
        else:
            assert np.abs(mine.astype(float) - other)[9:].mean() < 6


@pytest.mark.parametrize(
    ("image_format", "options"),
    [
        ("GTIFF", {}),
        ("NPY", {}),
        ("PNG", {"colormap": {value: (value, 0, 0, 255) for value in range(256)}}),
        ("WEBP", {"lossless": True}),
        ("JPEG", {"progressive": True}),
    ],
)
def test_what_we_do_not_encode_is_encoded_by_rio_tiler(image_format: str, options: dict[str, Any]) -> None:
    ours, theirs = ImageData(places("uint8")), RioTilerImage(places("uint8"))
    assert ours.render(img_format=image_format, **options) == theirs.render(img_format=image_format, **options)


def test_an_image_stays_ours_through_all_that_makes_another_of_it(path: Path) -> None:
    with tiling.Reader(str(path)) as source:
        image = source.preview(max_size=32)
    made = [
        image.resize(8, 8),
        image.clip((500_100, 4_999_500, 500_500, 4_999_900)),
        image.post_process(in_range=((0, 250),)),
        image.apply_expression("b1*2"),
        image.reproject(MERCATOR),
    ]
    assert {type(one) for one in [image, *made]} == {ImageData}


def test_a_file_is_opened_once_for_readers_one_after_the_other(path: Path) -> None:
    with tiling.Reader(str(path)) as first:
        dataset = first.dataset
    with tiling.Reader(str(path)) as second, tiling.Reader(str(path)) as third:
        assert second.dataset is dataset
        assert third.dataset is not dataset


def test_a_closed_reader_has_no_dataset(path: Path) -> None:
    with tiling.Reader(str(path)) as source:
        assert not source.dataset.closed
    assert source.dataset.closed
    with pytest.raises(RasterioIOError, match="closed"):
        source.preview()
    source.close()


def test_a_replaced_file_is_read_anew(path: Path) -> None:
    with tiling.Reader(str(path)) as source:
        before = source.preview(max_size=32).data
    write(path.with_name("next.tif"), places("uint16")[::-1], crs="EPSG:32633", transform=UTM).rename(path)
    with tiling.Reader(str(path)) as source:
        assert (source.preview(max_size=32).data != before).any()


def test_a_failure_of_gdal_closes_the_file_and_one_of_the_caller_does_not(path: Path) -> None:
    def look_outside() -> Any:
        with tiling.Reader(str(path)) as source:
            seen.append(source.dataset)
            source.point(0, 0)

    seen = list[Any]()
    with pytest.raises(PointOutsideBounds):
        look_outside()
    (dataset,) = seen
    assert not dataset.closed
    with pytest.raises(RasterioIOError), tiling.Reader(str(path)):
        raise RasterioIOError("damaged")
    assert dataset.closed


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    values = np.random.default_rng(0).integers(0, 255, (3, 512, 512), dtype=np.uint8)
    options = {"tiled": True, "blockxsize": 256, "blockysize": 256, "compress": "jpeg", "photometric": "ycbcr"}
    path = write(tmp_path / "damaged.tif", values, **options)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


@pytest.mark.parametrize("kind", [RioTiler, tiling.Reader])
def test_damaged_blocks_raise_what_rio_tiler_raises(damaged: Path, kind: type[RioTiler]) -> None:
    with pytest.raises(RasterioIOError), kind(str(damaged)) as source:
        source.preview(max_size=256)


def test_what_failed_in_a_thread_is_not_told_of_the_next_file(damaged: Path, path: Path) -> None:
    """rasterio's `colorinterp` raises the last error of GDAL's in the thread, whichever dataset it was of."""
    with tiling.Reader(str(path)) as source:
        dataset = source.dataset  # open and idle from now on: opening clears the error
    with borrow(source_of(path)) as raster:
        raster.dataset.read()
    for lend in (lambda: tiling.Reader(str(path)), lambda: borrow(source_of(path))):
        with pytest.raises(RasterioIOError), rasterio.open(damaged) as broken:
            broken.read()
        with lend() as lent:
            assert lent.dataset.colorinterp == (ColorInterp.gray,)
    assert not dataset.closed


def test_a_dataset_that_is_given_is_left_to_rio_tiler_and_open(path: Path, asked: list[bool]) -> None:
    with rasterio.open(path) as dataset:
        with tiling.Reader(None, dataset=dataset) as source:
            assert source.preview(max_size=16).data.shape == (1, 16, 16)
        assert not dataset.closed
    assert not asked


def test_a_raster_placed_by_points_is_rio_tilers(tmp_path: Path) -> None:
    corners = [(0, 0, 10, 50), (0, 64, 11, 50), (64, 0, 10, 49), (64, 64, 11, 49)]
    points = [GroundControlPoint(row=row, col=column, x=x, y=y) for row, column, x, y in corners]
    path = write(tmp_path / "points.tif", places("uint8", 64), crs="EPSG:4326", transform=None, gcps=points)
    with tiling.Reader(str(path)) as ours, RioTiler(str(path)) as theirs:
        assert ours.bounds == theirs.bounds
        assert (ours.preview().data == theirs.preview().data).all()


def test_many_threads_read_what_one_does(path: Path) -> None:
    with tiling.Reader(str(path)) as source:
        west, south, east, north = source.get_geographic_bounds(WGS84)
        tiles = list(source.tms.tiles(west, south, east, north, [12, 13, 14, 15]))[:40]
        alone = [source.tile(tile.x, tile.y, tile.z).data for tile in tiles]
    start = threading.Barrier(8)

    def read(offset: int) -> bool:
        start.wait()
        found = []
        for number in range(len(tiles)):
            tile = tiles[(number + offset) % len(tiles)]
            with tiling.Reader(str(path)) as source:
                found.append((source.tile(tile.x, tile.y, tile.z).data == alone[(number + offset) % len(tiles)]).all())
        return all(found)

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(read, range(8)))
    assert len(path_raster.PATH_RASTERS) <= path_raster.MAX_OPEN


def test_rio_tiler_is_not_imported_before_pixels_are() -> None:
    """It takes memory and time that the command line and the supervisor need not spend."""
    code = "import sys, service.cli, service.processes.supervision.supervisor; assert 'rio_tiler' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_raster_without_overviews_warns_as_rio_tilers_does(tmp_path: Path) -> None:
    path = write(tmp_path / "large.tif", np.zeros((600, 600), np.uint8))
    with pytest.warns(NoOverviewWarning), tiling.Reader(str(path)):
        pass


@pytest.mark.parametrize("moment", ["before", "after"])
def test_nodata_that_was_set_before_or_after_the_overviews_is_rio_tilers(tmp_path: Path, moment: str) -> None:
    path = write(tmp_path / "late.tif", places("uint8", 512), crs="EPSG:32633", transform=UTM)
    for what in ("nodata", "overviews") if moment == "before" else ("overviews", "nodata"):
        with rasterio.open(path, "r+") as dataset:
            if what == "nodata":
                dataset.nodata = 7
            else:
                dataset.build_overviews([2, 4])
    with tiling.Reader(str(path)) as ours, RioTiler(str(path)) as theirs:
        mine, other = ours.preview(max_size=128), theirs.preview(max_size=128)
    same_fields(mine, other)
    assert (mine.array.mask == other.array.mask).all()


def test_a_raster_of_another_planet_is_left_to_rio_tiler(tmp_path: Path, asked: list[bool]) -> None:
    moon = "+proj=longlat +a=1737400 +b=1737400 +no_defs"
    path = write(tmp_path / "moon.tif", places("uint8"), crs=moon, transform=Affine(0.1, 0, 0, 0, -0.1, 0))
    with tiling.Reader(str(path)) as ours, RioTiler(str(path)) as theirs:
        assert (ours.preview().data == theirs.preview().data).all()
    assert not any(asked)
