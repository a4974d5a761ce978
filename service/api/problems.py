"""Errors to RFC 9457 problem documents, once and for all routes."""

from __future__ import annotations

import logging
import math
from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from service.api.brake import BRAKE
from service.api.keys import CALLER, METRICS, REQUEST_ID
from service.api.requests.well_formed import require_headers, require_well_formed
from service.delivery.images.tiles import translated
from service.errors import (
    BadInput,
    MethodNotAllowed,
    NotFound,
    OffsetMismatch,
    RangeNotSatisfiable,
    TilegateError,
    Unavailable,
)
from tiling.errors import TilingError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from service.api.brake import Brake
    from service.identifiers import LinkId

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

logger = logging.getLogger(__name__)

STATUS = {
    "body_missing": 400,
    "malformed_json": 400,
    "malformed_request": 400,
    "unauthenticated": 401,
    "password_required": 401,
    "password_invalid": 401,
    "code_required": 401,
    "code_invalid": 401,
    "key_invalid": 401,
    "key_expired": 401,
    "sign_in_failed": 401,
    "scope_missing": 403,
    "not_project_editor": 403,
    "permission_denied": 403,
    "origin_not_allowed": 403,
    "outside_share_area": 403,
    "not_allowed_by_policy": 403,
    "can_not_apply_to_this_user": 403,
    "budget_exhausted": 403,
    "no_member": 403,
    "share_not_found": 404,
    "target_not_found": 404,
    "profile_not_found": 404,
    "tile_matrix_set_not_found": 404,
    "operation_not_found": 404,
    "project_not_found": 404,
    "organization_not_found": 404,
    "api_key_not_found": 404,
    "member_not_found": 404,
    "root_grant_not_found": 404,
    "access_request_not_found": 404,
    "webhook_not_found": 404,
    "key_not_found": 404,
    "route_not_found": 404,
    "file_not_found": 404,
    "method_not_allowed": 405,
    "link_not_active": 409,
    "last_admin": 409,
    "already_bound": 409,
    "root_grant_in_use": 409,
    "already_changed": 409,
    "file_conflict": 409,
    "upload_offset_mismatch": 409,
    "no_need_to_request": 409,
    "idempotency_key_in_use": 409,
    "share_expired": 410,
    "share_revoked": 410,
    "share_suspended": 410,
    "share_not_started": 410,
    "limit_reached": 410,
    "organization_suspended": 410,
    "target_gone": 410,
    "body_too_slow": 408,
    "precondition_failed": 412,
    "archive_too_large": 413,
    "body_too_large": 413,
    "crop_too_large": 413,
    "upload_too_large": 413,
    "media_type_unsupported": 415,
    "range_not_satisfiable": 416,
    "field_missing": 422,
    "field_invalid": 422,
    "tile_address_invalid": 422,
    "format_unsupported": 422,
    "idempotency_key_reused": 422,
    "rate_limited": 429,
    "too_many_attempts": 429,
    "internal_error": 500,
    "misconfigured": 500,
    "source_unreadable": 502,
    "quarantined": 502,
    "overloaded": 503,
    "metering_unavailable": 503,
    "backend_unavailable": 503,
    "render_timeout": 504,
    "storage_full": 507,
}
CLOSING = {"body_too_large", "body_too_slow", "malformed_request", "upload_too_large", "storage_full"}
"""After these the connection ends: what is left of the body is not worth reading."""
BRAKED = {"overloaded", "rate_limited"}
"""What clients ask again for that do not read `Retry-After`."""
BEARER = 'Bearer realm="Tilegate"'
BASIC = 'Basic realm="Tilegate link: any user name, the password of the link", charset="UTF-8"'


