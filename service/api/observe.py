"""Request ids, the access log and the request metrics."""

from __future__ import annotations

import logging
import random
import re
import time
from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web

from service.api.events import note_event
from service.api.keys import LINK_ID, METRICS, REQUEST_ID
from service.api.prepared_response import PreparedResponse
from service.api.rate_headers import EXPOSED, rate_headers
from service.api.tracing import NO_ROUTE, TRACES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from multidict import CIMultiDictProxy

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LINE = "%(method)s %(route)s %(status)d %(milliseconds).1f ms link=%(link_id)s id=%(request_id)s"
GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)
SERVER = "Tilegate"
CORS_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Accept-Ranges, Content-Disposition, Content-Range, ETag, "
    "Idempotent-Replayed, Last-Modified, Location, Retry-After, Upload-Complete, Upload-Limit, Upload-Offset, "
    f"X-Metered, X-Request-ID, X-Tile-Completeness, {EXPOSED}",
    "Cross-Origin-Resource-Policy": "cross-origin",
}

logger = logging.getLogger("service.access")


@web.middleware
async def observe_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id, time it, log it: the route's template and the link's id, no token, no query."""
    request[REQUEST_ID] = request_id(request.headers)
    started = time.perf_counter()
    response = await handler(request)
    seconds = time.perf_counter() - started
    if isinstance(response, PreparedResponse):
        return response
    if not response.prepared:
        response.headers["X-Request-ID"] = request[REQUEST_ID]
        response.headers["Server"] = SERVER
    resource = request.match_info.route.resource
    route = NO_ROUTE if resource is None else resource.canonical
    request.app[METRICS].answered(route, request.method if resource else "other", response.status, seconds)
    link_id = request.get(LINK_ID, "-")
    log(request.method, route, response.status, seconds, link_id, request[REQUEST_ID])
    if (traces := request.app.get(TRACES)) is not None:
        traces.answered(request, route, response.status, seconds, link_id, request[REQUEST_ID])
    note_event(request, route, response)
    return response


def response_headers(request: web.Request) -> dict[str, str]:
    """Return what the middlewares would add, for a response that is on its way before they see it."""
    return {**rate_headers(request), **CORS_HEADERS, "X-Request-ID": request[REQUEST_ID], "Server": SERVER}


def request_id(headers: CIMultiDictProxy[str]) -> str:
    """Return the id that a request brings, or a new one."""
    given = headers.get("X-Request-ID")
    if given and GIVEN_ID.fullmatch(given):
        return given
    return f"{random.getrandbits(64):016x}"


def log(method: str, route: str, status: int, seconds: float, link_id: str, id_: str) -> None:
    """Write a line of the access log."""
    if logger.isEnabledFor(logging.INFO):
        values = {"method": method, "route": route, "status": status, "milliseconds": seconds * 1000}
        logger.info(LINE, {**values, "link_id": link_id, "request_id": id_})


@web.middleware
async def cors_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let web maps of any origin ask; which origin gets an answer is the link's `allowed_origins`.

    Cookies are never allowed across origins, so nothing is opened that the caller could not ask for itself.
    """
    if not request.path.startswith(("/s/", "/v1/", "/oembed")):
        return await handler(request)
    if request.method == "OPTIONS":
        response: web.StreamResponse = web.Response(status=HTTPStatus.NO_CONTENT)
        response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
        response.headers["Access-Control-Allow-Headers"] = (
            "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, If-Range, Overwrite, Range, "
            "Upload-Complete, Upload-Length, Upload-Offset, X-Organization, X-Share-Password, X-Share-Key, X-Request-ID"
        )
        response.headers["Access-Control-Max-Age"] = "86400"
    else:
        response = await handler(request)
    if not response.prepared:
        response.headers.update(rate_headers(request))
        response.headers.update(CORS_HEADERS)
    return response
