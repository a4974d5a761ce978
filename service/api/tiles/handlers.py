"""GET forms for clients that only load URLs: tiles, TileJSON, info, preview."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from service.api.operations import admit, recipient_context
from service.api.requests import params
from service.api.responses.image_response import image_response
from service.api.tiles.render_params import render_of
from service.api.tiles.tile_path import GRID_ROUTE, ROUTE, TILE_PATH
from service.operations.admission.recipient_models import DEFAULT_PREVIEW, Opened, TileJSONRequest
from service.operations.admission.times import in_time
from service.operations.recipient import contents, images, recipients

if TYPE_CHECKING:
    from pydantic import BaseModel

TAKEN_BY_TILEJSON = frozenset({"format", "tilesize"})


def add_routes(app: web.Application) -> None:
    """Add the routes. HEAD is a route of its own: it must not render."""
    app.router.add_get("/s/{token}/tilejson.json", tilejson)
    app.router.add_get("/s/{token}/info", info)
    app.router.add_get("/s/{token}/profiles", profiles)
    app.router.add_get("/s/{token}/content", content)
    for path in ("/s/{token}/preview.{format}", ROUTE, GRID_ROUTE):
        app.router.add_head(path, head)
    app.router.add_get("/s/{token}/preview.{format}", preview, allow_head=False)
    for path in (ROUTE, GRID_ROUTE):
        app.router.add_get(path, tile, allow_head=False)


async def tile(request: web.Request) -> web.StreamResponse:
    """Answer a tile whose address has something escaped in it, or that is asked for in an odd way."""
    path = request.app[TILE_PATH]
    return await path.answer(request, path.plans.by_route(request))


async def preview(request: web.Request) -> web.StreamResponse:
    """Answer a picture of the whole raster; `?size=` pixels on its longer side."""
    context, admission = await admit(request, confirm=False)
    admission = in_time(admission, request.query.get("datetime"))
    size = request.query.get("size", str(DEFAULT_PREVIEW))
    answer = await images.preview(
        context,
        admission,
        image_format=request.match_info["format"],
        max_size=params.whole_number(size, "size", "field_invalid"),
        profile_id=request.query.get("profile"),
        render=render_of(request),
    )
    return image_response(request, answer)


async def head(request: web.Request) -> web.StreamResponse:
    """Answer HEAD of an image: whether it may be had. Nothing is rendered, nothing is counted."""
    await admit(request)
    return web.Response(headers={"Cache-Control": "no-store", "X-Metered": "0"})


async def tilejson(request: web.Request) -> web.StreamResponse:
    """Answer the TileJSON, with a key inside."""
    scale, query = request.query.get("tilesize", "256"), request.query
    body = TileJSONRequest(
        token=params.token_of(request),
        item=params.item_of(request),
        profile=query.get("profile"),
        datetime=query.get("datetime"),
        format=query.get("format", "png")[:10],
        tilesize=params.whole_number(scale, "tilesize", "field_invalid"),
        render=render_of(request, TAKEN_BY_TILEJSON),
    )
    return json_response(await recipients.get_tilejson(await recipient_context(request), body))


async def info(request: web.Request) -> web.StreamResponse:
    """Answer what the raster is."""
    return json_response(await recipients.get_info(await recipient_context(request), opened(request)))


async def profiles(request: web.Request) -> web.StreamResponse:
    """Answer the profiles that may be used."""
    return json_response(await recipients.list_profiles(await recipient_context(request), opened(request)))


async def content(request: web.Request) -> web.StreamResponse:
    """Answer a text, where a picture is, or what a map shows."""
    return json_response(await contents.get_content(await recipient_context(request), opened(request)))


def opened(request: web.Request) -> Opened:
    """Return what a URL says of the link."""
    return Opened(token=params.token_of(request), item=params.item_of(request))


def json_response(answer: BaseModel, *, metered: bool = False) -> web.Response:
    """Return an answer that nobody keeps."""
    headers = {"Cache-Control": "private, no-store", "X-Metered": "1" if metered else "0"}
    return web.Response(text=answer.model_dump_json(), content_type="application/json", headers=headers)
