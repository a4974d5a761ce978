"""What an answered request was to the link that it used."""

from __future__ import annotations

import re
import time
from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import hdrs

from service.api.keys import CALLER, SERVICES
from service.links.admission import Proof
from service.links.events.event import EventKind, Use

if TYPE_CHECKING:
    from aiohttp import web

    from service.links.caller import Trail

REFUSED = frozenset({401, 403, 410, 429})
BY_ROUTE = (
    ("/unlock", EventKind.UNLOCK),
    ("validate", EventKind.VALIDATE),
    ("claim", EventKind.CLAIM),
    ("code.redeem", EventKind.UNLOCK),
    ("code/redeem", EventKind.UNLOCK),
    ("/embed", EventKind.VALIDATE),
    ("tilejson", EventKind.TILEJSON),
    ("wmts", EventKind.TILEJSON),
    ("style.json", EventKind.TILEJSON),
    ("layer.qlr", EventKind.TILEJSON),
    ("{z}", EventKind.TILES),
    ("tile.render", EventKind.TILES),
    ("tile/render", EventKind.TILES),
    ("preview", EventKind.PREVIEW),
    ("crop", EventKind.PREVIEW),
    ("upload", EventKind.UPLOAD),
    ("download", EventKind.DOWNLOAD),
    ("archive", EventKind.DOWNLOAD),
    ("/files", EventKind.DOWNLOAD),
)
"""What is in a route's template in lower case; the first that fits. All else is a question: `info`."""
ASKS_FOR_CODE = re.compile(r"code.request$|/code$")
"""Whoever has the address may do so: as little a use of what the link shares as a basemap is."""
PAGE = "/s/{token}"
BASEMAP = "/s/{token}/basemap/"
UPLOADS = frozenset({hdrs.METH_PUT, hdrs.METH_PATCH, hdrs.METH_POST, hdrs.METH_DELETE})


def note_event(request: web.Request, route: str, response: web.StreamResponse) -> None:
    """Note for the link's owner that a recipient used it, or was refused. The owner's own looks are not noted."""
    caller = request.get(CALLER)
    trail = caller.trail if caller else None
    if caller is None or trail is None or trail.link_id is None or trail.proof is Proof.SHARER:
        return
    is_no_use = route.startswith(BASEMAP) or ASKS_FOR_CODE.search(route) is not None
    if is_no_use and response.status not in REFUSED:
        return
    kind, user_agent = kind_of(request.method, route, response, trail), request.headers.get(hdrs.USER_AGENT, "")
    use = Use(trail.link_id, kind, response.status, caller.address, user_agent, trail.key_id)
    request.app[SERVICES].events.log.note(use, time.time())


def kind_of(method: str, route: str, response: web.StreamResponse, trail: Trail) -> EventKind:
    """Return what somebody did, by the template of the route."""
    kind, status = _kind_of_route(route.lower()), response.status
    if kind is EventKind.VALIDATE and (
        trail.proof in {Proof.PASSWORD, Proof.NOTHING} or status == HTTPStatus.UNAUTHORIZED
    ):
        kind = EventKind.UNLOCK
    if kind is not EventKind.UNLOCK and status in REFUSED:
        return EventKind.DENIED
    if kind is EventKind.DOWNLOAD and "/files" in route:
        if method in UPLOADS:
            return EventKind.UPLOAD
        return kind if response.headers.get("X-Metered") == "1" else EventKind.INFO
    return kind


def _kind_of_route(route: str) -> EventKind:
    if route == PAGE:
        return EventKind.VALIDATE
    return next((kind for word, kind in BY_ROUTE if word in route), EventKind.INFO)
