"""A problem document where there is no request that could be understood. Kept light, as `draining`."""

from __future__ import annotations

import json
import random
from http import HTTPStatus

from aiohttp import web

MALFORMED = "The request is malformed: it is not HTTP/1.1 (RFC 9112), or its header section is too large."
DETAILS = {
    HTTPStatus.BAD_REQUEST: ("malformed_request", MALFORMED),
    HTTPStatus.EXPECTATION_FAILED: ("malformed_request", "Expect may only be 100-continue."),
    HTTPStatus.GATEWAY_TIMEOUT: ("backend_unavailable", "The service did not answer in time; try again."),
}
UNFORESEEN = ("internal_error", "Something went wrong here; the request id helps the operator to find it.")


def bare_problem(status: int) -> web.Response:
    """Return a problem that ends its connection; `Server` and the id are what other answers have them from later."""
    code, detail = DETAILS.get(HTTPStatus(status), UNFORESEEN)
    request_id = f"{random.getrandbits(64):016x}"
    document = {
        "type": f"urn:tilegate:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id,
    }
    headers = {"Cache-Control": "no-store", "X-Metered": "0", "X-Request-ID": request_id, "Server": "Tilegate"}
    response = web.Response(
        text=json.dumps(document), status=status, content_type="application/problem+json", headers=headers
    )
    response.force_close()
    return response
