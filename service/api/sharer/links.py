"""The page with the table of links: filtered, searched, sorted, page by page."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from service.accounts.api_keys import Scope
from service.api.pages.listing_page import readable_size
from service.api.pages.templates import root_path
from service.api.sharer.shell import ask, for_visitors, shell_page
from service.api.sharer.words import ago, count, moment
from service.links.link import LinkStatus
from service.operations.links.search.models import LinkSort

if TYPE_CHECKING:
    from aiohttp import web

    from service.api.sharer.visitor import Visitor
    from service.operations.links.access_models import AccessPage
    from service.operations.links.models import LinkDetail
    from service.operations.links.search.models import LinksFound

COLUMNS = (
    (LinkSort.NAME, "Name", False),
    (None, "Status", False),
    (LinkSort.VIEW_COUNT, "Views", True),
    (LinkSort.RENDER_COUNT, "Renders", True),
    (LinkSort.BYTE_COUNT, "Sent", True),
    (LinkSort.LAST_ACCESSED_AT, "Last used", False),
    (LinkSort.EXPIRES_AT, "Expires", False),
)
"""What a column is sorted by, its title, and whether it holds numbers."""
ASKED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A link as the pages show it."""

    id: str
    name: str
    url: str
    status: str
    is_over: bool
    """Whether it was revoked: nothing can be changed any more."""
    views: str
    renders: str
    sent: str
    last_used: str
    expires: str
    expires_at: str
    expires_on: str
    target: str = ""
    requests: int = 0


def add_routes(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get("/", for_visitors(table))


async def table(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """Show the links of all projects that somebody is a member of."""
    given = {name: request.query[name] for name in ("query", "status", "sort", "descending") if request.query.get(name)}
    given.setdefault("sort", LinkSort.CREATED_AT)
    given.setdefault("descending", "1")
    found: LinksFound = await ask(visitor, "share.link.find", **given, cursor=request.query.get("cursor"))
    waiting: AccessPage = await ask(visitor, "share.access.list", status="open", limit=ASKED)
    asked, now = Counter(one.link_id for one in waiting.requests), datetime.now(UTC)
    more = _address(request, given | {"cursor": found.next_cursor}) if found.next_cursor else None
    rows = [row_of(link, now, target=link.target_name, requests=asked[link.id]) for link in found.links]
    return shell_page(
        request,
        visitor,
        "sharer/links.html",
        section="/",
        rows=rows,
        columns=[_column(request, given, *column) for column in COLUMNS],
        given=given,
        words=given.get("query", ""),
        state=given.get("status", ""),
        statuses=list(LinkStatus),
        total=count(found.total),
        more=more,
        is_first="cursor" not in request.query,
        first=_address(request, given),
        requests=waiting.requests,
        may_change=visitor.holds(Scope.SHARES_WRITE),
    )


def row_of(link: LinkDetail, now: datetime, *, target: str = "", requests: int = 0) -> Row:
    """Return a link as the pages show it. `requests`: how many wait for an answer."""
    return Row(
        id=link.id,
        name=link.name,
        url=link.url,
        status=link.status,
        is_over=link.status is LinkStatus.REVOKED,
        views=count(link.view_count),
        renders=count(link.render_count),
        sent=readable_size(link.byte_count),
        last_used=ago(link.last_accessed_at, now) or "never",
        expires=ago(link.expires_at, now) or "never",
        expires_at="" if link.expires_at is None else link.expires_at.isoformat(),
        expires_on=moment(link.expires_at),
        target=target or link.target_type,
        requests=requests,
    )


def _column(
    request: web.Request, given: dict[str, str], sort: LinkSort | None, title: str, is_number: bool
) -> dict[str, object]:
    """Return the head of a column: sorted by it, a click turns it round."""
    is_sorted, descends = given["sort"] == sort, given["descending"] not in {"0", "false"}
    turned = not descends if is_sorted else sort is not LinkSort.NAME
    href = sort and _address(request, given | {"sort": sort, "descending": "1" if turned else "0"})
    direction = ("descending" if descends else "ascending") if is_sorted else ""
    return {"title": title, "is_number": is_number, "href": href, "sorted": direction}


def _address(request: web.Request, query: dict[str, str]) -> str:
    return f"{root_path(request)}/?{urlencode(query)}"
