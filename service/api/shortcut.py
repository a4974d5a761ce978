"""A way to answer what is plain by its address, without routes and middlewares. Kept light, as `draining`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias, cast

from aiohttp import web

if TYPE_CHECKING:
    from aiohttp.web_request import BaseRequest

Shortcut: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse] | None]

SHORTCUT: web.AppKey[Shortcut] = web.AppKey("shortcut")
"""Returns what answers a request, or None where the router must be asked. Only an application that has one."""


def take_shortcut(runner: web.AppRunner) -> None:
    """Have the server of a runner, once it is set up, ask the application's shortcut first.

    Finding the route and going through the middlewares takes as long as all that a cached tile is checked for.
    """
    server = runner.server
    if server is None or SHORTCUT not in runner.app:
        return
    shortcut, by_route = runner.app[SHORTCUT], server.request_handler

    async def handle(request: BaseRequest) -> web.StreamResponse:
        answering = shortcut(cast("web.Request", request))
        return await (by_route(request) if answering is None else answering)

    server.request_handler = handle
