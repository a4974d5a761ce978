"""What may be shown of a raster: judged by the centre of each pixel, and taken out of the picture for good."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely

from tests.mosaics import ZOOM, write_at
from tests.tiling.raster_zoo import GRAY, decode, source
from tests.tiling.source.test_stored_blocks import TILE as STORED
from tests.tiling.source.test_stored_blocks import web_aligned
from tests.tiling.test_mosaic import mosaic
from tiling.geometry.clip import Clip, ClipInvalid, box_clip
from tiling.geometry.grid import Grid, tile_grid
from tiling.hillshade import EARTH_RADIUS
from tiling.models import Bounds, ImageFormat, Profile, ProfileKind, TileAddress
from tiling.mosaic import render_mosaic, render_mosaic_preview
from tiling.overlay import Finish
from tiling.render import box_grid, render_preview, render_tile

if TYPE_CHECKING:
    from pathlib import Path

ADDRESS = TileAddress(z=ZOOM, x=2200, y=1400)
TERRAIN = Profile(id="t", label="T", kind=ProfileKind.TERRAIN, algorithm="terrainrgb")


def star(box: Bounds, points: int = 25) -> list[list[tuple[float, float]]]:
    """A ragged polygon with a hole, in a box of degrees."""
    west, south, east, north = box
    middle, reach = ((west + east) / 2, (south + north) / 2), ((east - west) / 2, (north - south) / 2)

    def ring(scales: list[float]) -> list[tuple[float, float]]:
        at = [2 * math.pi * index / len(scales) for index in range(len(scales))]
        turn = [
            (middle[0] + reach[0] * s * math.cos(a), middle[1] + reach[1] * s * math.sin(a))
            for s, a in zip(scales, at, strict=True)
        ]
        return [*turn, turn[0]]

    return [ring([1.0 if index % 2 else 0.6 for index in range(points)]), ring([0.3] * 4)]


def centres(grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    """Longitude and latitude of each pixel's centre, by the formulas of web mercator."""
    left, _, _, top = grid.bounds
    xs = left + (np.arange(grid.width) + 0.5) * grid.pixel_size
    ys = top - (np.arange(grid.height) + 0.5) * grid.pixel_height
    lons, lats = np.degrees(xs / EARTH_RADIUS), np.degrees(2 * np.arctan(np.exp(ys / EARTH_RADIUS)) - np.pi / 2)
    return np.meshgrid((lons + 180) % 360 - 180, lats)


@pytest.mark.parametrize(
    ("box", "grid"),
    [
        pytest.param(ADDRESS.lonlat_bounds, tile_grid(ADDRESS, 256), id="a tile"),
        pytest.param((-60.0, 20.0, 120.0, 84.0), tile_grid(TileAddress(z=0, x=0, y=0), 256), id="the world"),
        pytest.param((150.0, -40.0, 180.0, 10.0), box_grid((160.0, -50.0, 200.0, 20.0), 300), id="beyond 180 degrees"),
    ],
)
def test_a_pixel_is_inside_if_its_centre_is(box: Bounds, grid: Grid) -> None:
    clip = Clip.of([star(box)])
    lons, lats = centres(grid)
    expected = shapely.contains_xy(clip.shape, lons, lats)
    assert 0.05 < expected.mean() < 0.95
    assert (clip.mask(grid) == expected).all()


def test_polygons_that_overlap_are_one_and_a_hole_stays_open() -> None:
    west, south, east, north = ADDRESS.lonlat_bounds
    middle = (west + east) / 2
    halves = [shapely.box(west, south, middle + 0.01, north), shapely.box(middle - 0.01, south, east, north)]
    assert Clip.of([[list(half.exterior.coords)] for half in halves]).mask(tile_grid(ADDRESS, 256)).all()
    assert not Clip.of([star(ADDRESS.lonlat_bounds)]).mask(tile_grid(ADDRESS, 256))[128, 128]


