"""Signing in to the sharer's page with an API key, and signing out."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web

from service.accounts.browser.browser_sessions import SignedIn
from service.api.keys import CALLER, SERVICES
from service.api.pages.templates import html_response, root_path, see_other
from service.api.problems import STATUS, problem_headers
from service.api.requests import params
from service.api.requests.bodies import read_form
from service.api.sharer.same_origin import require_same_origin, require_token
from service.api.sharer.shell import HEADERS
from service.api.sharer.visitor import cookie_name, drop_cookie, set_cookie
from service.errors import TilegateError
from service.metering.client_networks import client_source

if TYPE_CHECKING:
    from service.accounts.browser.browser_sessions import BrowserSession

ATTEMPTS = 20
"""A minute, per client: a key has 256 random bits, so this spares the database, not the key."""
LONGEST_KEY, LONGEST_WAY = 200, 2000
WHY = {"ended": "What you signed in with has ended. Sign in again.", "out": "You are signed out."}


def add_routes(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get("/sign-in", form)
    app.router.add_post("/sign-in", sign_in)
    app.router.add_post("/sign-out", sign_out)


async def form(request: web.Request) -> web.StreamResponse:
    """Ask for an API key."""
    said = WHY.get(request.query.get("why", ""), "")
    return sign_in_page(request, request.query.get("next", ""), said=said)


async def sign_in(request: web.Request) -> web.StreamResponse:
    """Take an API key, and go on to where somebody wanted to be; or say on the page what is wrong."""
    services = request.app[SERVICES]
    fields = await read_form(request)
    way = fields.get("next", "")
    request[CALLER] = client = params.client(request, services.settings.trusted_proxies)
    try:
        require_same_origin(request)
        (await services.metering.rates.hit(client_source(client.address), "sign-in", ATTEMPTS)).require()
        api_key = fields.get("api_key", "").strip()[:LONGEST_KEY]
        principal = await services.accounts.access.authenticate(api_key)
        session = await replace_session(request, SignedIn(api_key_id=principal.api_key_id))
    except TilegateError as exc:
        return sign_in_page(request, way, exc)
    return signed_in(request, session, way)


async def sign_out(request: web.Request) -> web.StreamResponse:
    """End the session."""
    sessions = request.app[SERVICES].accounts.browser_sessions
    fields, session_id = await read_form(request), request.cookies.get(cookie_name(request))
    session = None if session_id is None else await sessions.find(session_id)
    if session is not None:
        require_token(request, session.csrf, fields.get("csrf", ""))
        await sessions.end(session.id)
    response = see_other(f"{root_path(request)}/sign-in?why=out")
    drop_cookie(request, response)
    return response


async def replace_session(request: web.Request, who: SignedIn) -> BrowserSession:
    """Return a new session in place of the one that a browser has: an id that was known before is good for nothing."""
    sessions = request.app[SERVICES].accounts.browser_sessions
    if old := request.cookies.get(cookie_name(request)):
        await sessions.end(old)
    return await sessions.start(who)


def signed_in(request: web.Request, session: BrowserSession, way: str) -> web.Response:
    """Return the way to where somebody wanted to be, with their session."""
    response = see_other(local_way(request, way))
    set_cookie(request, response, session)
    return response


def local_way(request: web.Request, way: str) -> str:
    """Return an address of ours that somebody wanted to see; that of the links where it would lead to another site."""
    root = root_path(request)
    is_ours = way.startswith("/") and way[1:2] not in {"/", "\\"} and way.isascii() and way.isprintable()
    return root + way if is_ours and " " not in way and len(way) <= LONGEST_WAY else f"{root}/"


def sign_in_page(
    request: web.Request, way: str = "", problem: TilegateError | None = None, *, said: str = ""
) -> web.Response:
    """Return the form, with what is wrong."""
    headers = HEADERS if problem is None else HEADERS | problem_headers(request, problem)
    services = request.app[SERVICES]
    return html_response(
        request,
        "sharer/sign-in.html",
        status=HTTPStatus.OK if problem is None else STATUS[problem.code],
        headers=headers,
        way=way[:LONGEST_WAY],
        problem=problem,
        said=said,
        provider=None if services.accounts.openid is None else services.settings.oidc_name,
    )
