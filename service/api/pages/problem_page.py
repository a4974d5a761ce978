"""A problem as a page, for somebody who opens an address in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.api.keys import REQUEST_ID
from service.api.pages.templates import html_response
from service.api.problems import STATUS, as_problem, problem_headers
from service.api.requests import params
from service.operations.registry import OPERATIONS

if TYPE_CHECKING:
    from aiohttp import web

    from service.errors import TilegateError

MAY_ASK = "share.access.request" in OPERATIONS


def problem_page(request: web.Request, exc: TilegateError) -> web.Response:
    """Return a problem as a page that a person can read."""
    problem = as_problem(exc)
    return html_response(
        request,
        "problem.html",
        status=STATUS[problem.code],
        headers=problem_headers(request, problem),
        problem=problem,
        token=params.token_of(request),
        may_ask=MAY_ASK and problem.code == "share_expired",
        request_id=request[REQUEST_ID],
    )
