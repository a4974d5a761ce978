"""Tiles of the operator's base map, under the address of a link."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.api.operations import admit
from service.api.requests import params
from service.api.responses.image_response import image_response
from service.api.tiles.handlers import head
from service.api.tiles.tile_plans import TileURL
from service.operations.admission.basemap import basemap_tile

if TYPE_CHECKING:
    from aiohttp import web

ROUTE = "/s/{token}/basemap/{z}/{x}/{name}"


def add_routes(app: web.Application) -> None:
    """Add the route. HEAD is one of its own: it must not render."""
    app.router.add_head(ROUTE, head)
    app.router.add_get(ROUTE, basemap, allow_head=False)


async def basemap(request: web.Request) -> web.StreamResponse:
    """Answer a tile, for whoever may see what the link shares."""
    context, admission = await admit(request, confirm=False)
    url = TileURL.of_route(request)
    tilesize, image_format = params.tile_ending(url.ending)
    place = url.tile()
    return image_response(request, await basemap_tile(context, admission, place, image_format, tilesize))
