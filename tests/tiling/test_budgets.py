"""What one image may take: hostile files are refused with their reason, in bounded memory; honest ones are taken."""

import io
import os
import struct
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
import simplejpeg
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Picture_
from rasterio.io import MemoryFile

from tests.tiling.gate.hostile import (
    JPEG,
    MASK,
    REDUCED,
    Picture,
    deflated,
    mask,
    picture,
    progressive_jpeg,
    write_tiff,
)
from tests.tiling.raster_zoo import GRAY, REPOSITORY, center_tile, default_profile, source, tile_at, write
from tiling.analysis.statistics import read_statistics
from tiling.analysis.values import Wanted, read_point
from tiling.budget import BUDGET, NO_DEADLINE, Deadline
from tiling.errors import OutOfTime, RasterRefused, SourceUnreadable
from tiling.files.beneath import open_regular
from tiling.files.raster_source import RasterSource
from tiling.gate.image_check import check_images
from tiling.ingest.inspect import inspect_raster
from tiling.ingest.integrity import check_blocks
from tiling.models import ImageFormat
from tiling.mosaic import MosaicPart, MosaicSource, render_mosaic
from tiling.render import render_preview, render_tile
from tiling.source.block_cache import BLOCKS
from tiling.source.costs import bilinear_memory, nearest_memory
from tiling.source.dataset_info import Facts
from tiling.source.jpeg_markers import count_scans
from tiling.source.level import Box, Level
from tiling.source.opening import borrow
from tiling.source.stored_blocks import LocalFile

pytestmark = pytest.mark.security

GROWTH = 300
"""Megabytes: the budget of one image, and what Python and GDAL take beside it."""

