"""Tiles that lie in an archive: which one is asked for, and whether a link may have it sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.errors import BadInput, Forbidden, NotFound
from service.operations.admission.render_policy import finish_for, outside_area
from tiling.geometry.zooms import TILE_PIXELS
from tiling.models import TileAddress

if TYPE_CHECKING:
    from service.catalogue.item import Item
    from service.delivery.images.tile_cache import StoredTileKey
    from service.links.admission import Admission
    from service.links.link import Link
    from service.operations.admission.render_models import Render
    from service.operations.core.operation import Context
    from tiling.archives.tile_format import TileFormat
    from tiling.archives.tileset import TilesetDescription


async def stored_key(
    context: Context, admission: Admission, item: Item, tileset: TilesetDescription, address: object
) -> StoredTileKey:
    """Return the key of a tile of an archive. Raises Forbidden, NotFound, Gone, …."""
    if not isinstance(address, TileAddress):
        detail = "The tiles of an archive are had in WebMercatorQuad alone."
        raise NotFound("tile_matrix_set_not_found", detail, field="tile_matrix_set")
    check_finish(admission.link, tileset.format)
    keys, is_gzip = context.services.images.tiles.keys, tileset.format.is_vector and context.accepts_gzip
    return await keys.stored(item, address, tileset.format, finish_for(context, admission), is_gzip=is_gzip)


def check_format(tileset: TilesetDescription, image_format: str, tilesize: int) -> None:
    """Raise BadInput where tiles are asked for in another format or size than they are stored in."""
    if not tileset.format.is_named(image_format):
        raise wrong_format(tileset.format)
    if tilesize != TILE_PIXELS:
        detail = "The tiles of an archive are had in the size in which they are stored: leave @2x and tilesize out."
        raise BadInput("field_invalid", detail, field="tilesize")


def check_plain(profile_id: str | None, render: Render | None) -> None:
    """Raise BadInput, NotFound where somebody says how tiles are to be rendered that are painted already."""
    if profile_id is not None:
        raise NotFound("profile_not_found", "An archive of tiles has no profiles; leave profile out.", field="profile")
    if render is not None and not render.as_custom().is_empty:
        detail = "The tiles of an archive are painted already; leave out how to render them."
        raise BadInput("field_invalid", detail, field="render")


def check_finish(link: Link, tile_format: TileFormat) -> None:
    """Raise Forbidden where a link is limited to what tiles of a format cannot be: an area, a watermark."""
    if tile_format.can_be_cut:
        return
    if link.area is not None:
        raise outside_area()
    if link.watermark is not None:
        detail = f"This link has a watermark, and {tile_format} tiles cannot be marked."
        raise Forbidden("permission_denied", detail)


def is_served(link: Link, tile_format: TileFormat) -> bool:
    """Whether a link has tiles of a format sent."""
    return tile_format.can_be_cut or (link.area is None and link.watermark is None)


def wrong_format(tile_format: TileFormat) -> BadInput:
    """Return the error for another format than an archive has."""
    also = " or .pbf" if tile_format.is_vector else ""
    detail = f"The tiles of this archive are stored as {tile_format}: their addresses end with .{tile_format}{also}."
    return BadInput("format_unsupported", detail, field="format")
