"""Whether a page of ours sends a request, or one of another site in its visitor's name (CSRF)."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from aiohttp import hdrs
from multidict import istr

from service.api.keys import SERVICES
from service.errors import Forbidden

if TYPE_CHECKING:
    from aiohttp import web

SEC_FETCH_SITE, CSRF_TOKEN = istr("Sec-Fetch-Site"), istr("X-CSRF-Token")


def require_same_origin(request: web.Request) -> None:
    """Raise Forbidden `origin_not_allowed` unless a browser says that a page of ours sends a request.

    No page can forge `Sec-Fetch-Site`. Without TLS browsers leave it out, and say `Origin` with every POST.
    """
    site = request.headers.get(SEC_FETCH_SITE)
    if site is not None:
        is_ours = site == "same-origin"
    else:
        origin = request.headers.get(hdrs.ORIGIN, "").lower()
        own = request.app[SERVICES].settings.own_origin.lower()
        is_ours = origin in {own, f"{request.scheme}://{request.host}".lower()}
    if not is_ours:
        raise Forbidden("origin_not_allowed", "This can be sent only by a page of this service; open it and try again.")


def require_token(request: web.Request, expected: str, given: str | None = None) -> None:
    """Raise Forbidden unless a request of a page of ours says the token of its visitor's session.

    `given`: the token in a form; else it is in a header, which no form can send.
    """
    require_same_origin(request)
    said = request.headers.get(CSRF_TOKEN, "") if given is None else given
    if not hmac.compare_digest(said.encode(), expected.encode()):
        detail = "The page is of another session than yours now; load it again."
        raise Forbidden("origin_not_allowed", detail)
