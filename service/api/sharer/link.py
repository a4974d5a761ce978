"""The page of one link: its uses by day, who used it, its keys and recipients, and what people ask for."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import segno
from aiohttp import web

from service.accounts.api_keys import Scope
from service.api.sharer.chart import chart_of
from service.api.sharer.links import row_of
from service.api.sharer.shell import ask, for_visitors, shell_page
from service.api.sharer.words import ago, count, moment
from service.errors import Forbidden

if TYPE_CHECKING:
    from service.api.sharer.visitor import Visitor
    from service.operations.account.activity_models import LinkEvents, LinkStats
    from service.operations.links.access_models import AccessPage
    from service.operations.links.key_models import KeyPage
    from service.operations.links.notice_models import LinkOverview

DAYS = 30
EVENTS, KEYS, REQUESTS = 50, 200, 200
WISHES = {"access": "to be let in", "more_time": "for more time", "download": "to download", "write": "to add files"}


def add_routes(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get("/links/{link_id}", for_visitors(page))
    app.router.add_get("/links/{link_id}/qr.svg", for_visitors(qr_code))


async def page(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """Show one link."""
    link_id, services = request.match_info["link_id"], visitor.context.services
    link: LinkOverview = await ask(visitor, "share.link.get", link_id=link_id)
    stats: LinkStats = await ask(visitor, "share.link.stats", link_id=link_id, days=DAYS)
    keys: KeyPage = await ask(visitor, "share.key.list", link_id=link_id, limit=KEYS)
    asked: AccessPage = await ask(visitor, "share.access.list", link_id=link_id, limit=REQUESTS)
    now = datetime.now(UTC)
    names = await services.links.search.target_names([link.target_id])
    return shell_page(
        request,
        visitor,
        "sharer/link.html",
        section="/",
        link=link,
        row=row_of(link, now, target=names.get(link.target_id, "")),
        chart=chart_of([(day.day, day.renders) for day in stats.days], "renders"),
        total=stats.total,
        days=[day for day in reversed(stats.days) if any((day.renders, day.views, day.downloads, day.queries))],
        events=await _events(request, visitor, link_id),
        keys=keys.keys,
        requests=[one for one in asked.requests if one.status == "open"],
        answered=[one for one in asked.requests if one.status != "open"],
        wishes=WISHES,
        has_mail=services.mail.worker is not None,
        may_change=visitor.holds(Scope.SHARES_WRITE),
        now=now,
        ago=ago,
        moment=moment,
        count=count,
    )


async def qr_code(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """Answer a link's address as a QR code: dark on light, also on a dark page, as cameras want it."""
    link: LinkOverview = await ask(visitor, "share.link.get", link_id=request.match_info["link_id"])
    drawn = io.BytesIO()
    segno.make(link.url, error="m").save(drawn, kind="svg", scale=6, border=4, dark="#000", light="#fff")
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return web.Response(body=drawn.getvalue(), content_type="image/svg+xml", headers=headers)


async def _events(request: web.Request, visitor: Visitor, link_id: str) -> LinkEvents | None:
    """Return who used the link; None for who may not know."""
    cursor = request.query.get("events")
    try:
        events: LinkEvents = await ask(visitor, "share.link.events", link_id=link_id, limit=EVENTS, cursor=cursor)
    except Forbidden:
        return None
    return events
