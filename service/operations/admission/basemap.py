"""The operator's own map beneath what links share: for whoever opened one, and at nobody's expense."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from service.delivery.images.tile_cache import etag
from service.errors import NotFound, SourceReplaced, TilegateError
from service.identifiers import CollectionId, ItemId
from service.operations.admission.tile_grids import parse_address
from service.operations.core.operation import Context, ImageAnswer, Response

if TYPE_CHECKING:
    from service.catalogue.collection import LinkTarget
    from service.delivery.images.tile_cache import TileKey
    from service.links.admission import Admission
    from service.links.link import Link
    from service.operations.core.services import Services
    from tiling.geometry.matrix_tile import Tile
    from tiling.models import ImageFormat, TileSize

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


async def basemap_of(context: Context, link: Link) -> Basemap | None:
    """Return the base map of a link's page; None where the operator has set none, or it is gone."""
    target = await find_basemap(context.services)
    if target is None or target.extent is None:
        return None
    extent, services = target.extent, context.services
    token = services.links.tokens.sign(link.id, link.rotation)
    return Basemap(
        tiles=f"{services.settings.base_url}/s/{token}/basemap/{{z}}/{{x}}/{{y}}.webp",
        bounds=extent.bounds,
        minzoom=extent.minzoom,
        maxzoom=extent.maxzoom,
    )


async def basemap_tile(
    context: Context, admission: Admission, place: tuple[int, int, int], image_format: ImageFormat, tilesize: TileSize
) -> ImageAnswer:
    """Return a tile of it for whom a link admitted. Raises NotFound, BadInput, and what rendering raises.

    Nothing is charged: it is the operator's. The link must be open still, and its rate counts these tiles too.
    """
    services, address = context.services, parse_address(None, *place)
    target = await find_basemap(services)
    if target is None:
        raise NotFound("target_not_found", "This service has no base map.")
    try:
        return await _answer(context, admission, await _key(services, target, address, image_format, tilesize))
    except SourceReplaced:
        services.images.tiles.keys.look_again(target)
    return await _answer(context, admission, await _key(services, target, address, image_format, tilesize))


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
    return None if target is None or target.is_gone or target.extent is None else target


async def report_basemap(services: Services) -> None:
    """Log where the operator has set what cannot be shown."""
    try:
        found = await find_basemap(services)
    except TilegateError:
        return  # it is looked for again with each page
    if services.settings.basemap is not None and found is None:
        logger.warning("TILEGATE_BASEMAP names no raster item and no collection: pages have no base map")


async def _key(
    services: Services, target: LinkTarget, address: Tile, image_format: ImageFormat, tilesize: TileSize
) -> TileKey:
    return await services.images.tiles.keys.tile(target, address, target.profile(None), image_format, tilesize)


async def _answer(context: Context, admission: Admission, key: TileKey) -> ImageAnswer:
    services, media_type = context.services, key.format.media_type
    tag = etag(key, services.etag_secret)
    if tag in context.if_none_match or "*" in context.if_none_match:
        await services.links.authorizer.confirm(admission)
        return ImageAnswer(etag=tag, max_age=MAX_AGE, media_type=media_type, not_modified=True)
    tiles = services.images.tiles
    delivered = tiles.cached(key) or await tiles.get(key, admission.flow)
    await services.links.authorizer.confirm(admission)
    size = delivered.tile.width, delivered.tile.height
    return ImageAnswer(tag, MAX_AGE, media_type, delivered.tile.body, size=size)
