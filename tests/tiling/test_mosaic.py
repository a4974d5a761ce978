"""Mosaics: which raster is seen where, and what a tile says of those that it misses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from affine import Affine
from rasterio.enums import ColorInterp
from rasterio.warp import transform_bounds

from tests.mosaics import SIDE, ZOOM, write_at, write_gray
from tests.tiling.raster_zoo import GRAY, OWN_DATA, decode, source, tile_at, write
from tiling.encode import Painting
from tiling.errors import ProfileInvalid, SourceGone, SourceUnreadable
from tiling.files.raster_source import RasterSource
from tiling.geometry.grid import tile_grid
from tiling.ingest.inspect import inspect_raster
from tiling.layers import layers_on, over
from tiling.models import ImageFormat, Profile, ProfileKind, TileAddress
from tiling.mosaic import MosaicPart, MosaicSource, lay, render_mosaic, render_mosaic_preview
from tiling.render import render_tile

if TYPE_CHECKING:
    from pathlib import Path

TILE = TileAddress(z=ZOOM, x=2200, y=1400)
PARENT = TileAddress(z=ZOOM - 1, x=1100, y=700)
GONE = RasterSource(path="/nowhere/a.tif", version="1")
TERRAIN = Profile(id="t", label="T", kind=ProfileKind.TERRAIN, algorithm="terrainrgb")
RELIEF = Profile(id="r", label="R", kind=ProfileKind.ELEVATION, algorithm="hillshade", resampling="bilinear")


def mosaic(*paths: Path, nodata: tuple[float | None, ...] = ()) -> MosaicSource:
    values = nodata or (None,) * len(paths)
    parts = tuple(MosaicPart(source=source(path), nodata=value) for path, value in zip(paths, values, strict=True))
    return MosaicSource(parts=parts, candidates=len(parts))


def pixels(of: MosaicSource, address: TileAddress = TILE, profile: Profile = GRAY) -> np.ndarray:
    return decode(render_mosaic(of, address, profile))


def test_the_first_raster_is_on_top(tmp_path: Path) -> None:
    a, b = write_gray(tmp_path / "a.tif", TILE, 10), write_gray(tmp_path / "b.tif", TILE, 20)
    assert set(pixels(mosaic(a, b))[..., 0].flat) == {10}
    assert set(pixels(mosaic(b, a))[..., 0].flat) == {20}


def test_rasters_beside_each_other_are_one_picture(tmp_path: Path) -> None:
    paths = [write_gray(tmp_path / f"{x}.tif", TileAddress(z=ZOOM, x=2200 + x, y=1400), 10 + x) for x in range(2)]
    picture = pixels(mosaic(*paths), PARENT)
    assert set(picture[:128, :128, 0].flat) == {10}
    assert set(picture[:128, 128:, 0].flat) == {11}
    assert not picture[128:, :, 3].any()


@pytest.mark.parametrize("how", ["mask", "nodata", "alpha", "nodata of the item"])
def test_what_a_raster_hides_shows_the_one_below(tmp_path: Path, how: str) -> None:
    seen = np.zeros((SIDE, SIDE), dtype=bool)
    seen[:, : SIDE // 2] = True
    values = np.where(seen, 10, 0).astype(np.uint8)
    path, nodata = tmp_path / "a.tif", None
    if how == "mask":
        write_at(path, TILE, values, mask=seen)
    elif how == "nodata":
        write_at(path, TILE, values, nodata=0)
    elif how == "alpha":
        bands = np.stack([values, np.where(seen, 255, 0).astype(np.uint8)])
        write_at(path, TILE, bands, colorinterp=(ColorInterp.gray, ColorInterp.alpha))
    else:
        write_at(path, TILE, values)
        nodata = 0.0
    below = write_gray(tmp_path / "b.tif", TILE, 20)
    picture = pixels(mosaic(path, below, nodata=(nodata, None)))
    assert set(picture[:, :128, 0].flat) == {10}
    assert set(picture[:, 128:, 0].flat) == {20}
    assert (picture[..., 3] == 255).all()


def test_half_transparent_pixels_are_mixed() -> None:
    top = Painting(colors=np.full((1, 2, 3), 200, np.uint8), alpha=np.array([[128, 0]], np.uint8))
    below = Painting(colors=np.full((1, 2, 1), 100, np.uint8), alpha=np.array([[255, 51]], np.uint8))
    mixed = over(top, below)
    assert mixed.colors[0].tolist() == [[150, 150, 150], [100, 100, 100]]
    assert mixed.alpha.tolist() == [[255, 51]]


def test_gray_and_colours_and_palettes_mix(tmp_path: Path) -> None:
    left = np.zeros((SIDE, SIDE), dtype=bool)
    left[:, : SIDE // 2] = True
    palette = {1: (255, 0, 0, 255), 2: (0, 0, 255, 255)}
    classes = write_at(tmp_path / "a.tif", TILE, np.where(left, 1, 0).astype(np.uint8), palette=palette, nodata=0)
    same = write_at(tmp_path / "b.tif", TILE, np.full((SIDE, SIDE), 2, np.uint8), palette=palette, nodata=0)
    gray = write_gray(tmp_path / "c.tif", TILE, 20)
    profile = Profile(id="p", label="P", kind=ProfileKind.INDEX)
    for below, color in ((same, [0, 0, 255, 255]), (gray, [20, 20, 20, 255])):
        picture = pixels(mosaic(classes, below), profile=profile)
        assert picture[0, 0].tolist() == [255, 0, 0, 255]
        assert picture[0, 255].tolist() == color


def test_rasters_of_different_coordinate_systems_lie_where_they_belong(tmp_path: Path) -> None:
    bounds = TILE.lonlat_bounds
    utm = transform_bounds("EPSG:4326", "EPSG:32633", *bounds)
    paths = []
    for name, crs, (west, south, east, north), gray in (
        ("degrees", "EPSG:4326", (bounds[0], bounds[1], (bounds[0] + bounds[2]) / 2, bounds[3]), 10),
        ("utm", "EPSG:32633", utm, 20),
    ):
        transform = Affine((east - west) / SIDE, 0, west, 0, (south - north) / SIDE, north)
        values = np.full((SIDE, SIDE), gray, np.uint8)
        paths.append(write(tmp_path / f"{name}.tif", values, crs=crs, transform=transform))
    picture = pixels(mosaic(*paths))
    assert set(picture[:, 2:126, 0].flat) == {10}
    assert set(picture[8:-8, 130:-8, 0].flat) == {20}


def test_a_mosaic_of_one_is_the_raster(tmp_path: Path) -> None:
    path = OWN_DATA / "RGB.byte.tif"
    described = inspect_raster(source(path))
    profile, address = described.profiles[0], tile_at(*described.center[:2], described.center[2])
    for image_format in ImageFormat:
        alone = render_tile(source(path), address, profile, image_format)
        assert render_mosaic(mosaic(path), address, profile, image_format) == alone


def test_rasters_on_both_sides_of_180_degrees_are_seen_on_both(tmp_path: Path) -> None:
    def degrees(name: str, west: float, gray: int) -> Path:
        transform = Affine(2 / SIDE, 0, west, 0, -2 / SIDE, 1)
        return write(tmp_path / name, np.full((SIDE, SIDE), gray, np.uint8), crs="EPSG:4326", transform=transform)

    across, east = degrees("a.tif", 179.0, 10), degrees("b.tif", -179.5, 20)
    both = mosaic(across, east)
    seen = {lon: pixels(both, tile_at(lon, 0.1, 9))[200, 128, 0] for lon in (179.5, -179.6, -178.8)}
    assert seen == {179.5: 10, -179.6: 10, -178.8: 20}
    preview = decode(render_mosaic_preview(both, (179.0, -1.0, 182.5, 1.0), GRAY, max_size=70))
    assert preview.shape == (40, 70, 4)
    assert [int(preview[20, x, 0]) for x in (5, 35, 60)] == [10, 10, 20]


def test_heights_lie_under_each_other_before_they_are_packed(tmp_path: Path) -> None:
    left = np.full((SIDE, SIDE), np.nan, np.float32)
    left[:, : SIDE // 2] = 100
    a = write_at(tmp_path / "a.tif", TILE, left)
    b = write_at(tmp_path / "b.tif", TILE, np.full((SIDE, SIDE), 2000, np.float32))
    red, green, blue, _ = np.moveaxis(pixels(mosaic(a, b), profile=TERRAIN).astype(int), -1, 0)
    heights = -10000 + (red * 65536 + green * 256 + blue) * 0.1
    assert np.allclose(heights[:, :128], 100)
    assert np.allclose(heights[:, 128:], 2000)
    assert render_mosaic(mosaic(a), TileAddress(z=3, x=0, y=0), TERRAIN).is_empty
    with pytest.raises(ProfileInvalid):
        render_mosaic(mosaic(a), TILE, TERRAIN, ImageFormat.JPG)


def test_a_relief_has_no_seams(tmp_path: Path) -> None:
    slope = np.add.outer(np.arange(128), np.arange(128)).astype(np.float32) * 30
    whole = write_at(tmp_path / "whole.tif", PARENT, slope)
    parts = []
    for x in range(2):
        for y in range(2):
            address = TileAddress(z=ZOOM, x=2200 + x, y=1400 + y)
            parts.append(write_at(tmp_path / f"{x}{y}.tif", address, slope[y * 64 : y * 64 + 64, x * 64 : x * 64 + 64]))
    nearest = replace(RELIEF, resampling="nearest")
    assert (pixels(mosaic(*parts), PARENT, nearest) == pixels(mosaic(whole), PARENT, nearest)).all()


def test_nothing_there_is_an_empty_and_whole_tile(tmp_path: Path) -> None:
    nothing = render_mosaic(MosaicSource(parts=(), candidates=0), TILE, GRAY)
    assert (nothing.is_empty, nothing.completeness) == (True, 1.0)
    far = mosaic(write_gray(tmp_path / "a.tif", TileAddress(z=ZOOM, x=0, y=0), 10))
    assert render_mosaic(far, TILE, GRAY) == nothing


def test_reading_ends_when_no_pixel_is_missing(tmp_path: Path) -> None:
    top = write_gray(tmp_path / "a.tif", TILE, 10)
    parts = (MosaicPart(source=source(top)), MosaicPart(source=GONE))
    tile = render_mosaic(MosaicSource(parts=parts, candidates=200), TILE, GRAY)
    assert tile.completeness == 1.0


def test_a_raster_that_cannot_be_read_is_left_out_and_told(tmp_path: Path) -> None:
    below = write_gray(tmp_path / "a.tif", TILE, 10)
    parts = (MosaicPart(source=GONE), MosaicPart(source=source(below)))
    tile = render_mosaic(MosaicSource(parts=parts, candidates=2), TILE, GRAY)
    assert (set(decode(tile)[..., 0].flat), tile.completeness) == ({10}, 0.5)
    tile = render_mosaic(MosaicSource(parts=parts[1:], candidates=2, unavailable=1), TILE, GRAY)
    assert tile.completeness == 0.5


def test_a_tile_of_which_nothing_can_be_read_is_an_error() -> None:
    with pytest.raises(SourceGone):
        render_mosaic(MosaicSource(parts=(MosaicPart(source=GONE),) * 2, candidates=2), TILE, GRAY)
    assert issubclass(SourceGone, SourceUnreadable)


def test_a_tile_beyond_the_budget_says_which_part_it_has(tmp_path: Path) -> None:
    small = [
        write_gray(tmp_path / f"{x}.tif", TileAddress(z=ZOOM + 4, x=2200 * 16 + x, y=1400 * 16), 10) for x in range(3)
    ]
    read = MosaicSource(parts=mosaic(*small).parts, candidates=12)
    tile = render_mosaic(read, TILE, GRAY)
    assert tile.completeness == 0.25
    assert decode(tile)[0, [0, 47, 48], 3].tolist() == [255, 255, 0]


def test_no_raster_is_read_when_the_time_is_over(tmp_path: Path) -> None:
    source_, grid = mosaic(write_gray(tmp_path / "a.tif", TILE, 10)), tile_grid(TILE, 256)
    layers = layers_on(grid, GRAY)
    assert lay(layers, source_, GRAY, lambda _: grid, seconds=-1) == 0.0
    assert layers.finished() is None
    assert lay(layers, source_, GRAY, lambda _: grid, seconds=9) == 1.0
