"""Who visits the sharer's page: the cookie, the session behind it, and on whose behalf operations are asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.accounts.browser.browser_sessions import LONGEST
from service.api.keys import CALLER, SERVICES
from service.api.pages.templates import is_secure, root_path
from service.api.requests import params
from service.errors import NotFound, Unauthenticated
from service.links.admission import Credential
from service.operations.core.invocation import actor_of
from service.operations.core.operation import Context

if TYPE_CHECKING:
    from aiohttp import web

    from service.accounts.api_keys import Scope
    from service.accounts.browser.browser_sessions import BrowserSession

COOKIE = "tilegate_session"
PREFIX = "__Host-"
"""With it a browser takes the cookie over TLS alone, and from no other host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody who signed in, with what they may do now."""

    session: BrowserSession
    context: Context

    def holds(self, scope: Scope) -> bool:
        """Whether they may call operations of a scope; `admin` holds all of an organization."""
        principal = self.context.principal
        return principal is not None and principal.holds(scope)


async def find_visitor(request: web.Request) -> Visitor | None:
    """Return who signed in, or None. A session whose key or role has ended is ended too: raises Unauthenticated."""
    services = request.app[SERVICES]
    client = request[CALLER] = params.client(request, services.settings.trusted_proxies)
    session_id = request.cookies.get(cookie_name(request))
    session = None if session_id is None else await services.accounts.browser_sessions.find(session_id)
    if session is None:
        return None
    try:
        caller = await services.accounts.callers.signed_in(session.signed_in)
    except (Unauthenticated, NotFound) as exc:
        await services.accounts.browser_sessions.end(session.id)
        raise Unauthenticated("unauthenticated", "What you signed in with has ended; sign in again.") from exc
    credential = Credential(principal=caller.principal)
    context = Context(services, client, caller.principal, caller.session, credential, params.held_etags(request))
    if caller.principal is not None:
        await services.accounts.audit.note_sign_in(actor_of(context))
    return Visitor(session=session, context=context)


async def require_visitor(request: web.Request) -> Visitor:
    """Return who signed in. Raises Unauthenticated."""
    visitor = await find_visitor(request)
    if visitor is None:
        raise Unauthenticated("unauthenticated", "You are signed out; sign in again.")
    return visitor


def cookie_name(request: web.Request) -> str:
    """Return the name of the cookie."""
    return f"{PREFIX}{COOKIE}" if is_secure(request) and not root_path(request) else COOKIE


def set_cookie(request: web.Request, response: web.StreamResponse, session: BrowserSession) -> None:
    """Have a browser keep a session. `Lax`: who follows a link in a letter is still signed in; writes need more."""
    response.set_cookie(
        cookie_name(request),
        session.id,
        path=f"{root_path(request)}/",
        max_age=LONGEST,
        httponly=True,
        samesite="Lax",
        secure=is_secure(request),
    )


def drop_cookie(request: web.Request, response: web.StreamResponse) -> None:
    """Have a browser forget its session."""
    response.del_cookie(
        cookie_name(request), path=f"{root_path(request)}/", secure=is_secure(request), httponly=True, samesite="Lax"
    )
