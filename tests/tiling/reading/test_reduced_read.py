"""Fewer pixels than there are, read so that each block is decoded once: the same ones that GDAL takes."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.control import GroundControlPoint
from rasterio.enums import ColorInterp
from rasterio.windows import Window

from tests.tiling.raster_zoo import source
from tiling.analysis.statistics import read_statistics
from tiling.analysis.values import Wanted
from tiling.reading import reduced_read
from tiling.reading.reduced_read import is_better_in_chunks, read_in_chunks
from tiling.reading.window_read import frame_of, read_frame
from tiling.source.opening import borrow

CHECKOUT = Path(__file__).parents[3]
SIDE = 300


def pixels(count: int) -> np.ndarray:
    rows, columns = np.mgrid[:SIDE, :SIDE]
    return np.stack([(rows * 331 + columns * 7 + band * 13) % 4001 for band in range(count)]).astype("uint16")


def write(path: Path, values: np.ndarray, *, alpha: bool = False, **options: object) -> Path:
    grid = {"crs": "EPSG:32633", "transform": Affine(10, 0, 5e5, 0, -10, 5e6)}
    stored = {"tiled": True, "blockxsize": 64, "blockysize": 32, "compress": "deflate", "interleave": "pixel"}
    shape = {"count": len(values), "height": SIDE, "width": SIDE, "dtype": values.dtype}
    with rasterio.open(path, "w", driver="GTiff", **(shape | stored | grid | options)) as file:
        file.write(values)
        if alpha:
            file.colorinterp = [*[ColorInterp.undefined] * (len(values) - 1), ColorInterp.alpha]
    return path


@pytest.mark.parametrize(
    "window",
    [Window(0, 0, SIDE, SIDE), Window(37, 11, 201, 270), Window(3.25, 7.5, 200.5, 101.75)],
    ids=["all", "a part", "a part of an overview"],
)
@pytest.mark.parametrize("shape", [(100, 100), (77, 91), (1, 1), (33, 190)])
@pytest.mark.parametrize("options", [{}, {"alpha": True}, {"nodata": 7}], ids=["plain", "alpha", "nodata"])
def test_the_pixels_are_those_that_gdal_takes(
    tmp_path: Path, window: Window, shape: tuple[int, int], options: dict[str, object]
) -> None:
    values = pixels(5)
    values[4] = np.where(np.arange(SIDE) % 3, 0, 65535)
    with rasterio.open(write(tmp_path / "x.tif", values, **options)) as dataset:
        bands = (1, 3)
        found, known = read_in_chunks(dataset, bands, shape, window)
        expected = dataset.read(bands, window=window, out_shape=(2, *shape), masked=True)
    assert (found == expected.data).all()
    hidden = np.ma.getmaskarray(expected)
    assert (known == (~hidden | (found == options.get("nodata", -1)))).all()


def test_it_is_done_where_a_row_of_blocks_is_more_than_gdal_keeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, raster = Window(0, 0, SIDE, SIDE), write(tmp_path / "x.tif", pixels(31))
    bands_apart = write(tmp_path / "y.tif", pixels(31), interleave="band")
    monkeypatch.setattr(reduced_read, "CACHED", 31 * 2 * SIDE * 32 - 1)
    with rasterio.open(raster) as dataset, rasterio.open(bands_apart) as other:
        assert is_better_in_chunks(dataset, (100, 100), whole)
        assert not is_better_in_chunks(dataset, (SIDE, SIDE), whole)
        assert not is_better_in_chunks(other, (100, 100), whole)
    by_chunks = read_statistics(source(raster), None, Wanted(), max_pixels=10_000)
    monkeypatch.setattr(reduced_read, "CACHED", 2**40)
    assert read_statistics(source(raster), None, Wanted(), max_pixels=10_000) == by_chunks


REGISTERED = """
import sys, time
from tests.tiling.raster_zoo import source
from tiling.gate.gdal_lockdown import restrict_gdal
from tiling.ingest.inspect import inspect_raster
from pathlib import Path
restrict_gdal()
began = time.process_time()
inspect_raster(source(Path(sys.argv[1])))
print(time.process_time() - began)
"""


@pytest.mark.parametrize("block", [256, 1536], ids=["rows that GDAL keeps", "rows that it does not"])
def test_registering_decodes_a_raster_a_few_times_and_not_once_for_each_row(tmp_path: Path, block: int) -> None:
    """As in workers: where GDAL has its JPEG driver, it decodes JPEG blocks in few pixels by itself."""
    values = np.tile(pixels(3).astype("uint8"), (1, 8, 24))[:, :2048, :6144]
    stored = {"height": 2048, "width": 6144, "blockxsize": block, "blockysize": block, "compress": "jpeg"}
    with rasterio.open(write(tmp_path / "x.tif", values, photometric="ycbcr", **stored)) as dataset:
        began = time.process_time()
        dataset.read()
    once = time.process_time() - began
    command = [sys.executable, "-c", REGISTERED, str(tmp_path / "x.tif")]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=110, check=False)
    assert float(done.stdout) < 2 + 10 * once, done.stderr


@pytest.mark.parametrize("nodata", [None, 9], ids=["a mask", "nodata"])
def test_a_raster_placed_by_control_points_is_warped_once_onto_what_is_asked_for(
    tmp_path: Path, nodata: float | None
) -> None:
    places = [(row, column) for row in (0, SIDE // 2, SIDE) for column in (0, SIDE // 2, SIDE)]
    points = [
        GroundControlPoint(row=row, col=column, x=10 + column * 1e-4 + row * 2e-5, y=50 - row * 1e-4)
        for row, column in places
    ]
    smooth = np.repeat(np.arange(SIDE)[None, None] // 2 + 10, SIDE, axis=1).astype(np.uint8)
    path = tmp_path / "x.tif"
    options = {"count": 1, "height": SIDE, "width": SIDE, "dtype": "uint8", "gcps": points, "crs": "EPSG:4326"}
    with rasterio.open(path, "w", driver="GTiff", nodata=nodata, **options) as file:
        file.write(smooth)
    with borrow(source(path)) as raster:
        frame = frame_of(raster, None, max_pixels=10_000)
        assert frame is not None
        values, known = read_frame(raster, frame, (1,), None)
        whole = raster.dataset.read(1, masked=True)
    rows, columns = (
        ((np.arange(count) + 0.5) * size / count).astype(int)
        for count, size in zip(values.shape[1:], whole.shape, strict=True)
    )
    expected = whole[np.ix_(rows, columns)]
    shown = ~np.ma.getmaskarray(expected)
    assert (known[0] == shown).mean() > 0.98
    both = known[0] & shown
    assert 0.5 < both.mean() < 0.95
    assert np.abs(values[0].astype(int) - expected.data)[both].max() <= 1
