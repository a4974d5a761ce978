"""The page with the table of links."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from service.api.pages.listing_page import readable_size
from service.api.pages.templates import root_path
from service.api.sharer.shell import ask, for_visitors, shell_page
from service.api.sharer.words import ago, count

if TYPE_CHECKING:
    from aiohttp import web

    from service.api.sharer.visitor import Visitor
    from service.operations.links.models import LinkDetail, LinkPage


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A link as the table shows it."""

    id: str
    name: str
    status: str
    views: str
    renders: str
    sent: str
    last_used: str
    expires: str


def add_routes(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get("/", for_visitors(table))


async def table(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """Show the links of all projects that somebody is a member of."""
    page: LinkPage = await ask(request, visitor, "share.link.list", cursor=request.query.get("cursor"))
    now = datetime.now(UTC)
    more = f"{root_path(request)}/?{urlencode({'cursor': page.next_cursor})}" if page.next_cursor else None
    rows = [_row(link, now) for link in page.links]
    return shell_page(request, visitor, "sharer/links.html", section="/", rows=rows, more=more)


def _row(link: LinkDetail, now: datetime) -> Row:
    return Row(
        id=link.id,
        name=link.name,
        status=link.status,
        views=count(link.view_count),
        renders=count(link.render_count),
        sent=readable_size(link.byte_count),
        last_used=ago(link.last_accessed_at, now),
        expires=ago(link.expires_at, now),
    )
