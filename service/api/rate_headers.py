"""What is left to a caller, as headers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from aiohttp import web

from service.api.header_lines import headers_of
from service.api.keys import SERVICES
from service.api.requests import params
from service.metering.limits import Allowance

if TYPE_CHECKING:
    from service.operations.core.services import Services

ALLOWANCE = web.RequestKey("allowance", Allowance)
EXPOSED = "RateLimit, RateLimit-Policy, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset"


def rate_headers(request: web.Request) -> dict[str, str]:
    """Return the headers of an answer, for the limit that the call was counted against; none where it was not.

    `RateLimit-Limit`, `-Remaining` and `-Reset` (seconds) as most clients know them, `RateLimit` and
    `RateLimit-Policy` as draft-ietf-httpapi-ratelimit-headers-10 has them.
    """
    return headers_of(allowance_lines(request.get(ALLOWANCE) or _of_link(request, request.app[SERVICES])))


def allowance_lines(allowance: Allowance | None) -> str:
    """Return the lines of the headers that say what is left; none for None."""
    if allowance is None:
        return ""
    _, limit, remaining, seconds, bucket, window = allowance
    reset = math.ceil(seconds)
    return (
        f"RateLimit-Limit: {limit}\r\nRateLimit-Remaining: {remaining}\r\nRateLimit-Reset: {reset}\r\n"
        f'RateLimit: "{bucket}";r={remaining};t={reset}\r\nRateLimit-Policy: "{bucket}";q={limit};w={window:.0f}\r\n'
    )


def _of_link(request: web.Request, services: Services) -> Allowance | None:
    """Return what is left to a client of the link in the address; nothing is looked up for a forged token."""
    token = request.match_info.get("token")
    claim = services.links.tokens.open(token) if token else None
    if claim is None:
        return None
    return services.metering.tile_limiter.look(
        claim.link_id, params.client(request, services.settings.trusted_proxies).address
    )
