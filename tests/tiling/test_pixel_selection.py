"""Mosaics show what rio-tiler's methods make of the same rasters, in pictures, values and overviews."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from rio_tiler.io import Reader as RioTiler
from rio_tiler.mosaic import mosaic_reader

from tests.mosaics import SIDE, ZOOM, write_at
from tests.tiling.raster_zoo import GRAY, decode, source
from tiling.analysis.mosaic_values import MosaicView, read_mosaic_values
from tiling.analysis.values import Wanted, read_mosaic_point
from tiling.errors import SourceUnreadable
from tiling.geometry.footprints import FootprintIndex
from tiling.geometry.union import union_extent
from tiling.ingest.inspect import inspect_raster
from tiling.models import PixelSelection, Profile, ProfileKind, TileAddress
from tiling.mosaic import MosaicPart, MosaicSource, render_mosaic
from tiling.overview import OverviewPlan, build_overview, overview_ranges
from tiling.pixel_selection import _METHODS, Selected

if TYPE_CHECKING:
    from pathlib import Path

TILE = TileAddress(z=ZOOM, x=2200, y=1400)
RGB = Profile(id="c", label="C", kind=ProfileKind.RGB, bands=(1, 2, 3))
HEIGHTS = Profile(id="t", label="T", kind=ProfileKind.TERRAIN, algorithm="terrainrgb")


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    """Rasters of three bands on one tile, each with a hole, the last band of each telling which is to be chosen."""
    random = np.random.default_rng(7)
    found = []
    for number in range(4):
        values = random.integers(1, 255, (3, SIDE, SIDE), dtype=np.uint8)
        values[:, number * 5 : number * 5 + 10, 12:22] = 0
        found.append(write_at(tmp_path / f"{number}.tif", TILE, values, nodata=0))
    return found


def mosaic(paths: list[Path], selection: PixelSelection) -> MosaicSource:
    parts = tuple(MosaicPart(source=source(path)) for path in paths)
    return MosaicSource(parts=parts, candidates=len(parts), selection=selection)


def by_rio_tiler(paths: list[Path], selection: PixelSelection, indexes: tuple[int, ...]) -> np.ma.MaskedArray[Any, Any]:
    def read(path: str, *address: int) -> Any:
        with RioTiler(path) as reader:
            return reader.tile(*address, indexes=indexes)

    image, _ = mosaic_reader(
        [str(path) for path in paths], read, TILE.x, TILE.y, TILE.z, threads=1, pixel_selection=_METHODS[selection]
    )
    return image.array


@pytest.mark.parametrize("selection", [each for each in PixelSelection if not each.startswith(("last", "stdev"))])
def test_a_picture_shows_what_rio_tiler_makes(paths: list[Path], selection: PixelSelection) -> None:
    theirs = by_rio_tiler(paths, selection, (1, 2, 3))
    ours = decode(render_mosaic(mosaic(paths, selection), TILE, RGB))
    shown = ours[..., 3] > 0
    wanted = np.broadcast_to(theirs.data, (3, *shown.shape))
    assert (ours[..., :3][shown] == np.moveaxis(wanted, 0, -1)[shown]).all()
    assert (shown == (wanted[0] != 0 if selection is PixelSelection.COUNT else ~theirs.mask.all(axis=0))).all()


@pytest.mark.parametrize("selection", [PixelSelection.LAST_BAND_LOW, PixelSelection.LAST_BAND_HIGH])
def test_the_last_band_decides_and_is_not_shown(paths: list[Path], selection: PixelSelection) -> None:
    theirs = by_rio_tiler(paths, selection, (1, 3))
    ours = decode(render_mosaic(mosaic(paths, selection), TILE, GRAY))
    shown = ours[..., 3] > 0
    assert (ours[..., 0][shown] == theirs.data[0][shown]).all()
    first = decode(render_mosaic(mosaic(paths, PixelSelection.FIRST), TILE, GRAY))
    assert (ours[..., 0] != first[..., 0]).mean() > 0.5


def test_a_deviation_is_stretched_as_the_profile_says(paths: list[Path]) -> None:
    theirs = by_rio_tiler(paths, PixelSelection.STDEV, (1,))
    plain = decode(render_mosaic(mosaic(paths, PixelSelection.STDEV), TILE, GRAY))[..., 0]
    assert (plain == np.rint(theirs.data[0])).all()
    stretched = replace(GRAY, rescale=((0.0, 51.0),))
    found = decode(render_mosaic(mosaic(paths, PixelSelection.STDEV), TILE, stretched))[..., 0]
    assert np.abs(found - np.clip(theirs.data[0] * 5, 0, 255)).max() <= 1


@pytest.mark.parametrize("selection", list(PixelSelection))
def test_values_and_the_value_of_a_place_are_those_of_the_picture(paths: list[Path], selection: PixelSelection) -> None:
    of = mosaic(paths, selection)
    west, south, east, north = TILE.lonlat_bounds
    wanted = Wanted(profiles=(GRAY,))
    view = MosaicView.of((west, south, east, north), 1.0, SIDE)
    found = read_mosaic_values(of, view, wanted)
    theirs = by_rio_tiler(paths, selection, (1, 3) if selection.startswith("last") else (1,))
    pixels = theirs.data.reshape(1, 256, 256)[:, 2::4, 2::4]
    assert np.allclose(found.values[found.known], pixels[found.known])
    row, column = 30, 45
    place = west + (column + 0.5) / SIDE * (east - west), north - (row + 0.5) / SIDE * (north - south)
    ((_, value),) = read_mosaic_point(of, *place, wanted) or ()
    assert value == pytest.approx(pixels[0, row, column], abs=1)


def test_heights_are_chosen_before_they_are_packed(tmp_path: Path) -> None:
    low, high = (
        write_at(tmp_path / f"{value}.tif", TILE, np.full((SIDE, SIDE), value, np.int16)) for value in (5, 900)
    )
    lowest = decode(render_mosaic(mosaic([high, low], PixelSelection.LOWEST), TILE, HEIGHTS))
    assert (lowest == decode(render_mosaic(mosaic([low], PixelSelection.FIRST), TILE, HEIGHTS))).all()


def test_an_overview_is_made_by_the_same_selection_and_shown_as_it_is(paths: list[Path], tmp_path: Path) -> None:
    descriptions = [inspect_raster(source(path)) for path in paths]
    index = FootprintIndex([description.footprint or description.bounds for description in descriptions])
    parts = [MosaicPart(source=source(path)) for path in paths]
    (tiles,) = overview_ranges(union_extent(descriptions))
    file = tmp_path / "overview.tif"
    plan = OverviewPlan(parts=parts, index=index, profile=GRAY, selection=PixelSelection.MEDIAN)
    build_overview(file, tiles, plan)
    of = MosaicSource(parts=(), candidates=4, overview=(source(file),), selection=PixelSelection.MEDIAN)
    direct = decode(render_mosaic(mosaic(paths, PixelSelection.MEDIAN), TILE, GRAY))
    by_overview = decode(render_mosaic(of, TILE, GRAY))
    assert (by_overview[..., 0] == direct[..., 0]).all()


def test_more_images_than_memory_allows_are_refused() -> None:
    selected = Selected(PixelSelection.MEDIAN)
    image = np.ma.MaskedArray(np.zeros((3, 1024, 1024), np.float32), mask=False)
    for _ in range(5):
        selected.feed(image)
    with pytest.raises(SourceUnreadable, match="too much memory"):
        selected.feed(image)
