"""The page of the audit log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from aiohttp import web

from service.api.pages.templates import root_path
from service.api.sharer.shell import ask, ask_for_all, csv_file, csv_of, for_visitors, shell_page

if TYPE_CHECKING:
    from service.api.sharer.visitor import Visitor
    from service.operations.account.audit import AuditPage, AuditRow

SECTION = "/audit"
FILTERS = ("operation", "actor_id", "target_id")
LONGEST = 400


def add_routes(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get(SECTION, for_visitors(audit))
    app.router.add_get(SECTION + ".csv", for_visitors(table))


async def audit(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """Show who did what, newest first."""
    asked = _asked(request, visitor)
    page: AuditPage = await ask(visitor, "audit.list", **asked, limit=50)
    given = {name: asked[name] for name in FILTERS if name in asked}
    more = None
    if page.next_cursor:
        more = f"{root_path(request)}{SECTION}?{urlencode(given | {'cursor': page.next_cursor})}"
    return shell_page(
        request,
        visitor,
        "sharer/audit.html",
        section=SECTION,
        rows=[(row, _changes(row)) for row in page.rows],
        more=more,
        given={name: given.get(name, "") for name in FILTERS},
        table=f"{root_path(request)}{SECTION}.csv?{urlencode(given)}",
    )


async def table(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """Answer the newest thousand of these rows as CSV, as `audit.list` writes them."""
    fields = _asked(request, visitor) | {"limit": 1000, "format": "csv"}
    answer = await ask_for_all(request, visitor, "audit.list", **fields)
    return csv_file("audit.csv", csv_of("audit.list", fields, answer))


def _asked(request: web.Request, visitor: Visitor) -> dict[str, Any]:
    """Return which rows are asked for."""
    query = {name: request.query[name].strip()[:LONGEST] for name in (*FILTERS, "cursor") if request.query.get(name)}
    return {"organization_id": visitor.context.sharer.organization_id} | query


def _changes(row: AuditRow) -> list[tuple[str, str, str]]:
    """Return the fields that were changed, as they were and as they are."""
    before, after = row.before or {}, row.after or {}
    return [(name, _text(before.get(name)), _text(after.get(name))) for name in dict.fromkeys([*before, *after])]


def _text(value: object) -> str:
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
