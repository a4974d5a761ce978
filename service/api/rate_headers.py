"""What is left to a caller, as headers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from aiohttp import web

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
    return allowance_headers(request.get(ALLOWANCE) or _of_link(request, request.app[SERVICES]))


def allowance_headers(allowance: Allowance | None) -> dict[str, str]:
    """Return the headers that say what is left; none for None."""
    if allowance is None:
        return {}
    reset = math.ceil(allowance.reset)
    return {
        "RateLimit-Limit": str(allowance.limit),
        "RateLimit-Remaining": str(allowance.remaining),
        "RateLimit-Reset": str(reset),
        "RateLimit": f'"{allowance.bucket}";r={allowance.remaining};t={reset}',
        "RateLimit-Policy": f'"{allowance.bucket}";q={allowance.limit};w={allowance.window:.0f}',
    }


def _of_link(request: web.Request, services: Services) -> Allowance | None:
    """Return what is left to a client of the link in the address; nothing is looked up for a forged token."""
    token = request.match_info.get("token")
    claim = services.links.tokens.open(token) if token else None
    if claim is None:
        return None
    return services.metering.tile_limiter.look(
        claim.link_id, params.client(request, services.settings.trusted_proxies).address
    )
