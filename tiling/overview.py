"""Overviews of a mosaic: all of its rasters in one file of web mercator, painted once, for tiles that show many."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import rasterio
from affine import Affine
from rasterio._err import CPLE_BaseError
from rasterio.enums import ColorInterp, Resampling
from rasterio.errors import RasterioError
from rasterio.windows import Window

from tiling.errors import SourceUnreadable
from tiling.gate.validate import GDAL_OPTIONS
from tiling.geometry.footprints import FootprintIndex
from tiling.geometry.georeference import WEB_MERCATOR
from tiling.geometry.grid import tile_grid
from tiling.geometry.union import Extent
from tiling.geometry.zooms import TILE_PIXELS, WORLD, mercator_y
from tiling.layers import Block, layers_on
from tiling.models import Bounds, PixelSelection, Profile, ProfileKind, TileAddress
from tiling.mosaic import MosaicPart, lay_part

MAX_SIDE: Final = 4096
"""Pixels on the longer side of a mosaic's overview."""
LEFT_OUT: Final = "RASTERS_LEFT_OUT"
_OPTIONS: Final = {
    "driver": "GTiff",
    "crs": WEB_MERCATOR,
    "tiled": True,
    "blockxsize": TILE_PIXELS,
    "blockysize": TILE_PIXELS,
    "compress": "deflate",
    "zlevel": 1,
    "sparse_ok": True,
    "bigtiff": "if_safer",
}


class Stopped(Exception):
    """Nobody waits for the overview any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TileRange:
    """Tiles that one file holds: a rectangle, which never crosses 180°."""

    zoom: int
    """Of tiles of 256 pixels."""
    left: int
    """First column."""
    top: int
    """First row."""
    width: int
    """Columns."""
    height: int
    """Rows."""

    def __iter__(self) -> Iterator[tuple[TileAddress, Window]]:
        """Yield each tile and its place in the file, row by row."""
        for row in range(self.height):
            for column in range(self.width):
                place = Window(column * TILE_PIXELS, row * TILE_PIXELS, TILE_PIXELS, TILE_PIXELS)
                yield TileAddress(z=self.zoom, x=self.left + column, y=self.top + row), place

    @property
    def transform(self) -> Affine:
        """From column, row to metres."""
        tile = WORLD / 2**self.zoom
        pixel = tile / TILE_PIXELS
        return Affine(pixel, 0.0, self.left * tile - WORLD / 2, 0.0, -pixel, WORLD / 2 - self.top * tile)


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewPlan:
    """What an overview is made of."""

    parts: Sequence[MosaicPart | None]
    """The mosaic's rasters in order; None where there is no file."""
    index: FootprintIndex
    """Of all of them."""
    profile: Profile
    """By which they are painted."""
    selection: PixelSelection = PixelSelection.FIRST
    """Which pixel shows where several lie."""


def overview_zoom(extent: Extent, max_side: int = MAX_SIDE) -> int:
    """Return the zoom whose 256-pixel tiles an overview of `max_side` pixels holds as they are."""
    west, south, east, north = extent.footprint
    side = max(math.radians(east - west) * WORLD / (2 * math.pi), mercator_y(north) - mercator_y(south))
    finest = math.floor(math.log2(max_side * WORLD / (TILE_PIXELS * max(side, 1e-3))))
    return min(max(finest, 0), extent.maxzoom)


def overview_ranges(extent: Extent, max_side: int = MAX_SIDE) -> tuple[TileRange, ...]:
    """Return the tiles of an overview: a file for each, two where the mosaic crosses 180°."""
    west, south, east, north = extent.footprint
    boxes: list[Bounds] = [(west, south, min(east, 180.0), north)]
    if east > 180.0:  # noqa: PLR2004 - the antimeridian
        boxes.append((-180.0, south, east - 360.0, north))
    zoom = overview_zoom(extent, max_side)
    return tuple(_range(box, zoom) for box in boxes)


def build_overview(path: Path, tiles: TileRange, plan: OverviewPlan, check: Callable[[], None] = lambda: None) -> None:
    """Write the file. Blocks, for seconds or minutes. Rasters that cannot be read are left out, and listed in a tag.

    `check` is called between tiles, and may raise to stop it. Raises OSError.
    """
    try:
        with rasterio.Env(**GDAL_OPTIONS):
            _write(path, tiles, plan, check)
            check()
            with rasterio.open(path, "r+") as file:
                file.build_overviews(_factors(tiles), _resampling(plan.profile))
    except (RasterioError, CPLE_BaseError) as exc:
        raise OSError("the overview cannot be written") from exc


def left_out(path: Path) -> frozenset[int]:
    """Return the positions of the rasters that an overview misses. Blocks. Raises OSError."""
    with rasterio.Env(**GDAL_OPTIONS), rasterio.open(path, driver="GTiff") as file:
        return frozenset(int(position) for position in file.tags().get(LEFT_OUT, "").split())


def _write(path: Path, tiles: TileRange, plan: OverviewPlan, check: Callable[[], None]) -> None:
    missing = {position for position, part in enumerate(plan.parts) if part is None}
    with rasterio.open(path, "w", **_shape(tiles), **_bands(plan.profile)) as file:
        if plan.profile.algorithm is None:
            file.colorinterp = (ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha)
        for address, place in tiles:
            check()
            block = _block(address, plan, missing)
            if block is not None:
                file.write(block, window=place)
        file.update_tags(**{LEFT_OUT: " ".join(str(position) for position in sorted(missing))})


def _block(address: TileAddress, plan: OverviewPlan, missing: set[int]) -> Block | None:
    grid = tile_grid(address, TILE_PIXELS)
    layers = layers_on(grid, plan.profile, plan.selection)
    for position in plan.index.touching(address.lonlat_bounds):
        part = plan.parts[position]
        if layers.is_full:
            break
        if part is None:
            continue
        try:
            lay_part(layers, part, plan.profile, lambda raster: grid if raster.footprint.touches(address) else None)
        except SourceUnreadable:
            missing.add(position)
    return layers.block()


def _range(box: Bounds, zoom: int) -> TileRange:
    west, south, east, north = box
    count = 2**zoom
    left, right = ((lon + 180.0) / 360.0 * count for lon in (west, east))
    top, bottom = ((0.5 - mercator_y(lat) / WORLD) * count for lat in (north, south))
    first_x, first_y = (min(max(math.floor(edge), 0), count - 1) for edge in (left, top))
    end_x, end_y = (min(math.ceil(edge), count) for edge in (right, bottom))
    return TileRange(
        zoom=zoom, left=first_x, top=first_y, width=max(end_x - first_x, 1), height=max(end_y - first_y, 1)
    )


def _shape(tiles: TileRange) -> dict[str, Any]:
    size = {"width": tiles.width * TILE_PIXELS, "height": tiles.height * TILE_PIXELS}
    return _OPTIONS | size | {"transform": tiles.transform}


def _bands(profile: Profile) -> dict[str, Any]:
    if profile.algorithm is not None:
        return {"count": 1, "dtype": "float32", "nodata": math.nan, "predictor": 3}
    return {"count": 4, "dtype": "uint8", "photometric": "rgb", "alpha": "yes", "predictor": 2}


def _factors(tiles: TileRange) -> list[int]:
    """Halve until all of it is one tile."""
    longest = max(tiles.width, tiles.height)
    return [2**level for level in range(1, math.ceil(math.log2(longest)) + 1)] if longest > 1 else []


def _resampling(profile: Profile) -> Resampling:
    """Colours that mean classes are not mixed."""
    return Resampling.nearest if profile.kind is ProfileKind.INDEX else Resampling.average
