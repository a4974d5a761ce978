"""Request ids, the access log and the request metrics."""

from __future__ import annotations

import logging
import re
import secrets
import time
from typing import TYPE_CHECKING

from aiohttp import web

from service.api.keys import LINK_ID, METRICS, REQUEST_ID

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)

EXPOSED = "ETag, Location, Retry-After, X-Metered, X-Request-ID, X-Tile-Completeness"

logger = logging.getLogger("service.access")


@web.middleware
async def observe_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id, time it, log it: the route's template and the link's id, no token, no query."""
    given = request.headers.get("X-Request-ID", "")
    request[REQUEST_ID] = given if GIVEN_ID.fullmatch(given) else secrets.token_hex(8)
    started = time.perf_counter()
    response = await handler(request)
    seconds = time.perf_counter() - started
    if not response.prepared:
        response.headers["X-Request-ID"] = request[REQUEST_ID]
        response.headers["Server"] = "Tilegate"
    _record(request, response.status, seconds)
    return response


def _record(request: web.Request, status: int, seconds: float) -> None:
    resource = request.match_info.route.resource
    route = "none" if resource is None else resource.canonical
    metrics = request.app[METRICS]
    metrics.requests.labels(route, request.method if resource else "other", str(status)).inc()
    metrics.seconds.labels(route).observe(seconds)
    logger.info(
        "%s %s %d %.1f ms link=%s id=%s",
        request.method,
        route,
        status,
        seconds * 1000,
        request.get(LINK_ID, "-"),
        request[REQUEST_ID],
    )


@web.middleware
async def cors_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let web maps of any origin ask; which origin gets an answer is the link's `allowed_origins`.

    Cookies are never allowed across origins, so nothing is opened that the caller could not ask for itself.
    """
    if not request.path.startswith(("/s/", "/v1/")):
        return await handler(request)
    if request.method == "OPTIONS":
        response: web.StreamResponse = web.Response(status=204)
        response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, POST, OPTIONS"
        response.headers["Access-Control-Allow-Headers"] = (
            "Authorization, Content-Type, If-None-Match, X-Share-Password, X-Share-Key, X-Request-ID"
        )
        response.headers["Access-Control-Max-Age"] = "86400"
    else:
        response = await handler(request)
    if not response.prepared:
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = EXPOSED
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
