"""Refusals in overload: the same problem that the ordinary way tells, of prepared bytes."""

from __future__ import annotations

import json
import math
import time
from typing import TYPE_CHECKING

from aiohttp import hdrs

from service.api.brake import BRAKE
from service.api.keys import METRICS, SERVICES
from service.api.observe import CORS_HEADERS, SERVER, log, request_id
from service.api.problems import problem_document
from service.api.rate_headers import told
from service.api.tiles.tile_response import PreparedResponse, http_date
from service.delivery.pool.render_pool import overloaded
from service.links.events.event import EventKind, Use

if TYPE_CHECKING:
    from aiohttp import web

    from service.links.admission import Admission, Client

STATUS = 503
CODE = "overloaded"
BEFORE, AFTER = json.dumps(problem_document("REQUEST-ID", overloaded())).encode().split(b"REQUEST-ID")
"""The problem document, without the request's id: one that we give, or that was checked, needs no escapes."""
FIXED = "".join(
    f"{name}: {value}\r\n"
    for name, value in {
        "Cache-Control": "no-store",
        "X-Metered": "0",
        "Content-Type": "application/problem+json; charset=utf-8",
        **CORS_HEADERS,
        "Server": SERVER,
    }.items()
)


class Refusals:
    """Tells who was admitted that too much of their link waits already; counts and logs it as any other answer."""

    def __init__(self, app: web.Application, route: str) -> None:
        metrics = app[METRICS]
        self._route = route
        self._brake = app[BRAKE]
        self._requests = metrics.requests.labels(route, "GET", str(STATUS))
        self._seconds = metrics.seconds.labels(route)
        self._errors = metrics.errors.labels(CODE)
        self._events, self._passes = app[SERVICES].events, app[SERVICES].passes

    async def answer(self, request: web.Request, admission: Admission, caller: Client) -> PreparedResponse:
        """Return the refusal, held where the link's are many."""
        started, link_id, id_ = time.perf_counter(), admission.link.id, request_id(request.headers)
        await self._brake.hold(link_id)
        now, seconds = time.time(), time.perf_counter() - started
        self._requests.inc()
        self._seconds.observe(seconds)
        self._errors.inc()
        log("GET", self._route, STATUS, seconds, link_id, id_)
        user_agent = request.headers.get(hdrs.USER_AGENT, "")
        self._events.note(Use(link_id, EventKind.TILES, STATUS, caller.address, user_agent, admission.key_id), now)
        limits = told(self._passes.left(admission, caller))
        more = "".join([f"{name}: {value}\r\n" for name, value in limits.items()])
        body = BEFORE + id_.encode() + AFTER
        head = (
            f"HTTP/1.1 503 Service Unavailable\r\nRetry-After: {math.ceil(overloaded().retry_after or 1)}\r\n"
            f"Content-Length: {len(body)}\r\nDate: {http_date(int(now))}\r\nX-Request-ID: {id_}\r\n{more}{FIXED}\r\n"
        )
        return PreparedResponse(STATUS, head.encode("ascii"), body)


def is_overload(failure: Exception | None) -> bool:
    """Whether something failed because too much waits for a thread."""
    return getattr(failure, "code", None) == CODE
