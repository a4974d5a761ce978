"""GET forms of values, crops, legends, and of the files that map clients open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from aiohttp import web

from service.api.operations import document_response, limit, recipient_context
from service.api.requests import params
from service.api.responses.image_response import image_response
from service.api.tiles.handlers import head, json_response
from service.api.tiles.render_params import render_of
from service.errors import BadInput
from service.operations.admission.recipient_models import InTime, Opened
from service.operations.recipient import client_files, recipients, values
from service.operations.recipient.stac import catalogue
from service.operations.recipient.value_models import (
    CropRequest,
    LegendRequest,
    PointRequest,
    StatisticsRequest,
)
from service.operations.registry import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from service.operations.core.operation import Context

Asked = TypeVar("Asked", bound=Opened)
TAKEN_BY_STATISTICS = frozenset({"categorical"})
TAKEN_BY_CROP = frozenset({"dst_crs", "max_size"})

SIDES = 4


def add_routes(app: web.Application) -> None:
    """Add the routes. HEAD is a route of its own: it must not read a pixel."""
    for path, handler in (
        ("/s/{token}/statistics", statistics),
        ("/s/{token}/point/{lon},{lat}", point),
        ("/s/{token}/crop.{format}", crop),
        ("/s/{token}/legend.json", legend),
        ("/s/{token}/stac", stac),
        ("/s/{token}/legend.png", legend_picture),
        ("/s/{token}/WMTSCapabilities.xml", wmts_capabilities),
        ("/s/{token}/style.json", style),
        ("/s/{token}/layer.qlr", qgis_layer),
    ):
        app.router.add_head(path, head)
        app.router.add_get(path, handler, allow_head=False)


async def statistics(request: web.Request) -> web.StreamResponse:
    """Answer what the values are like, in all or in `?bbox=`."""
    context = await _limited(request, "share.tile.statistics")
    said = _region(request) | _texts(request, "categorical")
    asked = _asked(request, StatisticsRequest, said, taken=TAKEN_BY_STATISTICS)
    answer = await values.get_statistics(context, asked)
    return json_response(answer, metered=context.client.trail.metered)


async def point(request: web.Request) -> web.StreamResponse:
    """Answer the values of a place."""
    context = await _limited(request, "share.tile.point")
    said = {"lon": request.match_info["lon"], "lat": request.match_info["lat"], **_texts(request, "crs")}
    answer = await values.get_point(context, _asked(request, PointRequest, said))
    return json_response(answer, metered=context.client.trail.metered)


async def crop(request: web.Request) -> web.StreamResponse:
    """Answer the part in `?bbox=`, as a picture or as a GeoTIFF."""
    said = {**_region(request), **_texts(request, "dst_crs", "max_size"), "format": request.match_info["format"][:10]}
    context = await _limited(request, "share.tile.crop")
    asked = _asked(request, CropRequest, said, taken=TAKEN_BY_CROP)
    return image_response(request, await recipients.render_crop(context, asked))


async def legend(request: web.Request) -> web.StreamResponse:
    """Answer what the colours mean."""
    context = await _limited(request, "share.tile.legend")
    return json_response(await values.get_legend(context, _asked(request, LegendRequest)))


async def legend_picture(request: web.Request) -> web.StreamResponse:
    """Answer the same as a picture."""
    context = await _limited(request, "share.tile.legend")
    return document_response(await client_files.draw_legend(context, _asked(request, LegendRequest)), "image/png")


async def wmts_capabilities(request: web.Request) -> web.StreamResponse:
    """Answer what a WMTS client opens."""
    context = await _limited(request, "share.tile.wmts_capabilities")
    document = await client_files.get_wmts_capabilities(context, _asked(request, Opened, with_profile=False))
    return document_response(document, "application/xml")


async def stac(request: web.Request) -> web.StreamResponse:
    """Answer a STAC item, or a collection that leads to items."""
    context = await _limited(request, "share.stac.get")
    said = _texts(request, "datetime")
    return document_response(*await catalogue.described(context, _asked(request, InTime, said, with_profile=False)))


async def style(request: web.Request) -> web.StreamResponse:
    """Answer what MapLibre opens."""
    context = await _limited(request, "share.tilejson")
    return document_response(await client_files.get_style(context, _asked(request, LegendRequest)), "application/json")


async def qgis_layer(request: web.Request) -> web.StreamResponse:
    """Answer what QGIS opens."""
    context = await _limited(request, "share.tilejson")
    document = await client_files.get_qgis_layer(context, _asked(request, LegendRequest))
    response = document_response(document, "application/x-qgis-layer-definition")
    response.headers["Content-Disposition"] = 'attachment; filename="layer.qlr"'
    return response


async def _limited(request: web.Request, operation_id: str) -> Context:
    """Return the caller's context, the call counted as one of an operation."""
    context = await recipient_context(request)
    await limit(request, OPERATIONS[operation_id], context)
    return context


def _asked(
    request: web.Request,
    model: type[Asked],
    said: dict[str, Any] | None = None,
    *,
    with_profile: bool = True,
    taken: AbstractSet[str] = frozenset(),
) -> Asked:
    """Return what a URL asks for. Raises BadInput with the parameter at fault. `taken` as `render_of` has it."""
    common: dict[str, Any] = {"token": params.token_of(request), "item": params.item_of(request)}
    if with_profile:
        common |= {"profile": request.query.get("profile"), "render": render_of(request, taken)}
        common |= _texts(request, "datetime")
    return params.parse_values(common | (said or {}), model)


def _region(request: web.Request) -> dict[str, Any]:
    """Return the box of a query: four numbers with commas between them."""
    said: dict[str, Any] = _texts(request, "crs")
    box = request.query.get("bbox")
    if box is None:
        return said
    sides = box.split(",")
    if len(sides) != SIDES:
        raise BadInput("field_invalid", "bbox must be four numbers: west,south,east,north.", field="bbox")
    return said | {"bbox": sides}


def _texts(request: web.Request, *names: str) -> dict[str, str]:
    return {name: request.query[name] for name in names if name in request.query}
