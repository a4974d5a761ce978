"""Signing in to the sharer's page with the OpenID provider: the way there, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web
from redis.exceptions import RedisError

from service.accounts.browser.browser_sessions import SignedIn
from service.accounts.openid.attempt import LIFETIME
from service.accounts.openid.configured import CALLBACK
from service.accounts.openid.sign_in import Answered
from service.api.keys import CALLER, SERVICES
from service.api.pages.templates import is_secure, root_path, see_other
from service.api.problems import as_problem, nothing_there
from service.api.requests import params
from service.api.sharer.sign_in import ATTEMPTS, local_way, replace_session, sign_in_page, signed_in
from service.database.audit.scope import Actor, ActorType, auditing
from service.errors import TilegateError
from service.links.events.event_log import kept_address
from service.metering.client_networks import client_source

if TYPE_CHECKING:
    from service.accounts.openid.id_token import Identity
    from service.accounts.openid.identities import Binding
    from service.accounts.openid.sign_in import OpenIdSignIn

PATH, COOKIE = "/sign-in/openid", "tilegate_openid"
BROKEN = (TilegateError, RedisError, OSError)
LONGEST_ACTOR, LONGEST_ID = 200, 64


def add_routes(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get(PATH, begin)
    app.router.add_get(CALLBACK, finish)


async def begin(request: web.Request) -> web.StreamResponse:
    """Send a browser to the provider, with what it must bring back in a cookie."""
    openid, way = _openid(request), request.query.get("next", "")
    to = local_way(request, way).removeprefix(root_path(request))
    try:
        await _limit(request)
        url, cookie = await openid.begin(to, request.query.get("organization", "")[:LONGEST_ID])
    except BROKEN as exc:
        return sign_in_page(request, way, as_problem(exc))
    response = see_other(url, **{"Referrer-Policy": "no-referrer"})
    response.set_cookie(
        COOKIE,
        cookie,
        path=_path(request),
        max_age=int(LIFETIME.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=is_secure(request),
    )
    return response


async def finish(request: web.Request) -> web.StreamResponse:
    """Take the provider's answer, and go on to where somebody wanted to be; or say on the page what is wrong."""
    openid, query = _openid(request), request.query
    answered = Answered(
        state=query.get("state", ""), code=query.get("code", ""), error=query.get("error", ""), issuer=query.get("iss")
    )
    try:
        await _limit(request)
        identity, attempt = await openid.finish(answered, request.cookies.get(COOKIE, ""))
        member = _chosen(await _members(request, identity), attempt.organization_id)
        session = await replace_session(request, SignedIn(identity_id=member.id))
        response = signed_in(request, session, attempt.to)
    except BROKEN as exc:
        response = sign_in_page(request, "", as_problem(exc))
    response.del_cookie(COOKIE, path=_path(request), secure=is_secure(request), httponly=True, samesite="Lax")
    return response


async def _members(request: web.Request, identity: Identity) -> list[Binding]:
    """Return as whom somebody may act; that they are known from now on is in the audit log. Raises Forbidden."""
    services = request.app[SERVICES]
    client = kept_address(request[CALLER].address, services.settings.event_addresses)
    actor = Actor(type=ActorType.SIGNED_IN, id=identity.subject[:LONGEST_ACTOR], client=client)
    with auditing(actor, "sign_in"):
        return await services.accounts.standing.members_of(identity)


def _chosen(members: list[Binding], organization_id: str) -> Binding:
    return next((member for member in members if member.organization_id == organization_id), members[0])


def _openid(request: web.Request) -> OpenIdSignIn:
    """Return how people sign in with the provider. Raises NotFound where there is none."""
    openid = request.app[SERVICES].accounts.openid
    if openid is None:
        raise nothing_there()
    return openid


async def _limit(request: web.Request) -> None:
    """Count a step of a client. Raises Throttled: the provider is not asked as often as somebody likes."""
    services = request.app[SERVICES]
    request[CALLER] = client = params.client(request, services.settings.trusted_proxies)
    (await services.metering.rates.hit(client_source(client.address), "openid", 2 * ATTEMPTS)).require()


def _path(request: web.Request) -> str:
    return f"{root_path(request)}{PATH}"