def test_a_polygon_that_crosses_itself_is_refused() -> None:
    with pytest.raises(ClipInvalid, match="self-intersection"):
        Clip.of([[[(0, 0), (1, 1), (1, 0), (0, 1), (0, 0)]]])
    with pytest.raises(ClipInvalid):
        Clip.of([[[(0, 0), (1, 1), (2, 2), (0, 0)]]])


def test_an_area_of_ten_thousand_points_is_cut_in_a_moment() -> None:
    clip = Clip.of([star(ADDRESS.lonlat_bounds, points=9_995)])
    lons, lats = centres(tile_grid(ADDRESS, 256))
    rows = slice(None, None, 32)
    assert (clip.mask(tile_grid(ADDRESS, 256))[rows] == shapely.contains_xy(clip.shape, lons[rows], lats[rows])).all()


@pytest.mark.parametrize("image_format", [ImageFormat.PNG, ImageFormat.WEBP])
def test_what_is_outside_is_clear_and_has_no_colour_left(tmp_path: Path, image_format: ImageFormat) -> None:
    path = write_at(tmp_path / "a.tif", ADDRESS, np.random.default_rng(1).integers(1, 255, (64, 64), np.uint8))
    clip = Clip.of([star(ADDRESS.lonlat_bounds)])
    whole, cut = (
        decode(render_tile(source(path), ADDRESS, GRAY, ImageFormat.PNG, 256, Finish(clip=limit)))
        for limit in (None, clip)
    )
    inside = clip.mask(tile_grid(ADDRESS, 256))
    assert (cut[inside] == whole[inside]).all()
    assert not cut[~inside].any()
    other = decode(render_tile(source(path), ADDRESS, GRAY, image_format, 256, Finish(clip=clip)))
    assert not other[~inside][:, 3].any()


def test_outside_is_white_in_a_jpeg_and_at_sea_level_in_terrain(tmp_path: Path) -> None:
    path = write_at(tmp_path / "a.tif", ADDRESS, np.full((64, 64), 40, np.uint8))
    finish = Finish(clip=Clip.of([star(ADDRESS.lonlat_bounds)]))
    jpeg = decode(render_tile(source(path), ADDRESS, GRAY, ImageFormat.JPG, 256, finish))
    assert jpeg[2, 2, :3].min() > 245
    terrain = decode(render_tile(source(path), ADDRESS, TERRAIN, ImageFormat.PNG, 256, finish))
    inside = finish.shown(tile_grid(ADDRESS, 256))
    assert inside is not None
    heights = -10000 + terrain[..., :3].astype(int) @ [65536, 256, 1] * 0.1
    assert set(heights[inside].round(3)) == {40.0}
    assert set(heights[~inside].round(3)) == {0.0}


def test_a_palette_that_uses_every_colour_shows_nothing_outside(tmp_path: Path) -> None:
    palette = {index: (index, 255 - index, 7, 255) for index in range(256)}
    values = np.arange(64 * 64, dtype=np.uint32).reshape(64, 64) % 256
    path = write_at(tmp_path / "p.tif", ADDRESS, values.astype(np.uint8), palette=palette)
    profile = Profile(id="p", label="P", kind=ProfileKind.INDEX, bands=(1,))
    clip = Clip.of([star(ADDRESS.lonlat_bounds)])
    cut = decode(render_tile(source(path), ADDRESS, profile, ImageFormat.PNG, 256, Finish(clip=clip)))
    outside = cut[~clip.mask(tile_grid(ADDRESS, 256))]
    assert not outside[:, 3].any()
    assert len(np.unique(outside, axis=0)) == 1


def test_a_tile_that_is_wholly_outside_is_empty_and_its_file_is_not_opened(tmp_path: Path) -> None:
    gone = source(write_at(tmp_path / "a.tif", ADDRESS, np.full((64, 64), 40, np.uint8)))
    (tmp_path / "a.tif").unlink()
    finish = Finish(clip=box_clip((0.0, 0.0, 1.0, 1.0)))
    assert render_tile(gone, ADDRESS, GRAY, ImageFormat.PNG, 256, finish).is_empty


