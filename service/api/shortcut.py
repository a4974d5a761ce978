"""A way to answer before the application's routes and middlewares are asked. Kept light, as `draining`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias, cast

from aiohttp import web

if TYPE_CHECKING:
    from aiohttp.web_request import BaseRequest

Shortcut: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse | None]]

SHORTCUT: web.AppKey[Shortcut] = web.AppKey("shortcut")
"""Returns the answer to a request, or None where the application must be asked. Only an application that has one."""


def take_shortcut(runner: web.AppRunner) -> None:
    """Have the server of a runner, once it is set up, ask the application's shortcut first.

    Finding the route and going through the middlewares takes as long as all that a known tile is checked for.
    """
    server = runner.server
    if server is None or SHORTCUT not in runner.app:
        return
    shortcut, ordinary = runner.app[SHORTCUT], server.request_handler

    async def handle(request: BaseRequest) -> web.StreamResponse:
        return await shortcut(cast("web.Request", request)) or await ordinary(request)

    server.request_handler = handle
