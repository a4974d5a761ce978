import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS

from tests.tiling.raster_zoo import GRAY, default_profile, real_rasters, source, tile_at, write
from tiling.errors import RasterRefused
from tiling.files.raster_source import RasterSource
from tiling.ingest.inspect import inspect_raster
from tiling.models import ImageFormat
from tiling.render import render_tile
from tiling.source.opening import borrow


@pytest.fixture
def placed_by_points(tmp_path: Path) -> RasterSource:
    """A raster that is warped by a transformer which the opening thread made."""
    corners = [(0, 0, 10, 50), (0, 64, 11, 50), (64, 0, 10, 49), (64, 64, 11.1, 49)]
    points = [GroundControlPoint(row=row, col=column, x=x, y=y) for row, column, x, y in corners]
    path = tmp_path / "points.tif"
    profile: dict[str, object] = {"driver": "GTiff", "width": 64, "height": 64, "count": 1, "dtype": "uint8"}
    profile |= {"gcps": points, "crs": CRS.from_epsg(4326)}
    with rasterio.open(path, "w", **profile) as dataset:
        dataset.write(np.arange(64 * 64, dtype=np.uint8).reshape(1, 64, 64))
    return source(path)


def test_a_raster_outlives_the_thread_that_opened_it(placed_by_points: RasterSource, tmp_path: Path) -> None:
    """GDAL keeps contexts of PROJ by thread; a raster that another thread has opened and warped must not need them."""
    turned = source(write(tmp_path / "utm.tif", np.arange(4096, dtype=np.uint8).reshape(64, 64), crs="EPSG:32631"))
    seen: list[tuple[int, bytes | None]] = []

    def render(raster: RasterSource) -> None:
        with borrow(raster) as opened:
            handle = id(opened)
            west, south, east, north = opened.footprint.box
        address = tile_at((west + east) / 2, (south + north) / 2, 8)
        seen.append((handle, render_tile(raster, address, GRAY).body))

    for raster in (placed_by_points, turned):
        seen.clear()
        for _ in range(4):
            thread = threading.Thread(target=render, args=[raster])
            thread.start()
            thread.join()
        assert len(set(seen)) == 1
        assert seen[0][1] is not None


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
