"""Shapes in degrees on rasters' own grids: a pixel is inside if the place of its centre is, wherever that lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely
from affine import Affine
from shapely.affinity import translate

from tests.tiling.geometry.test_clips import star
from tests.tiling.raster_zoo import real_rasters, source, write
from tiling.geometry.clip import Clip
from tiling.geometry.georeference import pixel_to_lonlat
from tiling.reading.window_read import frame_of
from tiling.source.opening import borrow

if TYPE_CHECKING:
    from pathlib import Path

RASTERS = [path for path in real_rasters() if path.name not in {"tiny_float_2x3.tif", "corrupt.tif"}]
ELSEWHERE = {
    "degrees from 0 to 360": ("EPSG:4326", Affine(4.0, 0.0, 0.0, 0.0, -4.0, 80.0), (90, 40)),
    "degrees across 180": ("EPSG:4326", Affine(0.2, 0.0, 170.0, 0.0, -0.2, 10.0), (100, 100)),
    "web mercator across 180": ("EPSG:3857", Affine(20_000.0, 0.0, 19.5e6, 0.0, -20_000.0, 1e6), (100, 100)),
    "around a pole": ("EPSG:3031", Affine(50_000.0, 0.0, -2.5e6, 0.0, -50_000.0, 2.5e6), (100, 100)),
    "turned": ("EPSG:32633", Affine(80.0, 60.0, 500_000.0, 60.0, -80.0, 5e6), (100, 100)),
}


def clip_around(west: float, south: float, east: float, north: float) -> Clip:
    """A star with a hole in a box of unwrapped degrees, cut at 180 degrees as GeoJSON wants it."""
    rings = star((west + (east - west) / 9, south + (north - south) / 9, east - (east - west) / 9, north))
    whole = shapely.Polygon(rings[0], rings[1:])
    world = shapely.box(-180, -90, 180, 90)
    parts = [translate(whole, xoff=turn).intersection(world) for turn in (-360, 0, 360)]
    return Clip.of_shape(shapely.unary_union(parts))


def differing(path: Path) -> float:
    """The part of a raster's pixels that are told to be inside, or outside, and are not."""
    with borrow(source(path)) as raster:
        clip = clip_around(*raster.footprint.box)
        frame = frame_of(raster, clip, max_pixels=10_000)
        assert frame is not None
        inside = frame.inside()
        assert inside is not None
        rows = frame.box.top + (np.arange(frame.height) + 0.5) * (frame.box.bottom - frame.box.top) / frame.height
        columns = frame.box.left + (np.arange(frame.width) + 0.5) * (frame.box.right - frame.box.left) / frame.width
        places = np.meshgrid(columns, rows)
        lons, lats = pixel_to_lonlat(raster.dataset, places[0].ravel(), places[1].ravel())
    expected = shapely.contains_xy(clip.shape, (lons + 180) % 360 - 180, lats).reshape(inside.shape)
    assert 0.1 < expected.mean() < 0.9
    return float((inside != expected).mean())


@pytest.mark.parametrize("path", RASTERS, ids=lambda path: path.stem)
def test_a_shape_lies_where_its_places_are(path: Path) -> None:
    assert differing(path) < 1e-4


@pytest.mark.parametrize("where", ELSEWHERE)
def test_so_it_does_around_the_edges_of_the_world(tmp_path: Path, where: str) -> None:
    crs, transform, (width, height) = ELSEWHERE[where]
    path = write(tmp_path / "a.tif", np.zeros((height, width), np.uint8), crs=crs, transform=transform)
    assert differing(path) < 1e-3
