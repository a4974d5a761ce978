"""rio-tiler is the reference: every class of raster, over zooms, places and formats.

Compared is with its *exact* path: its read of the overview that we choose, onto the tile's own grid, by a
transformation that is exact. That is its own tile where it chooses the same overview and is asked for all bands; what
else its tiles do, and why, is in test_why_rio_tiler_differs.
"""

import functools
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasterio.enums import ColorInterp, Compression
from rasterio.windows import Window

from tests.tiling.against.reference import (
    EXACT,
    SIZE,
    Sampled,
    colour_bands,
    exact_tile,
    level_of,
    mercator_pixel,
    our_level,
    overview_factors,
    positions,
    rio_tiler_level,
    rio_tiler_tile,
    tile_transform,
)
from tests.tiling.against.reference_paint import by_rio_tiler, on_white, painted, plain_profile
from tests.tiling.against.reference_places import NAMES, NOT_COMPARED, REAL, addresses
from tests.tiling.against.reference_rasters import RECIPES, make
from tests.tiling.against.similarity import psnr, ssim
from tests.tiling.raster_zoo import decode, source
from tiling.encode import JPEG_QUALITY, WEBP_QUALITY
from tiling.errors import RasterRefused
from tiling.geometry.grid import tile_grid
from tiling.geometry.placement import TOLERANCE
from tiling.ingest.inspect import inspect_raster
from tiling.models import ImageFormat, TileAddress
from tiling.reading.grid_read import read_pixels
from tiling.render import render_tile
from tiling.source.opening import borrow

BOUND = 2 * TOLERANCE
"""Source pixels by which we may misplace a pixel's centre: where it lies nearer than this to the boundary between two
source pixels, either may be taken. Our net and GDAL judge their error by samples, so that it may be more at times."""
LUMA = np.array([0.299, 0.587, 0.114])
JPEG_LEVELS = 3.0
"""Levels of luminance. Each decoder of JPEG interpolates its colour planes in its own way, and then clips."""
OTHER_AVERAGES = 0.02
"""Structural similarity: averages of one overview are not the pixels of another that they stand for."""
LOSSY_MARGIN = {ImageFormat.JPG: 1.0, ImageFormat.WEBP: 1.5}
"""Decibels. Our WebP is made by the fastest of its methods."""

pytestmark = pytest.mark.filterwarnings("ignore::rio_tiler.errors.NoOverviewWarning")
every_raster = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def raster() -> Iterator[Callable[[str], Path]]:
    """Paths by name; large ones are made when they are first asked for, and do not outlive the tests."""
    with tempfile.TemporaryDirectory() as folder:
        yield functools.cache(lambda name: make(name, Path(folder)) if name in RECIPES else REAL[name])


@pytest.fixture(scope="module")
def tiles(raster: Callable[[str], Path]) -> Callable[[str], list[TileAddress]]:
    return functools.cache(lambda name: addresses(name, raster(name)))


Tiles = Callable[[str], list[TileAddress]]
Rasters = Callable[[str], Path]


def our_pixels(path: Path, address: TileAddress) -> Sampled:
    with borrow(source(path)) as opened:
        bands = colour_bands(opened.dataset)
        pixels = read_pixels(opened, tile_grid(address, SIZE), bands, resampling="nearest", nodata=None)
    return Sampled(values=pixels.values, valid=pixels.alpha > 0)


def alike(one: np.ndarray, other: np.ndarray, *, is_jpeg: bool) -> np.ndarray:
    """Whether pixels of (bands, …) are the same, for all that decoders have in common."""
    if not is_jpeg:
        return (one == other).all(axis=0)
    return np.abs(np.tensordot(LUMA, one.astype(float) - other, axes=1)) <= JPEG_LEVELS


def unexplained(path: Path, address: TileAddress, level: int | None, ours: Sampled, exact: Sampled) -> int:
    """Count pixels that differ though no boundary of source pixels is near, or from what is on its other side."""
    with level_of(path, level) as dataset:
        is_jpeg = dataset.compression == Compression.jpeg
        both = ours.valid & exact.valid
        differs = (ours.valid != exact.valid) | (both & ~alike(ours.values, exact.values, is_jpeg=is_jpeg))
        if not differs.any():
            return 0
        at = positions(dataset, address, differs)
        corners = [at + np.array([[dx], [dy]]) for dx in (-BOUND, BOUND) for dy in (-BOUND, BOUND)]
        is_neighbour = alike(ours.values[:, None, differs], _gather(dataset, np.stack(corners)), is_jpeg=is_jpeg)
    is_near = (np.abs(at - np.round(at)) <= BOUND).any(axis=0)
    explained = np.where(both[differs], is_neighbour.any(axis=0), is_near)
    return int((~explained).sum())


