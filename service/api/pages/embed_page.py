"""The bare page of a link, for frames in other web pages: a map, what its colours mean, whose it is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aiohttp import web

from service.api.keys import CALLER, LINK_ID, SERVICES
from service.api.operations import recipient_context
from service.api.pages.oembed import oembed_address
from service.api.pages.problem_page import problem_page
from service.api.pages.templates import allow_frames, html_response, wants_json
from service.api.requests import params
from service.errors import Forbidden, Gone, NotFound, TilegateError
from service.identifiers import LinkKeyId
from service.links.link import origin_is_among
from service.links.named_keys import KeyStatus
from service.operations.admission.basemap import Basemap, basemap_of
from service.operations.recipient import recipients
from service.operations.recipient.validation_models import LinkValidated

if TYPE_CHECKING:
    from service.links.link import Link
    from service.links.named_keys import NamedKey


class EmbedOpened(LinkValidated):
    """What the page shows: what `share.link.validate` answers, and what only a page needs."""

    basemap: Basemap | None


def add_routes(app: web.Application) -> None:
    """Add the route."""
    app.router.add_get("/s/{token}/embed", embed)


async def embed(request: web.Request) -> web.StreamResponse:
    """Answer the page; to `Accept: application/json`, what it shows, for the key that the page is meant for.

    The key is in the fragment of the address, which no server sees: which web origins may show the page in a frame is
    told by the key's id. It says nothing of the link, sets no cookie and looks at none.
    """
    if wants_json(request):
        return await _shown(request)
    origins: tuple[str, ...] = ()
    try:
        link, key = await _named(request)
        origins = frame_origins(link, key)
        _check(request, link, key, origins)
    except TilegateError as exc:
        return allow_frames(problem_page(request, exc), origins)
    return allow_frames(html_response(request, "embed.html", oembed=oembed_address(request)), origins)


def frame_origins(link: Link, key: NamedKey) -> tuple[str, ...]:
    """Return the web origins that may show a link in a frame by a key: those of the key that the link allows."""
    allowed = link.allowed_origins
    return tuple(origin for origin in key.allowed_origins if not allowed or origin in allowed)


async def _named(request: web.Request) -> tuple[Link, NamedKey]:
    """Return the link and the key that an address names. Raises NotFound, Gone, Unavailable."""
    links = request.app[SERVICES].links
    link = await links.authorizer.find(params.token_of(request))
    request[LINK_ID] = link.id
    key_id = request.query.get("key_id", "")[:64]
    key = await links.named_keys.get(LinkKeyId(key_id))
    if key is None or key.link_id != link.id:
        detail = "This address names no key of the link: copy the whole address, or the frame, that came with the key."
        raise NotFound("key_not_found", detail, field="key_id")
    return link, key


def _check(request: web.Request, link: Link, key: NamedKey, origins: tuple[str, ...]) -> None:
    """Raise Gone for a link or a key that has ended, Forbidden where the page that asks is of another web origin."""
    now, services = datetime.now(UTC), request.app[SERVICES]
    link.require_active(now)
    if key.status(link, now) is not KeyStatus.ACTIVE:
        raise Gone("share_revoked", "This map is not shown here any more; ask who runs this page.")
    if not origins:
        raise Forbidden("origin_not_allowed", "This key is bound to no web origins, so it is not for frames.")
    client = params.client(request, services.settings.trusted_proxies)
    client.trail.link_id, client.trail.key_id = link.id, key.id
    if not origin_is_among(origins, client.origin, services.settings.own_origin):
        request[CALLER] = client  # its owner is told who tried
        raise Forbidden("origin_not_allowed", "This map may not be shown on this web site.")


async def _shown(request: web.Request) -> web.Response:
    """Answer what the page shows. Raises Forbidden where the key is another one than the page is meant for."""
    context = await recipient_context(request)
    authorizer, token = context.services.links.authorizer, params.token_of(request)
    admission = await authorizer.admit(token, context.credential, context.client)
    request[LINK_ID] = admission.link.id
    named = admission.named
    if named is None or not named.origins or named.id != request.query.get("key_id"):
        raise Forbidden("origin_not_allowed", "This address belongs to another key; copy the whole address.")
    opened = await recipients.opened(context, admission)
    shown = EmbedOpened(**dict(opened), basemap=await basemap_of(context, admission.link))
    headers = {"Cache-Control": "no-store", "X-Metered": "0"}
    return web.Response(text=shown.model_dump_json(), content_type="application/json", headers=headers)