def test_a_stored_block_is_sent_as_it_is_only_where_all_of_it_may_be_seen(tmp_path: Path) -> None:
    path = web_aligned(tmp_path / "c.tif", compress="JPEG")
    address = TileAddress(z=13, x=STORED.x, y=STORED.y)
    west, south, east, north = address.lonlat_bounds
    profile = Profile(id="rgb", label="RGB", kind=ProfileKind.RGB)

    def tile(box: Bounds | None) -> bytes | None:
        finish = Finish(clip=None if box is None else box_clip(box))
        return render_tile(source(path), address, profile, ImageFormat.JPG, 256, finish).body

    assert tile((west - 1, south - 1, east + 1, north + 1)) == tile(None)
    assert tile((west, south, (west + east) / 2, north)) != tile(None)


def test_a_mosaic_is_cut_when_it_is_put_together(tmp_path: Path) -> None:
    beside = TileAddress(z=ZOOM, x=ADDRESS.x + 1, y=ADDRESS.y)
    parts = mosaic(
        write_at(tmp_path / "a.tif", ADDRESS, np.full((64, 64), 10, np.uint8)),
        write_at(tmp_path / "b.tif", beside, np.full((64, 64), 20, np.uint8)),
    )
    west, south, _, north = ADDRESS.lonlat_bounds
    east = beside.lonlat_bounds[2]
    clip = box_clip(((west + west + east) / 3, (south + north) / 2, (west + east + east) / 3, north))
    parent = TileAddress(z=ZOOM - 1, x=ADDRESS.x // 2, y=ADDRESS.y // 2)
    shown = decode(render_mosaic(parts, parent, GRAY, ImageFormat.PNG, 256, Finish(clip=clip)))
    inside = clip.mask(tile_grid(parent, 256))
    assert (shown[..., 3] == np.where(inside, 255, 0)).all()
    assert {10, 20} == set(shown[inside][:, 0])
    box = Finish(clip=clip).box((west, south, east, north))
    assert box == pytest.approx(clip.shape.bounds)
    assert box is not None
    preview = render_mosaic_preview(parts, box, GRAY, ImageFormat.PNG, 64, Finish(clip=clip))
    assert (decode(preview)[..., 3] == 255).all()


def test_a_preview_is_of_what_may_be_seen(tmp_path: Path) -> None:
    path = write_at(tmp_path / "a.tif", ADDRESS, np.full((64, 64), 10, np.uint8))
    west, south, east, north = ADDRESS.lonlat_bounds
    half = Finish(clip=box_clip((west, south, (west + east) / 2, north)))
    tall = render_preview(source(path), GRAY, ImageFormat.PNG, 64, half)
    assert (tall.width, tall.height) == (32, 64)
    assert (decode(tall)[..., 3] == 255).all()
    assert render_preview(source(path), GRAY, ImageFormat.PNG, 64, Finish(clip=box_clip((0, 0, 1, 1)))).is_empty


def test_what_is_told_of_an_extent_ends_with_the_clip() -> None:
    clip = Clip.of(
        [[[(179, 0), (180, 0), (180, 1), (179, 1), (179, 0)]], [[(-180, 0), (-179, 0), (-179, 1), (-180, 0)]]]
    )
    extent = clip.extent(footprint=(170.0, -10.0, 190.0, 10.0), center=(175.0, 5.0, 7), maxzoom=12)
    assert extent is not None
    assert extent.footprint == (179.0, 0.0, 181.0, 1.0)
    assert extent.bounds == (-180.0, 0.0, 180.0, 1.0)
    assert clip.holds(*extent.center[:2])
    assert (extent.minzoom, extent.center[2], extent.maxzoom) == (7, 7, 12)
    assert clip.extent(footprint=(0.0, 0.0, 10.0, 10.0), center=(5.0, 5.0, 7), maxzoom=12) is None
