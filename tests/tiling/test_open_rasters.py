import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import rasterio

from tests.tiling.raster_zoo import GRAY, default_profile, real_rasters, source, tile_at, write
from tiling.errors import RasterRefused
from tiling.gate import GDAL_OPTIONS
from tiling.inspect import inspect_raster
from tiling.models import ImageFormat, RasterSource
from tiling.render import render_tile
from tiling.sources import OpenRasters


@pytest.fixture
def sources(tmp_path: Path) -> list[RasterSource]:
    return [source(write(tmp_path / f"{n}.tif", np.full((64, 64), n + 1, dtype=np.uint8))) for n in range(4)]


def test_a_raster_stays_open_until_others_push_it_out(sources: list[RasterSource]) -> None:
    with rasterio.Env(**GDAL_OPTIONS):
        rasters = OpenRasters(max_open=2)
        first, second = rasters.get(sources[0]), rasters.get(sources[1])
        assert rasters.get(sources[0]) is first
        rasters.get(sources[2])
        assert second.dataset.closed
        assert not first.dataset.closed
        assert len(rasters) == 2


def test_a_new_version_of_a_file_is_opened_anew(sources: list[RasterSource]) -> None:
    with rasterio.Env(**GDAL_OPTIONS):
        rasters = OpenRasters()
        old = rasters.get(sources[0])
        assert rasters.get(RasterSource(path=sources[0].path, version="2")) is not old


def test_no_thread_gets_another_threads_raster(sources: list[RasterSource]) -> None:
    with rasterio.Env(**GDAL_OPTIONS):
        rasters = OpenRasters()
        mine = rasters.get(sources[0])

        def theirs() -> bool:
            with rasterio.Env(**GDAL_OPTIONS):
                return len(rasters) == 0 and rasters.get(sources[0]) is not mine

        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(theirs).result()


def test_a_replaced_file_with_a_new_version_shows_its_new_pixels(tmp_path: Path) -> None:
    path = write(tmp_path / "x.tif", np.full((64, 64), 10, dtype=np.uint8))
    address = tile_at(0.02, 0.88, 12)
    before = render_tile(RasterSource(path=str(path), version="1"), address, GRAY)
    write(tmp_path / "y.tif", np.full((64, 64), 20, dtype=np.uint8)).rename(path)
    after = render_tile(RasterSource(path=str(path), version="2"), address, GRAY)
    assert before.body != after.body


def test_many_threads_render_the_very_bytes_that_one_does() -> None:
    jobs = []
    for path in real_rasters()[::3]:
        try:
            description = inspect_raster(source(path))
        except RasterRefused:
            continue
        lon, lat, zoom = description.center
        job = source(path), tile_at(lon, lat, zoom), default_profile(description)
        jobs += [(*job, image_format) for image_format in (ImageFormat.PNG, ImageFormat.JPG)]
    alone = [render_tile(*job).body for job in jobs]
    start = threading.Barrier(8)

    def run(offset: int) -> list[bool]:
        start.wait()
        order = jobs[offset:] + jobs[:offset]
        expected = alone[offset:] + alone[:offset]
        return [render_tile(*job).body == body for job, body in zip(order, expected, strict=True)]

    with ThreadPoolExecutor(8) as pool:
        for same in pool.map(run, range(8)):
            assert all(same)
