"""Asking the owner of a link for access, from a browser that runs no script. With one, the page asks the operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aiohttp import web

from service.api.operations import limit, recipient_context
from service.api.pages.problem_page import problem_page
from service.api.pages.templates import html_response, root_path
from service.api.requests import params
from service.api.requests.bodies import read_form
from service.errors import TilegateError
from service.operations.core.invocation import invoke
from service.operations.links.access_models import AccessAsk, AccessAsked
from service.operations.registry import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

FIELDS = ("kind", "email", "name", "message")


def add_routes(app: web.Application) -> None:
    """Add the route."""
    app.router.add_post("/s/{token}/request", ask)


async def ask(request: web.Request) -> web.StreamResponse:
    """Pass on what somebody asks for, and say on a page that it was, or why not."""
    form = await read_form(request)
    token, operation = params.token_of(request), OPERATIONS["share.access.request"]
    try:
        context = await recipient_context(request)
        await limit(request, operation, context)
        values = params.parse_values(_values(token, form), AccessAsk)
        asked = cast("AccessAsked", await invoke(operation, context, values))
    except TilegateError as exc:
        return problem_page(request, exc)
    return html_response(request, "asked.html", detail=asked.detail, share=f"{root_path(request)}/s/{token}")


def _values(token: str, form: Mapping[str, str]) -> dict[str, str]:
    """Return the fields that were filled in."""
    given = {name: form[name][:4000] for name in FIELDS if name in form}
    return {"token": token} | {name: text for name, text in given.items() if text.strip()}