HOSTILE = {
    "mask of one block": ([picture(), mask(512, 46_080)], "blocks are too large"),
    "overview of one block": ([picture(), picture(256, 16_384, kind=REDUCED)], "blocks are too large"),
    "mask of an overview": ([picture(), picture(256, kind=REDUCED), mask(256, 46_080, kind=MASK | REDUCED)],
                            "blocks are too large"),
    "36 bands of one pixel": ([picture(512, 2048, bands=36)], "blocks are too large"),
    "palette": ([picture(512, 16_384, palette=True)], "blocks are too large"),
    "strips as wide as the image": ([picture(200_000, 200_000, high=200, height=400, tiled=False)],
                                    "blocks are too large"),
    "an overview of another compression": ([picture(), replace(picture(256, kind=REDUCED), compression=34_712)],
                                           "compression"),
    "stored block larger than its pixels": ([replace(picture(), sizes=(10**9,) * 4)], "far larger than its pixels"),
    "block beyond the end": ([replace(picture(), sizes=(100_000,) * 4)], "truncated"),
    "no overviews": ([picture(65_536, 512)], "without"),
    "too many images": ([picture(), *(picture(256, kind=REDUCED) for _ in range(130))], "more than 128 images"),
    "880 scans": ([Picture(width=1024, block=512, compression=JPEG, stored=(progressive_jpeg(512, 880),))], "scans"),
    "880 scans in an overview": (
        [picture(1024), Picture(width=512, block=512, compression=JPEG, kind=REDUCED,
                                stored=(progressive_jpeg(512, 880),))], "scans"),
}  # fmt: skip
HONEST = {
    "one band": [picture()],
    "mask": [picture(), mask()],
    "overview and its mask": [picture(1024), mask(1024), picture(512, kind=REDUCED), mask(512, kind=MASK | REDUCED)],
    "36 bands": [picture(512, 256, bands=36)],
    "36 bands apart": [picture(512, 256, bands=36, planar=2)],
    "palette": [picture(512, palette=True)],
    "three bands of doubles": [picture(512, 256, bands=3, bits=64, floating=True)],
    "wide strips": [picture(60_000, 60_000, high=8, height=64, tiled=False)],
    "one strip": [picture(4096, 4096, tiled=False)],
    "ten scans": [Picture(width=1024, block=512, compression=JPEG, stored=(progressive_jpeg(512, 10),))],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_its_reason(tmp_path: Path, name: str) -> None:
    pictures, reason = HOSTILE[name]
    path = write_tiff(tmp_path / "x.tif", pictures)
    begun = time.process_time()
    with pytest.raises(RasterRefused, match=reason):
        inspect_raster(source(path))
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_twin_is_taken_and_drawn(tmp_path: Path, name: str) -> None:
    path = write_tiff(tmp_path / "x.tif", HONEST[name])
    profile = replace(default_profile(inspect_raster(source(path))), rescale=())
    if "doubles" in name:
        profile = replace(profile, rescale=((0.0, 10.0),))
    assert render_preview(source(path), profile, ImageFormat.PNG, 256).body is not None


@pytest.mark.parametrize("ending", [".ovr", ".msk"])
def test_a_hostile_file_beside_an_honest_one_is_refused(tmp_path: Path, ending: str) -> None:
    path = write_tiff(tmp_path / "x.tif", [picture()])
    write_tiff(tmp_path / f"x.tif{ending}", [mask(512, 46_080, kind=0)])
    with pytest.raises(RasterRefused, match="beside it is refused: its blocks are too large"):
        inspect_raster(source(path))


def test_an_honest_file_that_is_replaced_by_a_hostile_one_is_unreadable(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "x.tif", [picture()])
    profile = default_profile(inspect_raster(source(path)))
    write_tiff(path, HOSTILE["mask of one block"][0])
    with pytest.raises(SourceUnreadable, match="blocks are too large"):
        render_preview(RasterSource(path=str(path), version="2"), profile)


MEASURED = """
import sys, warnings
from pathlib import Path
warnings.simplefilter("ignore")
from tests.tiling.raster_zoo import GRAY, center_tile, source, tile_at
from dataclasses import replace
from tiling.errors import TilingError
from tiling.ingest.inspect import inspect_raster
from tiling.mosaic import MosaicPart, MosaicSource, render_mosaic_preview
from tiling.analysis.mosaic_values import MosaicView
from tiling.models import ImageFormat
from tiling.ingest.warmup import warmup_raster, warm_up
from tiling.render import render_preview, render_tile
from tiling.analysis.statistics import read_mosaic_statistics, read_statistics
from tiling.analysis.values import Wanted, read_point
def memory(name):
    return int(next(line for line in open("/proc/self/status") if line.startswith(name)).split()[1]) // 1024
with warmup_raster(Path(sys.argv[1]).parent) as raster:
    warm_up(raster)
file = source(Path(sys.argv[1]))
before = memory("VmRSS")
bands = tuple(range(1, int(sys.argv[2]) + 1))
box = (0.0, -0.04, 0.04, 0.0)
profile = replace(GRAY, bands=bands if len(bands) < 3 else bands[:3], rescale=((0.0, 9.0),))
mosaic = MosaicSource(parts=(MosaicPart(source=file),), candidates=1)
wanted = Wanted()
expression = replace(GRAY, expression="+".join(f"b{band}" for band in bands[:8]), rescale=((0.0, 9.0),))
for work in (
    lambda: inspect_raster(file),
    lambda: render_preview(file, profile, ImageFormat.PNG, 2048),
    lambda: render_preview(file, replace(profile, resampling="bilinear"), ImageFormat.PNG, 2048),
    lambda: render_preview(file, replace(profile, resampling="cubic"), ImageFormat.PNG, 2048),
    lambda: render_preview(file, expression, ImageFormat.PNG, 2048),
    lambda: render_tile(file, tile_at(0.01, -0.01, 13), replace(profile, resampling="bilinear"), tilesize=512),
    lambda: render_tile(file, tile_at(0.01, -0.01, 8), expression, tilesize=512),
    lambda: read_point(file, 0.01, -0.01, wanted),
    lambda: read_statistics(file, None, wanted),
    lambda: read_mosaic_statistics(mosaic, MosaicView.of(box, 1.0, 1024), None, wanted),
    lambda: render_mosaic_preview(mosaic, box, profile, ImageFormat.PNG, 2048),
):
    try:
        work()
        print("done", memory("VmHWM") - before, file=sys.stderr)
    except TilingError as error:
        print(type(error).__name__, error, memory("VmHWM") - before, file=sys.stderr)
print(memory("VmHWM") - before)
"""
HEAVY = {
    "36 bands": (36, [picture(2048, 512, bands=36)]),
    "36 bands apart in large blocks": (36, [picture(4096, 4096, bands=36, planar=2)]),
    "doubles": (3, [picture(4096, 512, bands=3, bits=64, floating=True)]),
    "doubles in large blocks": (3, [picture(4096, 1024, bands=3, bits=64, floating=True)]),
    "64 bands of doubles": (64, [picture(1024, 256, bands=64, bits=64, floating=True, planar=2)]),
    "wide strips": (1, [picture(100_000, 100_000, high=100, height=600, tiled=False)]),
    "mask of large blocks": (1, [picture(4096, 4096), mask(4096, 4096)]),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HEAVY)
def test_whatever_is_asked_of_a_large_file_its_memory_is_bounded(
    tmp_path: Path, name: str, record_property: Callable[[str, object], None]
) -> None:
    bands, pictures = HEAVY[name]
    path = write_tiff(tmp_path / "x.tif", pictures)
    command = [sys.executable, "-c", MEASURED, str(path), str(bands)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    record_property("memory of a worker", f"{int(done.stdout)} MB more, of at most {GROWTH + 192}")
    assert int(done.stdout) <= GROWTH + 192, done.stderr  # and the cache of decoded blocks


def test_random_bytes_in_directories_are_refused_and_nothing_else(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "x.tif", HONEST["overview and its mask"])
    good, random = path.read_bytes(), np.random.default_rng(5)
    for _ in range(400):
        body = bytearray(good)
        for at in random.integers(0, len(body), 12):
            body[at] = random.integers(0, 256)
        path.write_bytes(body[: random.integers(8, len(body) + 1)])
        try:
            check_images(LocalFile(open_regular(path)))
        except RasterRefused:
            continue


def test_directories_that_lead_in_a_circle_end(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "x.tif", [picture()])
    body = bytearray(path.read_bytes())
    body[-4:] = body[4:8]
    path.write_bytes(body)
    check_images(LocalFile(open_regular(path)))


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}, {"optimize": True}])
def test_ordinary_jpegs_have_few_scans(options: dict[str, object]) -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Picture_.fromarray(pixels).save(buffer, "JPEG", **options)
    assert count_scans(buffer.getvalue()) == (10 if "progressive" in options else 1)


