"""Which tiles are asked for, and what a person's walk shows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import mercantile
import pytest
import rasterio

from benchmarks import scenery
from benchmarks.addresses import contains, point, random_tiles
from benchmarks.rasters import CLASSES, make_raster
from benchmarks.walk import degrees, viewport, walk, world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

UTM = CLASSES[0]
ZOOMS = (14, 17)


@pytest.fixture(scope="module", autouse=True)
def _little_ground() -> Iterator[None]:
    """Draw a smaller base than the bench does: it is the same, and takes a moment instead of seconds."""
    drawn = (scenery.heights, scenery.lakes, scenery.colours, scenery.reflectances)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scenery, "BASE", 256)
        for function in drawn:
            function.cache_clear()
        yield
    for function in drawn:
        function.cache_clear()


@pytest.fixture(scope="module")
def raster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rasters") / "rgb.tif"
    make_raster(UTM, path, 1024)
    return path


def test_a_raster_is_a_cog_with_overviews_and_nothing_half_is_left(raster: Path) -> None:
    with rasterio.open(raster) as opened:
        assert opened.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert opened.overviews(1) == [2]
        assert opened.read(1).std() > 5
    assert [*raster.parent.iterdir()] == [raster]


def test_a_web_aligned_raster_lies_on_whole_tiles(tmp_path: Path) -> None:
    web = next(kind for kind in CLASSES if kind.web_aligned)
    path = tmp_path / "web.tif"
    make_raster(replace(web, cog=web.cog | {"COMPRESS": "DEFLATE", "QUALITY": "75"}), path, 512)
    with rasterio.open(path) as opened:
        left, bottom, right, top = opened.bounds
        assert (opened.width, opened.height) == (512, 512)
    first, last = (
        mercantile.tile(*mercantile.lnglat(x, y), 17) for x, y in ((left + 1, top - 1), (right - 1, bottom + 1))
    )
    assert (last.x - first.x, last.y - first.y) == (1, 1)


def test_no_tile_comes_twice_and_each_lies_in_the_raster(raster: Path) -> None:
    tiles = random_tiles(raster, ZOOMS, 20, seed=3)
    assert len(tiles) == len(set(tiles)) == 20
    west, south = point(raster, 0, 1)
    east, north = point(raster, 1, 0)
    for z, x, y in tiles:
        bounds = mercantile.bounds(x, y, z)
        assert bounds.west < east
        assert bounds.east > west
        assert bounds.south < north
        assert bounds.north > south


def test_the_same_seed_gives_the_same_list_and_another_one_another(raster: Path) -> None:
    assert random_tiles(raster, ZOOMS, 20, seed=3) == random_tiles(raster, ZOOMS, 20, seed=3)
    assert random_tiles(raster, ZOOMS, 20, seed=3) != random_tiles(raster, ZOOMS, 20, seed=4)


def test_a_list_leaves_out_what_it_is_told_and_ends_where_the_raster_does(raster: Path) -> None:
    first = random_tiles(raster, ZOOMS, 20, seed=3)
    assert not set(first) & set(random_tiles(raster, ZOOMS, 10, seed=3, without=first))
    assert 0 < len(random_tiles(raster, (10, 12), 1000, seed=3)) < 10


def test_a_viewport_is_covered_from_its_centre_outwards(raster: Path) -> None:
    lon, lat = point(raster, 0.5, 0.5)
    tiles = viewport(raster, lon, lat, 19, 256)
    assert 3 * 5 <= len(tiles) <= 5 * 7
    assert tiles[0] == (19, *mercantile.tile(lon, lat, 19)[:2])


def test_a_walk_stays_on_the_raster_and_is_the_same_each_time(raster: Path) -> None:
    views = walk(raster, (15, 19), 20, 5, 256)
    assert views == walk(raster, (15, 19), 20, 5, 256)
    assert len(views) == 20
    assert all(view.tiles for view in views)
    assert {view.is_left_early for view in views} == {True, False}
    assert len({view.tiles[0][0] for view in views}) > 1


def test_places_go_to_the_world_and_back() -> None:
    assert degrees(*world(11.5, 48.1, 12), 12) == pytest.approx((11.5, 48.1))


def test_a_place_outside_is_not_contained(raster: Path) -> None:
    assert contains(raster, *point(raster, 0.5, 0.5), margin=0.1)
    assert not contains(raster, *point(raster, 0.05, 0.5), margin=0.1)
    assert not contains(raster, *point(raster, 1.2, 0.5))
