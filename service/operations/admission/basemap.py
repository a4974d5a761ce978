"""The operator's own map beneath what links share: for whoever opened one, and at nobody's expense."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from service.catalogue.item import Item
from service.delivery.images.tile_cache import etag
from service.errors import NotFound, TilegateError
from service.identifiers import CollectionId, ItemId
from service.operations.admission.latest import latest
from service.operations.admission.stored_tiles import check_format
from service.operations.admission.tile_grids import parse_address
from service.operations.admission.tile_styles import parse_format, parse_tilesize
from service.operations.core.operation import Context, ImageAnswer, Response
from tiling.geometry.zooms import TILE_PIXELS
from tiling.models import ImageFormat, TileAddress
from tiling.overlay import PLAIN

if TYPE_CHECKING:
    from service.catalogue.collection import LinkTarget
    from service.delivery.images.tile_cache import StoredTileKey, TileKey
    from service.links.admission import Admission
    from service.links.link import Link
    from service.operations.core.services import Services
    from tiling.archives.tileset import TilesetDescription
    from tiling.geometry.matrix_tile import Tile

MAX_AGE = 3600
"""Seconds that a browser keeps a tile of it. It is none of what the link shares, so it may outlast the link."""

logger = logging.getLogger(__name__)


class Basemap(Response):
    """What a page must know of it."""

    tiles: str
    """With {z}, {x} and {y}, under the address of the link and for its keys."""
    bounds: tuple[float, float, float, float]
    minzoom: int
    maxzoom: int
    tilesize: int
    """Pixels of a side of a picture, 0 for vector tiles."""
    is_sharper: bool
    """Whether `@2x` may stand before the format: twice as many pixels on a side."""
    vector_layers: tuple[str, ...]
    attribution: str
    """A text without markup."""


async def basemap_of(context: Context, link: Link) -> Basemap | None:
    """Return the base map of a link's page; None where the operator has set none, or it is gone."""
    target = await find_basemap(context.services)
    if target is None or target.extent is None:
        return None
    extent, services, tileset = target.extent, context.services, tileset_of(target)
    token = services.links.tokens.sign(link.id, link.rotation)
    image_format = ImageFormat.WEBP if tileset is None else tileset.format
    return Basemap(
        tiles=f"{services.settings.base_url}/s/{token}/basemap/{{z}}/{{x}}/{{y}}.{image_format}",
        bounds=extent.bounds,
        minzoom=extent.minzoom,
        maxzoom=extent.maxzoom,
        tilesize=TILE_PIXELS if tileset is None else tileset.tilesize,
        is_sharper=tileset is None,
        vector_layers=() if tileset is None else tuple(layer.id for layer in tileset.vector_layers),
        attribution="" if tileset is None else tileset.attribution,
    )


def tileset_of(target: LinkTarget) -> TilesetDescription | None:
    """Return what is known of an archive; None for what is rendered."""
    return target.tileset if isinstance(target, Item) else None


async def basemap_tile(
    context: Context, admission: Admission, place: tuple[int, int, int], image_format: str, tilesize: int
) -> ImageAnswer:
    """Return a tile of it for whom a link admitted. Raises NotFound, BadInput, and what rendering raises.

    Nothing is charged: it is the operator's. The link must be open still, and its rate counts these tiles too.
    """
    services, address = context.services, parse_address(None, *place)
    target = await find_basemap(services)
    if target is None:
        raise NotFound("target_not_found", "This service has no base map.")

    async def ask() -> ImageAnswer:
        return await _answer(context, admission, await _key(context, target, address, image_format, tilesize))

    return await latest(context, target, ask)


async def find_basemap(services: Services) -> LinkTarget | None:
    """Return what the operator has set, as it is now; None where there is nothing, or nothing that can be drawn."""
    wanted = services.settings.basemap
    if wanted is None:
        return None
    target: LinkTarget | None
    if wanted.startswith("col_"):
        target = await services.records.collections.get(CollectionId(wanted))
    else:
        target = await services.records.items.get(ItemId(wanted))
    is_drawn = target is not None and not target.is_gone and (bool(target.profiles) or tileset_of(target) is not None)
    return target if is_drawn else None


async def report_basemap(services: Services) -> None:
    """Log where the operator has set what cannot be shown."""
    try:
        found = await find_basemap(services)
    except TilegateError:
        return  # it is looked for again with each page
    if services.settings.basemap is not None and found is None:
        logger.warning("TILEGATE_BASEMAP names nothing that can be drawn: pages have no base map")


async def _key(
    context: Context, target: LinkTarget, address: Tile, image_format: str, tilesize: int
) -> TileKey | StoredTileKey:
    keys = context.services.images.tiles.keys
    if isinstance(target, Item) and target.tileset is not None and isinstance(address, TileAddress):
        stored = target.tileset.format
        check_format(target.tileset, image_format, tilesize)
        return await keys.stored(target, address, stored, PLAIN, is_gzip=stored.is_vector and context.accepts_gzip)
    painted = parse_format(image_format), parse_tilesize(tilesize)
    return await keys.tile(target, address, target.profile(None), *painted)


async def _answer(context: Context, admission: Admission, key: TileKey | StoredTileKey) -> ImageAnswer:
    services, media_type = context.services, key.format.media_type
    tag = etag(key, services.etag_secret)
    if tag in context.if_none_match or "*" in context.if_none_match:
        await services.links.authorizer.confirm(admission)
        return ImageAnswer(etag=tag, max_age=MAX_AGE, media_type=media_type, not_modified=True)
    tiles = services.images.tiles
    delivered = tiles.cached(key) or await tiles.get(key, admission.flow)
    await services.links.authorizer.confirm(admission)
    size = delivered.tile.width, delivered.tile.height
    encoding = delivered.tile.encoding
    return ImageAnswer(tag, MAX_AGE, media_type, delivered.tile.body, size=size, encoding=encoding)
