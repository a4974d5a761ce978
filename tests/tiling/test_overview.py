"""Overviews of mosaics: they show what the rasters would, from one file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import rasterio

from tests.mosaics import SIDE, ZOOM, write_at
from tests.tiling.raster_zoo import GRAY, decode, source
from tiling.geometry.footprints import FootprintIndex
from tiling.geometry.union import Extent, union_extent
from tiling.ingest.inspect import inspect_raster
from tiling.models import Profile, ProfileKind, RasterDescription, TileAddress
from tiling.mosaic import MosaicPart, MosaicSource, render_mosaic
from tiling.overview import OverviewPlan, Stopped, build_overview, left_out, overview_ranges, overview_zoom

if TYPE_CHECKING:
    from pathlib import Path

CORNER = TileAddress(z=ZOOM, x=2200, y=1400)
RELIEF = Profile(id="r", label="R", kind=ProfileKind.ELEVATION, algorithm="hillshade")
TERRAIN = Profile(id="t", label="T", kind=ProfileKind.TERRAIN, algorithm="terrainrgb")
COLORS = Profile(id="c", label="C", kind=ProfileKind.RAW, colormap="viridis", rescale=((0.0, 300.0),))
GRAYS = replace(GRAY, rescale=((0.0, 300.0),))


class Grid:
    """Four by four rasters of a wavy surface, one of them missing at first."""

    def __init__(self, folder: Path) -> None:
        rows, columns = np.mgrid[0 : 4 * SIDE, 0 : 4 * SIDE]
        surface = (150 + 100 * np.sin(rows / 40) * np.cos(columns / 50)).astype(np.float32)
        self.parts: list[MosaicPart | None] = []
        described: list[RasterDescription] = []
        for number in range(16):
            row, column = divmod(number, 4)
            values = surface[row * SIDE : (row + 1) * SIDE, column * SIDE : (column + 1) * SIDE]
            address = TileAddress(z=ZOOM, x=CORNER.x + column, y=CORNER.y + row)
            path = write_at(folder / f"{number}.tif", address, values)
            described.append(inspect_raster(source(path)))
            self.parts.append(MosaicPart(source=source(path)))
        self.extent: Extent = union_extent(described)
        self.index = FootprintIndex([one.footprint or one.bounds for one in described])

    def build(self, path: Path, profile: Profile, max_side: int = 4096) -> MosaicSource:
        (tiles,) = overview_ranges(self.extent, max_side)
        build_overview(path, tiles, OverviewPlan(parts=self.parts, index=self.index, profile=profile))
        return MosaicSource(parts=(), candidates=16, overview=(source(path),))

    @property
    def direct(self) -> MosaicSource:
        parts = tuple(part for part in self.parts if part is not None)
        return MosaicSource(parts=parts, candidates=len(parts))


@pytest.fixture
def grid(tmp_path: Path) -> Grid:
    return Grid(tmp_path)


@pytest.mark.parametrize("profile", [RELIEF, TERRAIN, COLORS, GRAYS], ids=lambda profile: profile.id)
def test_at_its_own_zoom_an_overview_gives_the_same_pixels(grid: Grid, tmp_path: Path, profile: Profile) -> None:
    overview = grid.build(tmp_path / "o.tif", profile)
    assert overview_zoom(grid.extent) == ZOOM - 2  # the rasters' own: 64 pixels where a tile has 256
    address = TileAddress(z=ZOOM - 2, x=CORNER.x // 4, y=CORNER.y // 4)
    tile = render_mosaic(overview, address, profile)
    assert tile.completeness == 1.0
    assert (decode(tile) == decode(render_mosaic(grid.direct, address, profile))).all()


@pytest.mark.parametrize("profile", [TERRAIN, COLORS], ids=lambda profile: profile.id)
def test_further_out_it_is_much_the_same(grid: Grid, tmp_path: Path, profile: Profile) -> None:
    overview = grid.build(tmp_path / "o.tif", profile)
    address = TileAddress(z=ZOOM - 4, x=CORNER.x // 16, y=CORNER.y // 16)
    seen = decode(render_mosaic(overview, address, profile)).astype(int)
    direct = decode(render_mosaic(grid.direct, address, profile)).astype(int)
    assert (seen[..., 3] == direct[..., 3]).all()
    differences = np.abs(seen - direct)[direct[..., 3] > 0]
    assert differences[..., :2].max() <= 8  # averaged, not picked; the last byte of a height is fractions of a metre


def test_an_overview_is_bounded(grid: Grid, tmp_path: Path) -> None:
    grid.build(tmp_path / "o.tif", COLORS, max_side=100)
    assert overview_zoom(grid.extent, 100) == ZOOM - 4
    with rasterio.open(tmp_path / "o.tif") as file:
        assert (file.width, file.height) == (256, 256)  # 64 pixels, in whole tiles


def test_rasters_that_cannot_be_read_are_left_out_and_told(grid: Grid, tmp_path: Path) -> None:
    grid.parts[3] = None
    (tmp_path / "7.tif").write_bytes(b"no raster")
    grid.parts[7] = MosaicPart(source=source(tmp_path / "7.tif"))
    overview = grid.build(tmp_path / "o.tif", COLORS)
    assert left_out(tmp_path / "o.tif") == {3, 7}
    tile = render_mosaic(replace(overview, unavailable=2), TileAddress(z=ZOOM - 2, x=550, y=350), COLORS)
    assert tile.completeness == 14 / 16
    assert not decode(tile)[:128, 192:, 3].any()
    assert decode(tile)[128:, 192:, 3].all()


def test_an_overview_lies_under_what_was_read_of_too_many(grid: Grid, tmp_path: Path) -> None:
    overview = grid.build(tmp_path / "o.tif", COLORS)
    both = replace(overview, parts=grid.direct.parts[:5])
    tile = render_mosaic(both, TileAddress(z=ZOOM - 2, x=550, y=350), COLORS)
    assert tile.completeness == 1.0
    assert decode(tile)[..., 3].all()


def test_a_mosaic_across_180_degrees_has_two_files() -> None:
    extent = Extent(
        footprint=(179.0, -1.0, 182.0, 1.0), bounds=(-180, -1, 180, 1), center=(179.5, 0, 8), minzoom=6, maxzoom=20
    )
    west, east = overview_ranges(extent)
    assert west.zoom == east.zoom == overview_zoom(extent)
    assert west.left + west.width == 2**west.zoom
    assert east.left == 0
    assert east.width == pytest.approx(2 * west.width, abs=1)


def test_building_can_be_stopped(grid: Grid, tmp_path: Path) -> None:
    def stop() -> None:
        raise Stopped

    (tiles,) = overview_ranges(grid.extent)
    plan = OverviewPlan(parts=grid.parts, index=grid.index, profile=COLORS)
    with pytest.raises(Stopped):
        build_overview(tmp_path / "o.tif", tiles, plan, stop)
