"""The one entry to pixels: a raster, an address and a profile in, an encoded image out."""

import math
from typing import Final

from tiling.budget import NO_DEADLINE, Deadline
from tiling.encode import Painting, encode
from tiling.errors import ProfileInvalid
from tiling.files.raster_source import RasterSource
from tiling.geometry.grid import Grid, tile_grid
from tiling.geometry.matrix_tile import Tile
from tiling.geometry.zooms import mercator_y
from tiling.hillshade import EARTH_RADIUS
from tiling.models import Bounds, ImageFormat, Profile, RenderedTile, TileAddress, TileSize
from tiling.overlay import PLAIN, Finish
from tiling.paint import paint
from tiling.passthrough import picture_size, stored_tile
from tiling.source.opening import borrow
from tiling.source.stored_rows import STORED_ROWS

RENDERER_VERSION: Final = "4"
"""Part of every ETag. Raise it with each change that alters rendered bytes."""

MIN_PREVIEW, MAX_PREVIEW = 16, 2048


def render_tile(
    source: RasterSource,
    address: Tile,
    profile: Profile,
    format: ImageFormat = ImageFormat.PNG,  # noqa: A002 - the field's word
    tilesize: TileSize = 256,
    finish: Finish = PLAIN,
    deadline: Deadline = NO_DEADLINE,
) -> RenderedTile:
    """Render one tile of any matrix set. Blocks; run it in a worker thread, as many at once as you like.

    A tile that the raster does not reach, or that may not be shown, is empty without any pixel being read.
    Raises ProfileInvalid (also for terrain as JPEG), SourceUnreadable, SourceGone; OutOfTime soon after the deadline.
    """
    check_format(profile, format)
    grid = tile_grid(address, tilesize)
    shown = finish.shown(grid)
    if shown is not None and not shown.any():
        return _tile(None, format, grid)
    with borrow(source, deadline) as raster:
        if not raster.footprint.touches(address):
            return _tile(None, format, grid)
        as_it_is = shown is None and finish.keeps_bytes
        stored = stored_tile(raster, grid, profile, format) if as_it_is else None
        if stored is not None:
            if stored.row is not None and isinstance(address, TileAddress):
                STORED_ROWS.learn(source, address, profile, format, tilesize, stored.row, stored.column)
            return _tile(stored.body, format, grid)
        painting = paint(raster, grid, profile)
    return encoded(finish.on(painting, grid, profile, shown), format, grid)


def tile_at_once(
    source: RasterSource,
    address: TileAddress,
    profile: Profile,
    format: ImageFormat,  # noqa: A002 - the field's word
    tilesize: TileSize,
) -> RenderedTile | None:
    """Return what `render_tile` would, where that is a block whose neighbour was such a tile; else None.

    Never blocks: what is not in memory is None.
    """
    body = STORED_ROWS.at_once(source, address, profile, format, tilesize)
    if body is None or picture_size(body, format) != (tilesize, tilesize):
        return None
    return RenderedTile(body=body, media_type=format.media_type, width=tilesize, height=tilesize)


def render_preview(
    source: RasterSource,
    profile: Profile,
    format: ImageFormat = ImageFormat.PNG,  # noqa: A002 - the field's word
    max_size: int = 512,
    finish: Finish = PLAIN,
    deadline: Deadline = NO_DEADLINE,
) -> RenderedTile:
    """Render the whole raster, or what may be shown of it, its longest side `max_size` pixels (16 to 2048). Blocks.

    In web mercator. A raster that crosses 180° is one picture. Raises as `render_tile` does, and ValueError for a wrong
    size.
    """
    check_format(profile, format)
    check_preview_size(max_size)
    with borrow(source, deadline) as raster:
        box = finish.box(raster.footprint.box)
        grid = box_grid(box or raster.footprint.box, max_size)
        if box is None:
            return _tile(None, format, grid)
        painting = paint(raster, grid, profile)
    return encoded(finish.on(painting, grid, profile, finish.shown(grid)), format, grid)


def check_format(profile: Profile, image_format: ImageFormat) -> None:
    """Raise ProfileInvalid for terrain in a format that would change it."""
    if profile.is_terrain and image_format is ImageFormat.JPG:
        raise ProfileInvalid("terrain is not rendered as JPEG, which would change the heights", field="format")


def check_preview_size(max_size: int) -> None:
    """Raise ValueError for a preview that is too small or too large."""
    if not MIN_PREVIEW <= max_size <= MAX_PREVIEW:
        raise ValueError(f"max_size is from {MIN_PREVIEW} to {MAX_PREVIEW}")


def encoded(painting: Painting | None, image_format: ImageFormat, grid: Grid) -> RenderedTile:
    """Return what was painted on a grid, if anything was, as an image."""
    body = None if painting is None or painting.is_empty else encode(painting, image_format)
    return _tile(body, image_format, grid)


def _tile(body: bytes | None, image_format: ImageFormat, grid: Grid) -> RenderedTile:
    return RenderedTile(body=body, media_type=image_format.media_type, width=grid.width, height=grid.height)


def box_grid(box: Bounds, longest: int) -> Grid:
    """Return a grid over a box in unwrapped degrees, its longest side `longest` pixels."""
    west, south, east, north = box
    left, right = (math.radians(lon) * EARTH_RADIUS for lon in (west, east))
    bottom, top = mercator_y(south), mercator_y(north)
    side = max(right - left, top - bottom)
    width, height = (max(1, round(longest * length / side)) for length in (right - left, top - bottom))
    return Grid(bounds=(left, bottom, right, top), width=width, height=height)