def behind(marker: int, hidden: bytes, shown: bytes) -> bytes:
    """Return a JPEG that goes on with one file for who skips by what follows a marker, with another for all others."""
    padded = hidden[2:] + bytes(0xFFD0 - 2 - len(hidden[2:]))
    return b"\xff\xd8" + bytes([0xFF, marker]) + b"\xff\xd0" + padded + shown[2:]


@pytest.mark.parametrize("marker", [0x01, *range(0xD0, 0xD8)])
def test_scans_are_counted_where_decoders_find_them(marker: int) -> None:
    """No length follows these markers: what looks like one hides a file from who skips by it."""
    shown = io.BytesIO()
    Picture_.new("L", (512, 512)).save(shown, "JPEG")
    file = behind(marker, progressive_jpeg(512, 800), shown.getvalue())
    assert simplejpeg.decode_jpeg(file, "GRAY")[0, 0, 0] == 128, "it is decoded, all scans of it"
    assert count_scans(file) >= 800


def test_a_file_whose_blocks_turn_bad_is_neither_decoded_nor_sent_as_it_is(tmp_path: Path) -> None:
    blocks = (progressive_jpeg(512, 10),) * 3 + (progressive_jpeg(512, 40),)
    path = write_tiff(tmp_path / "x.tif", [Picture(width=1024, block=512, compression=JPEG, stored=blocks)])
    with pytest.raises(SourceUnreadable, match="more than 32 scans"):
        render_preview(source(path), GRAY)


def test_registering_says_of_how_many_blocks_it_has_looked_at_the_header(tmp_path: Path) -> None:
    path = write_tiff(
        tmp_path / "x.tif", [Picture(width=2048, block=512, compression=JPEG, stored=(progressive_jpeg(512, 5),))]
    )
    ticks = iter(range(100))
    found = check_blocks(LocalFile(open_regular(path)), path.stat().st_size, Deadline(4.5, lambda: next(ticks)))
    assert (found.looked_at, found.blocks) == (4, 16)
    assert found.warnings == ("only 4 of its 16 JPEG blocks were looked at, as that takes long",)
    assert not check_blocks(LocalFile(open_regular(path)), path.stat().st_size, NO_DEADLINE).warnings


