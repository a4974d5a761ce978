"""A tile of an archive as it is sent: as it is stored, or cut to an area and marked with a text."""

import io
from typing import Final

import numpy as np
from PIL import Image

from tiling.archives.archive import ARCHIVES, TILE_BYTES, read_stored
from tiling.archives.inflate import inflate
from tiling.archives.tile_format import TileFormat
from tiling.budget import NO_DEADLINE, Deadline
from tiling.encode import Painting, encode
from tiling.errors import ContentRefused, SourceUnreadable
from tiling.files.last_read import READING
from tiling.files.raster_source import RasterSource
from tiling.geometry.grid import Grid
from tiling.models import ImageFormat, Profile, ProfileKind, RenderedTile, TileAddress
from tiling.overlay import PLAIN, Finish
from tiling.source.picture_parts import check_parts

LARGEST_SIDE: Final = 2048
"""Pixels of a tile of pictures."""
AS_STORED: Final = Profile(id="tiles", label="Tiles", kind=ProfileKind.RGB)
"""In place of a profile, for who asks for one: the tiles are painted already."""

_PILLOW: Final = {TileFormat.PNG: "PNG", TileFormat.JPG: "JPEG", TileFormat.WEBP: "WEBP", TileFormat.AVIF: "AVIF"}
_BROKEN: Final = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


def render_stored(
    source: RasterSource,
    address: TileAddress,
    tile_format: TileFormat,
    finish: Finish = PLAIN,
    deadline: Deadline = NO_DEADLINE,
    *,
    is_gzip: bool = False,
) -> RenderedTile:
    """Return a tile. Blocks. `is_gzip`: whether features may be sent as gzip, if they are stored so.

    Raises SourceUnreadable and its like, OutOfTime. Whatever is stored was unpacked within a bound, and is a picture
    of the format, before it is sent.
    """
    before = READING.begin(source)
    try:
        return _rendered(source, address, tile_format, finish, deadline, is_gzip=is_gzip)
    except ContentRefused as exc:
        raise SourceUnreadable(f"the archive cannot be read: {exc}") from exc
    finally:
        READING.end(before)


def _rendered(
    source: RasterSource,
    address: TileAddress,
    tile_format: TileFormat,
    finish: Finish,
    deadline: Deadline,
    *,
    is_gzip: bool,
) -> RenderedTile:
    header = ARCHIVES.get(source).header
    if header.format is not tile_format or (finish != PLAIN and not tile_format.can_be_cut):
        raise ContentRefused("its tiles are of another kind by now; register it again")
    if finish.clip is not None and not finish.clip.meets(address.lonlat_bounds):
        return _tile(None, tile_format)
    stored = read_stored(source, address.z, address.x, address.y, deadline)
    if stored is None:
        return _tile(None, tile_format)
    body = inflate(stored, TILE_BYTES, "a tile of it") if header.is_gzip else stored
    deadline.check()
    if not body:
        return _tile(None, tile_format)
    if tile_format.is_vector:
        as_stored = is_gzip and header.is_gzip
        return _tile(stored if as_stored else body, tile_format, encoding="gzip" if as_stored else "")
    return _picture(body, address, tile_format, finish)


def picture_size(body: bytes, tile_format: TileFormat) -> tuple[int, int]:
    """Return width and height of a picture by its first bytes. Raises ContentRefused where it is none of the format."""
    try:
        check_parts(body)
        with Image.open(io.BytesIO(body), formats=[_PILLOW[tile_format]]) as image:
            size = image.size
    except _BROKEN as exc:
        raise ContentRefused(f"a tile of it is not the {tile_format.value} that it should be") from exc
    if max(size) > LARGEST_SIDE:
        raise ContentRefused(f"a tile of it is larger than {LARGEST_SIDE} pixels")
    return size


def _picture(body: bytes, address: TileAddress, tile_format: TileFormat, finish: Finish) -> RenderedTile:
    size = picture_size(body, tile_format)
    if finish == PLAIN:
        return _tile(body, tile_format, size)
    try:
        with Image.open(io.BytesIO(body), formats=[_PILLOW[tile_format]]) as image:
            pixels = np.asarray(image.convert("RGBA"))
    except _BROKEN as exc:
        raise ContentRefused(f"a tile of it is not the {tile_format.value} that it should be") from exc
    painting: Painting | None = Painting(colors=pixels[..., :3], alpha=pixels[..., 3])
    grid = Grid(bounds=address.mercator_bounds, width=size[0], height=size[1])
    painting = finish.on(painting, grid, AS_STORED, finish.shown(grid))
    if painting is None or painting.is_empty:
        return _tile(None, tile_format, size)
    return _tile(encode(painting, ImageFormat(tile_format)), tile_format, size)


def _tile(
    body: bytes | None, tile_format: TileFormat, size: tuple[int, int] | None = None, encoding: str = ""
) -> RenderedTile:
    width, height = size or ((0, 0) if tile_format.is_vector else (256, 256))
    return RenderedTile(body=body, media_type=tile_format.media_type, width=width, height=height, encoding=encoding)