def _gather(dataset: Any, at: np.ndarray) -> np.ndarray:
    """Values, (bands, k, n), of the pixels in which places, (k, 2, n), lie, or of the nearest for those outside."""
    last = np.array([[dataset.width - 1], [dataset.height - 1]])
    columns, rows = np.moveaxis(np.clip(np.floor(at), 0, last).astype(int), 1, 0)
    left, top = columns.min(), rows.min()
    window = Window(left, top, columns.max() + 1 - left, rows.max() + 1 - top)
    return dataset.read(colour_bands(dataset), window=window)[:, rows - top, columns - left]


@every_raster
def test_nearest_pixels_are_those_of_rio_tilers_exact_path(name: str, raster: Rasters, tiles: Tiles) -> None:
    """Equal, but for pixels whose centre lies within `BOUND` of a boundary, and these are their neighbour's."""
    path, filled = raster(name), 0
    for address in tiles(name):
        level = our_level(path, address)
        ours = our_pixels(path, address)
        exact = exact_tile(path, address, level)
        filled += int(exact.valid.sum())
        assert unexplained(path, address, level, ours, exact) == 0, address
    assert filled > 0


@pytest.mark.slow
@every_raster
def test_tiles_look_like_those_rio_tiler_serves(name: str, raster: Rasters, tiles: Tiles) -> None:
    """More alike than the tile and itself moved by half a source pixel, of the coarser one where overviews differ."""
    path = raster(name)
    with level_of(path, None) as dataset:
        if dataset.colorinterp[0] == ColorInterp.palette:
            pytest.skip("numbers of classes are no shades")
    for address in tiles(name)[::5]:
        level, theirs = our_level(path, address), rio_tiler_tile(path, address)
        ours = our_pixels(path, address)
        factors = {None: 1} | dict(enumerate(overview_factors(path)))
        coarser = max(factors[level], factors[rio_tiler_level(path, address)])
        half = coarser / 2 * mercator_pixel(path) / tile_transform(address).a
        moved = (exact_tile(path, address, level, shift) for shift in (half, -half))
        likeness = ssim(ours.values, theirs.values, ours.valid & theirs.valid)
        likenesses = (ssim(ours.values, other.values, ours.valid & other.valid) for other in moved)
        assert any(likeness > moved_likeness - OTHER_AVERAGES for moved_likeness in likenesses), address


@every_raster
def test_a_png_holds_the_pixels_read_and_other_formats_are_as_near_to_them_as_rio_tilers(
    name: str, raster: Rasters, tiles: Tiles
) -> None:
    """One level is rounding of a stretch. What is transparent is compared on white."""
    path = raster(name)
    profile = plain_profile(path)
    for address in tiles(name)[-4::3]:
        expected = painted(our_pixels(path, address), profile)
        images = {
            image_format: render_tile(source(path), address, profile, image_format) for image_format in ImageFormat
        }
        if images[ImageFormat.PNG].is_empty:
            assert not expected[..., 3].any()
            continue
        png = decode(images[ImageFormat.PNG])
        shown = expected[..., 3] > 0
        assert ((png[..., 3] > 0) == shown).all()
        assert np.abs(png[..., :3].astype(int) - expected[..., :3])[shown].max() <= len(profile.rescale)
        whole = on_white(png)
        for image_format, quality in ((ImageFormat.JPG, JPEG_QUALITY), (ImageFormat.WEBP, WEBP_QUALITY)):
            ours = psnr(on_white(decode(images[image_format])), whole)
            assert ours > psnr(by_rio_tiler(whole, image_format, quality), whole) - LOSSY_MARGIN[image_format]


def test_rio_tilers_own_tile_is_the_exact_one_where_it_reads_the_same_overview(raster: Rasters, tiles: Tiles) -> None:
    """So that what the others compare with is no path of ours."""
    compared = 0
    for name in RECIPES:
        path, address = raster(name), tiles(name)[-4]
        if our_level(path, address) == rio_tiler_level(path, address):
            compared += 1
            theirs = rio_tiler_tile(path, address, tolerance=EXACT)
            assert (theirs.differs(exact_tile(path, address, our_level(path, address)))).mean() < 0.002
    assert compared == len(RECIPES)


def test_what_is_not_compared_is_refused_or_placed_by_control_points() -> None:
    for name in NOT_COMPARED.keys() & REAL.keys():
        if NOT_COMPARED[name].startswith("refused"):
            with pytest.raises(RasterRefused, match=NOT_COMPARED[name].removeprefix("refused: ")):
                inspect_raster(source(REAL[name]))
        else:
            with borrow(source(REAL[name])) as opened:
                assert opened.is_placed_by_control_points
