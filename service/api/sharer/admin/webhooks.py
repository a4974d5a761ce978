"""The page of webhooks, and of what one of them was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.api.sharer.shell import ask, for_visitors, shell_page
from service.notices.notice import NoticeType

if TYPE_CHECKING:
    from aiohttp import web

    from service.api.sharer.visitor import Visitor
    from service.operations.account.notices.webhook_models import DeliveryPage, WebhookPage

SECTION = "/webhooks"


def add_routes(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get(SECTION, for_visitors(webhooks))
    app.router.add_get(SECTION + "/{webhook}", for_visitors(deliveries))


async def webhooks(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """Show the organization's webhooks."""
    page: WebhookPage = await ask(visitor, "webhook.list")
    return shell_page(
        request, visitor, "sharer/webhooks.html", section=SECTION, webhooks=page.webhooks, events=list(NoticeType)
    )


async def deliveries(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """Show what a webhook was sent."""
    webhook_id, cursor = request.match_info["webhook"], request.query.get("cursor")
    page: DeliveryPage = await ask(visitor, "webhook.deliveries", webhook_id=webhook_id, cursor=cursor)
    return shell_page(
        request,
        visitor,
        "sharer/deliveries.html",
        section=SECTION,
        webhook_id=webhook_id,
        deliveries=page.deliveries,
        next_cursor=page.next_cursor,
    )