def test_a_deflated_block_is_inflated_no_further_than_its_pixels(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "x.tif", [replace(picture(), stored=(deflated(100 * 2**20),))])
    command = [sys.executable, "-c", MEASURED, str(path), "1"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=280, check=False)
    assert int(done.stdout) <= GROWTH, done.stderr


class Ticking:
    """A clock that goes on by a second with each look at it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


@pytest.fixture
def large(tmp_path: Path) -> RasterSource:
    values = np.random.default_rng(1).integers(0, 255, (2048, 2048), dtype=np.uint8)
    return source(write(tmp_path / "x.tif", values, tiled=True, blockxsize=256, blockysize=256, crs="EPSG:32633"))


@pytest.mark.parametrize("resampling", ["nearest", "bilinear", "cubic"])
def test_a_render_ends_by_itself_when_its_time_is_over(large: RasterSource, resampling: str) -> None:
    profile = replace(GRAY, resampling=resampling)
    with pytest.raises(OutOfTime):
        render_preview(large, profile, ImageFormat.PNG, 2048, deadline=Deadline(1.5, Ticking()))
    assert render_preview(large, profile, ImageFormat.PNG, 64, deadline=Deadline(1000.0)).body


def test_a_mosaic_ends_by_itself_and_is_not_told_as_incomplete(large: RasterSource) -> None:
    mosaic = MosaicSource(parts=(MosaicPart(source=large),) * 3, candidates=3)
    address = center_tile(inspect_raster(large))
    with pytest.raises(OutOfTime):
        render_mosaic(mosaic, address, GRAY, deadline=Deadline(0.5, Ticking()))


def test_statistics_and_points_end_by_themselves(large: RasterSource) -> None:
    with pytest.raises(OutOfTime):
        read_statistics(large, None, Wanted(), deadline=Deadline(1.5, Ticking()))
    longitude, latitude, _ = inspect_raster(large).center
    with pytest.raises(OutOfTime):
        read_point(large, longitude, latitude, Wanted(), Deadline(0.5, Ticking()))


def test_a_point_of_many_bands_in_large_blocks_is_too_much(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "x.tif", [picture(4096, 4096, bands=36, planar=2)])
    with pytest.raises(SourceUnreadable, match="too many source pixels"):
        read_point(source(path), 0.01, -0.01, Wanted())
    assert read_point(source(path), 0.01, -0.01, Wanted(profiles=(replace(GRAY, bands=(1,)),)))


def test_a_tile_of_a_file_within_the_budget_is_drawn(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "x.tif", HONEST["three bands of doubles"])
    profile = replace(GRAY, bands=(1, 2, 3), rescale=((0.0, 9.0),), resampling="bilinear")
    assert render_tile(source(path), tile_at(0.02, -0.02, 12), profile, tilesize=512).body


@settings(max_examples=40, deadline=None)
@given(
    dtype=st.sampled_from(["uint8", "uint16", "float32", "float64"]),
    bands=st.integers(1, 6),
    block=st.sampled_from([16, 64, 256]),
    interleave=st.sampled_from(["pixel", "band"]),
    corner=st.tuples(st.integers(0, 300), st.integers(0, 300)),
    shape=st.tuples(st.integers(1, 340), st.integers(1, 340)),
)
def test_the_estimate_of_a_read_is_not_less_than_what_it_takes(
    dtype: str, bands: int, block: int, interleave: str, corner: tuple[int, int], shape: tuple[int, int]
) -> None:
    options = {"driver": "GTiff", "width": 640, "height": 640, "count": bands, "dtype": dtype, "tiled": True}
    blocks = {"blockxsize": block, "blockysize": block, "interleave": interleave}
    with MemoryFile() as file, rasterio.Env(GDAL_NUM_THREADS="1"):
        with file.open(**options, **blocks, crs="EPSG:3857", transform=rasterio.Affine(2, 0, 0, 0, -2, 0)):
            pass
        with file.open() as dataset:
            level = Level(dataset, object(), None, None)
            (top, left), (height, width) = corner, shape
            box = Box(top=top, left=left, bottom=top + height, right=left + width)
            numbers = tuple(range(1, bands + 1))
            BLOCKS.resize(0)
            BLOCKS.resize(192 * 2**20)
            tracemalloc.start()
            level.read(numbers, box)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert level.working_bytes(bands, box) + 100_000 >= peak
            assert Facts(dataset).bands_together is (interleave == "pixel" and bands > 1)


@pytest.mark.parametrize("is_straight", [True, False])
def test_estimates_grow_with_what_is_asked_for(is_straight: bool) -> None:
    nearest = [nearest_memory(bands, 2, 512**2, is_straight=is_straight) for bands in (1, 3, 36)]
    bilinear = [bilinear_memory(bands, 8, 512**2, 1024**2, is_straight=is_straight) for bands in (1, 3, 36)]
    assert nearest == sorted(nearest)
    assert bilinear == sorted(bilinear)
    assert bilinear[-1] > BUDGET.working_bytes


def with_tag(path: Path, tag: int, kind: int, count: int, body: bytes = b"", *, images: int = 1) -> Path:
    """Write a file of alike images, each with a tag of so many values, which all have the same place in the file."""
    spare = replace(picture(), more=((65_000, 4, (0, 0)),))
    write_tiff(path, [spare] * images)
    data, place = bytearray(path.read_bytes()), path.stat().st_size
    at = data.find(struct.pack("<HHI", 65_000, 4, 2))
    while at >= 0:
        struct.pack_into("<HHII", data, at, tag, kind, count, place)
        at = data.find(struct.pack("<HHI", 65_000, 4, 2))
    path.write_bytes(data + body)
    return path


def items(count: int) -> bytes:
    return b"<GDALMetadata>%s</GDALMetadata>\0" % b"".join(b'<Item name="k%d">v</Item>' % n for n in range(count))


def test_metadata_that_takes_gdal_seconds_is_refused_before_gdal_sees_it(tmp_path: Path) -> None:
    few, many = items(2000), items(20_000)
    path = with_tag(tmp_path / "x.tif", 42112, 2, len(few), few)
    check_images(LocalFile(open_regular(path)))
    with borrow(source(path)) as raster:
        assert raster.stored.tags()["k1999"] == "v"
    for body, images in ((many, 1), (few, 8)):
        path = with_tag(tmp_path / "x.tif", 42112, 2, len(body), body, images=images)
        with pytest.raises(SourceUnreadable, match="metadata has more than 256 KiB"), borrow(source(path)):
            pass


@pytest.mark.parametrize(("kind", "count"), [(1, 20 * 2**20), (12, 3 * 2**20), (16, 2**32 - 1)])
@pytest.mark.parametrize("tag", [700, 34675, 65_001])
def test_tags_are_bounded_however_little_the_file_holds(tmp_path: Path, tag: int, kind: int, count: int) -> None:
    path = with_tag(tmp_path / "x.tif", tag, kind, count)
    with pytest.raises(RasterRefused, match="tags have more than 16 MiB"):
        check_images(LocalFile(open_regular(path)))


def test_images_that_share_a_long_list_of_blocks_are_refused_at_once(tmp_path: Path) -> None:
    count, path = 10_000_000, tmp_path / "x.tif"
    write_tiff(path, [picture()] * 100)
    data, place = bytearray(path.read_bytes()), path.stat().st_size
    for entry in (struct.pack("<HHI", tag, 4, 4) for tag in (324, 325)):
        at = data.find(entry)
        while at >= 0:
            struct.pack_into("<HII", data, at + 2, 1, count, place)
            at = data.find(entry)
    path.write_bytes(data)
    os.truncate(path, place + count)
    begun = time.thread_time()
    with pytest.raises(RasterRefused, match="blocks: store it in larger ones"):
        check_images(LocalFile(open_regular(path)))
    assert time.thread_time() - begun < 2


def test_blocks_that_lie_in_two_places_are_refused(tmp_path: Path) -> None:
    """Libtiff takes the list that comes last, of strips or of tiles: what was checked need not be what is read."""
    for more in (((273, 4, (8,) * 4),), ((279, 4, (10**9,) * 4),)):
        write_tiff(tmp_path / "x.tif", [replace(picture(), more=more)])
        with pytest.raises(RasterRefused, match="not a readable"):
            check_images(LocalFile(open_regular(tmp_path / "x.tif")))
