"""All addresses of the sharer's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.api.sharer import calls, link, links, new_link, openid, sign_in, things, usage
from service.api.sharer.admin import audit, keys, members, webhooks

if TYPE_CHECKING:
    from aiohttp import web

MODULES = (sign_in, openid, calls, links, link, new_link, things, usage, keys, members, webhooks, audit)


def add_routes(app: web.Application) -> None:
    """Add the routes of each module."""
    for module in MODULES:
        module.add_routes(app)
