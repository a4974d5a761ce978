"""What the sharer's pages have in common: who may see one, its frame, and a problem inside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from aiohttp import web

from service.accounts.api_keys import Scope
from service.api.keys import REQUEST_ID
from service.api.operations import authorise, limit
from service.api.pages.templates import html_response, root_path, see_other
from service.api.problems import STATUS, problem_headers
from service.api.rate_headers import ALLOWANCE
from service.api.requests import params
from service.api.sharer.visitor import cookie_name, drop_cookie, find_visitor
from service.errors import TilegateError, Unauthenticated
from service.operations.account.limits import PAGES
from service.operations.core.invocation import invoke
from service.operations.registry import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from service.api.sharer.visitor import Visitor

    View = Callable[[web.Request, Visitor], Awaitable[web.StreamResponse]]
    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HEADERS = {"Referrer-Policy": "same-origin"}
"""With no-referrer browsers send `Origin: null` with our own forms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """An entry of the navigation."""

    path: str
    title: str
    scope: Scope
    """Who lacks it does not see the entry; what it leads to is refused by the operations."""


SECTIONS = (
    Section(path="/", title="Links", scope=Scope.SHARES_READ),
    Section(path="/items", title="Items", scope=Scope.ITEMS_READ),
    Section(path="/usage", title="Usage", scope=Scope.USAGE_READ),
    Section(path="/keys", title="Keys", scope=Scope.ADMIN),
    Section(path="/members", title="Members", scope=Scope.ADMIN),
    Section(path="/webhooks", title="Webhooks", scope=Scope.ADMIN),
    Section(path="/audit", title="Audit", scope=Scope.ADMIN),
)


def for_visitors(view: View) -> Handler:
    """Return the handler of a page for those who signed in; others sign in first, and problems are told inside it."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            visitor = await find_visitor(request)
        except Unauthenticated:
            return to_sign_in(request, "ended")
        if visitor is None:
            return to_sign_in(request, "ended" if cookie_name(request) in request.cookies else "")
        try:
            await _count(request, visitor)
            return await view(request, visitor)
        except TilegateError as exc:
            return _problem(request, visitor, exc)

    return handle


def to_sign_in(request: web.Request, why: str = "") -> web.Response:
    """Return the way to the sign-in, and from there back."""
    query = f"?next={quote(request.rel_url.raw_path_qs, safe='')}" + (f"&why={why}" if why else "")
    response = see_other(f"{root_path(request)}/sign-in{query}")
    if why:
        drop_cookie(request, response)
    return response


def shell_page(request: web.Request, visitor: Visitor, template: str, *, section: str, **values: Any) -> web.Response:
    """Return a page in its frame. `section`: the path of its entry in the navigation. `status`, `headers` as usual."""
    values["headers"] = HEADERS | values.get("headers", {})
    sections = [one for one in SECTIONS if visitor.holds(one.scope)]
    return html_response(
        request, template, sections=sections, section=section, csrf=visitor.session.csrf, visitor=visitor, **values
    )


async def ask(visitor: Visitor, operation_id: str, **fields: Any) -> Any:
    """Return the answer of an operation, as the visitor may ask it: authorised, parsed, recorded as any call.

    The page was counted: what it asks is not limited beside that. Raises as the operation does.
    """
    operation = OPERATIONS[operation_id]
    await authorise(operation, visitor.context)
    given = {name: value for name, value in fields.items() if value is not None}
    return await invoke(operation, visitor.context, params.parse_values(given, operation.request))


async def ask_for_all(request: web.Request, visitor: Visitor, operation_id: str, **fields: Any) -> Any:
    """Return the answer of an operation for a large file: limited as a call of a script is. Raises as `ask`."""
    await limit(request, OPERATIONS[operation_id], visitor.context)
    return await ask(visitor, operation_id, **fields)


def csv_of(operation_id: str, fields: dict[str, Any], answer: Any) -> str:
    """Return an answer as the CSV that its operation writes of it."""
    operation = OPERATIONS[operation_id]
    written = operation.table and operation.table(params.parse_values(fields, operation.request), answer)
    return written.csv if written else ""


def csv_file(name: str, text: str) -> web.Response:
    """Return a CSV file to be saved under a name."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return web.Response(text=text, content_type="text/csv", headers=headers)


async def _count(request: web.Request, visitor: Visitor) -> None:
    """Count a page, however much it asks for, and have the answer say what is left. Raises Throttled.

    A person who clicks does not use up what a script may list with the same account, nor the other way round.
    """
    services = visitor.context.services
    allowance = await services.metering.rates.hit(visitor.context.caller, PAGES, services.settings.rate_pages)
    request[ALLOWANCE] = allowance
    allowance.require()


def _problem(request: web.Request, visitor: Visitor, exc: TilegateError) -> web.Response:
    return shell_page(
        request,
        visitor,
        "sharer/problem.html",
        section="",
        status=STATUS[exc.code],
        headers=problem_headers(request, exc),
        problem=exc,
        request_id=request[REQUEST_ID],
    )
