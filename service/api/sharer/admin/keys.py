"""The page of API keys."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from service.accounts.api_keys import Scope
from service.api.sharer.shell import ask, for_visitors, shell_page

if TYPE_CHECKING:
    from aiohttp import web

    from service.api.sharer.visitor import Visitor
    from service.operations.account.models import ApiKeyOutput, ApiKeyPage

SECTION = "/keys"


def add_routes(app: web.Application) -> None:
    """Add the route."""
    app.router.add_get(SECTION, for_visitors(keys))


async def keys(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """Show the API keys of the organization; who made what with them is in the audit log."""
    page: ApiKeyPage = await ask(visitor, "api_key.list")
    now = datetime.now(UTC)
    return shell_page(
        request,
        visitor,
        "sharer/keys.html",
        section=SECTION,
        keys=sorted(((key, _state(key, now)) for key in page.api_keys), key=lambda pair: pair[1] != "active"),
        scopes=[scope for scope in Scope if scope in visitor.context.sharer.scopes or _is_within(scope, visitor)],
    )


def _is_within(scope: Scope, visitor: Visitor) -> bool:
    return scope is not Scope.OPERATOR and visitor.holds(scope)


def _state(key: ApiKeyOutput, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= now else "active"
