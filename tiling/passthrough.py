"""A tile that lies in the file as it is to be sent: neither decoded nor encoded."""

import io
from dataclasses import dataclass, replace
from typing import Final

import simplejpeg
from PIL import Image, UnidentifiedImageError

from tiling.geometry.grid import Grid
from tiling.models import ImageFormat
from tiling.paint import is_negative, profile_bands
from tiling.profile import Profile
from tiling.reading.alpha import has_mask
from tiling.source.dataset_info import Facts
from tiling.source.level import MASK_BAND, Box, Level
from tiling.source.opening import Raster
from tiling.source.stored_blocks import StoredRow

_ALIGNED: Final = 1e-3
"""Pixels by which a block may be off the tile and still be the same: no sample would be another one."""
_WHITE: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTile:
    """A tile as it lies in the file."""

    body: bytes
    column: int
    """Of the block."""
    row: StoredRow | None
    """The other blocks of its row, where each that is stored is a tile, too."""


def stored_tile(raster: Raster, grid: Grid, profile: Profile, image_format: ImageFormat) -> StoredTile | None:
    """Return the block of a web-aligned file that is this very tile; None where there is none. Blocks.

    `gdal_translate -of COG -co TILING_SCHEME=GoogleMapsCompatible` writes such files. What was lost when it was
    written is not lost once more: the quality is the file's. Raises as `Level.read` does.
    """
    if raster.crs_beside(grid.crs) is not None:
        return None
    level = raster.level_for(raster.decimation(grid))
    stored = level.stored
    if stored is None or stored.format is not image_format or not _is_as_it_is(level.facts, profile, stored.bands):
        return None
    box = _box_of(grid, level.facts)
    if box is None or level.facts.block_shapes[0] != (grid.height, grid.width) or not _is_opaque(level, box):
        return None
    number, column = box.top // grid.height, box.left // grid.width
    file = stored.file(number, column)
    if file is None or picture_size(file, image_format) != (grid.width, grid.height):
        return None
    is_regular = not has_mask(level.facts) and _is_aligned_throughout(grid, level.facts, column)
    return StoredTile(body=file, column=column, row=stored.row(number) if is_regular else None)


def _is_aligned_throughout(grid: Grid, facts: Facts, column: int) -> bool:
    """Whether the first and the last whole block of a row are tiles where the block in a column is one."""
    for other in (0, facts.width // grid.width - 1):
        left, bottom, right, top = grid.bounds
        shift = (other - column) * (right - left)
        moved = replace(grid, bounds=(left + shift, bottom, right + shift, top))
        box = _box_of(moved, facts)
        if box is None or box.left != other * grid.width:
            return False
    return True


def _is_as_it_is(facts: Facts, profile: Profile, bands: tuple[int, ...]) -> bool:
    """Whether a profile shows the stored bytes themselves."""
    if (
        is_negative(facts, profile)
        or profile.rescale
        or profile.expression
        or profile.colormap
        or profile.algorithm
        or profile.nodata is not None
    ):
        return False
    return facts.nodata is None and not facts.is_scaled and profile_bands(facts, profile) == bands


def _box_of(grid: Grid, facts: Facts) -> Box | None:
    """Return the whole block of a level, in the grid's CRS, that a grid covers exactly."""
    a, b, _, d, e, _ = facts.inverse[:6]
    if b or d or a <= 0 or e >= 0:  # turned or mirrored: the same corners, and other pixels
        return None
    left, _, _, top = grid.bounds
    column, row = facts.inverse @ (left, top)
    right, bottom = facts.inverse @ (left + grid.width * grid.pixel_size, top - grid.height * grid.pixel_height)
    box = Box(top=round(row), left=round(column), bottom=round(bottom), right=round(right))
    off = max(abs(row - box.top), abs(column - box.left), abs(bottom - box.bottom), abs(right - box.right))
    is_block = box.top % grid.height == 0 and box.left % grid.width == 0
    is_as_large = (box.bottom - box.top, box.right - box.left) == (grid.height, grid.width)
    return box if off <= _ALIGNED and is_block and is_as_large else None


def _is_opaque(level: Level, box: Box) -> bool:
    """Whether a box lies inside the level, and nothing in it is hidden."""
    if box.overlap(level.box) != box:
        return False
    if not has_mask(level.facts):
        return True
    mask = level.read((MASK_BAND,), box)
    return bool((mask.values[:, *box.slices(mask.box)] == _WHITE).all())


def picture_size(file: bytes, image_format: ImageFormat) -> tuple[int, int] | None:
    """Return the width and height that a file tells; None for one that is damaged."""
    try:
        if image_format is ImageFormat.JPG:
            height, width, _, _ = simplejpeg.decode_jpeg_header(file)
            return width, height
        with Image.open(io.BytesIO(file), formats=["WEBP"]) as image:
            return image.size
    except (ValueError, UnidentifiedImageError, OSError):
        return None