@web.middleware
async def problem_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every error with a problem document. What was not foreseen is logged, and told as `internal_error`."""
    try:
        require_well_formed(request)
        response = await handler(request)
        if not response.prepared:
            require_headers(response)
        return response  # noqa: TRY300  (what it may raise is told as well)
    except Exception as exc:  # noqa: BLE001  (told to the caller, and logged where it was not foreseen)
        caller = request.get(CALLER)
        problem = await told(exc, request[REQUEST_ID], request.app[BRAKE], caller.trail.link_id if caller else None)
        return problem_response(request, problem)


async def told(exc: Exception, request_id: str, brake: Brake, link_id: LinkId | None) -> TilegateError:
    """Return what a caller is told of an error, when they may be told. What was not foreseen is logged.

    `link_id`: the link whose refusals are held where they are many.
    """
    problem = as_problem(exc)
    if problem.code == "internal_error":
        logger.error("unforeseen error, request %s", request_id, exc_info=exc)
    if problem.code in BRAKED and link_id is not None:
        await brake.hold(link_id)
    return problem


def as_problem(exc: Exception) -> TilegateError:
    """Return what a caller is told of an error."""
    if isinstance(exc, TilegateError):
        return exc
    if isinstance(exc, TilingError):
        return translated(exc)
    if isinstance(exc, web.HTTPException):
        return _of_http(exc)
    if isinstance(exc, web.RequestPayloadError):
        return BadInput("malformed_request", "The body cannot be read as its headers say.")
    if isinstance(exc, SQLAlchemyError | RedisError | ConnectionError | TimeoutError):
        logger.warning("backend failed: %s", type(exc).__name__)
        return Unavailable("backend_unavailable", "The service cannot reach its data now; try again.", retry_after=2)
    return TilegateError("internal_error", "Something went wrong here; the request id helps the operator to find it.")


def problem_document(request_id: str, problem: TilegateError) -> dict[str, object]:
    """Return the members of a problem document."""
    status = STATUS[problem.code]
    document: dict[str, object] = {
        "type": f"urn:tilegate:problem:{problem.code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": problem.detail,
        "code": problem.code,
        "request_id": request_id,
    }
    return document if problem.field is None else document | {"field": problem.field}


def problem_headers(request: web.Request, problem: TilegateError) -> dict[str, str]:
    """Return the headers that go with a problem."""
    headers = {"Cache-Control": "no-store", "X-Metered": "0"}
    if problem.retry_after is not None:
        headers["Retry-After"] = str(max(1, math.ceil(problem.retry_after)))
    if isinstance(problem, RangeNotSatisfiable):
        headers["Content-Range"] = f"bytes */{problem.size}"
    if isinstance(problem, OffsetMismatch):
        headers["Upload-Offset"] = str(problem.offset)
    if isinstance(problem, MethodNotAllowed):
        headers["Allow"] = ", ".join(problem.allowed)  # RFC 9110, 15.5.6
    if problem.code in {"unauthenticated", "sign_in_failed"}:
        headers["WWW-Authenticate"] = BEARER
    elif STATUS[problem.code] == HTTPStatus.UNAUTHORIZED and not _is_of_a_page(request):
        headers["WWW-Authenticate"] = BASIC  # QGIS prompts for it; a browser would pop a dialog over the page
    return headers


def problem_response(request: web.Request, problem: TilegateError) -> web.Response:
    """Return the response that tells a problem."""
    request.app[METRICS].errors.labels(problem.code).inc()
    response = web.json_response(
        problem_document(request[REQUEST_ID], problem),
        status=STATUS[problem.code],
        content_type="application/problem+json",
        headers=problem_headers(request, problem),
    )
    if problem.code in CLOSING:
        response.force_close()
    return response


def nothing_there() -> NotFound:
    """Return the error for an address without a route, and for one that the caller may not know of."""
    return NotFound("route_not_found", "There is nothing at this address.")


def _is_of_a_page(request: web.Request) -> bool:
    """Whether a script or an image of a web page asks. Without TLS browsers do not say so; our page does."""
    return "Sec-Fetch-Mode" in request.headers or "X-Requested-With" in request.headers


def _of_http(exc: web.HTTPException) -> TilegateError:
    if exc.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return BadInput("body_too_large", "The body is larger than 384 KiB.")
    if isinstance(exc, web.HTTPMethodNotAllowed):
        return MethodNotAllowed("This address does not take that method.", exc.allowed_methods)
    if exc.status == HTTPStatus.NOT_FOUND:
        return nothing_there()
    return BadInput("malformed_request", "The request cannot be understood.")
