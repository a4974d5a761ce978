"""Making a link: of an item that is there, or of a GeoTIFF that is dropped into a storage root."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.accounts.api_keys import Scope
from service.api.sharer.shell import ask, for_visitors, shell_page
from service.errors import TilegateError

if TYPE_CHECKING:
    from aiohttp import web

    from service.api.sharer.visitor import Visitor
    from service.operations.account.usage.forecast import UsageForecast
    from service.operations.catalogue.item_models import ItemPage
    from service.operations.files.root_upload_models import RootFolderPage

SHOWN = 48
"""Items on one page."""
HOURS = ((24, "1 day"), (168, "1 week"), (720, "30 days"), (8760, "1 year"))


def add_routes(app: web.Application) -> None:
    """Add the route."""
    app.router.add_get("/new-link", for_visitors(page))


async def page(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """Show the form."""
    items: ItemPage = await ask(visitor, "item.list", limit=SHOWN, cursor=request.query.get("cursor"))
    folders: RootFolderPage | None = None
    if visitor.holds(Scope.ITEMS_WRITE):
        folders = await ask(visitor, "root.folders")
    return shell_page(
        request,
        visitor,
        "sharer/new-link.html",
        section="/",
        items=items.items,
        more=items.next_cursor,
        folders=[] if folders is None else folders.folders,
        chosen=request.query.get("item", ""),
        hours=HOURS,
        forecast=await _forecast(visitor),
        has_mail=visitor.context.services.mail.worker is not None,
    )


async def _forecast(visitor: Visitor) -> UsageForecast | None:
    """Return what the month will come to; None for who may not know."""
    try:
        forecast: UsageForecast = await ask(
            visitor, "usage.forecast", organization_id=visitor.context.sharer.organization_id
        )
    except TilegateError:
        return None
    return forecast
