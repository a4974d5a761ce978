"""oEmbed (https://oembed.com): what a web site asks that turns a pasted address into what it leads to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

from aiohttp import web

from service.api.keys import LINK_ID, SERVICES
from service.api.operations import recipient_context
from service.api.requests import params
from service.errors import BadInput, NotFound, Unauthenticated
from service.links.caller import Credential
from service.operations.core.embed_code import HEIGHT, WIDTH, embed_html, embed_url

if TYPE_CHECKING:
    from service.links.admission import Admission
    from service.links.link import Link

LONGEST = 2000
PATH = re.compile(r"/s/([A-Za-z0-9_-]{1,200})(/embed)?/?", re.ASCII)
SMALLEST = 100
"""CSS pixels: a smaller frame shows nothing."""
CACHE_SECONDS = 3600
NOTHING = "There is nothing to embed at this address; give that of a shared map of this service, as it was copied."


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedAddress:
    """What a pasted address says."""

    token: str
    key_id: str | None = None
    key: str | None = None
    """These two are in the address of a bare page."""


def add_routes(app: web.Application) -> None:
    """Add the route."""
    app.router.add_get("/oembed", oembed)


async def oembed(request: web.Request) -> web.Response:
    """Answer a frame for the whole address of a bare page, its key included; for others of ours that they are links.

    The name of a link is said where the link allows it.
    """
    if request.query.get("format", "json") != "json":
        raise BadInput("format_unsupported", "oEmbed is answered as JSON here.", field="format")
    base = request.app[SERVICES].settings.base_url
    address = parse_address(base, request.query.get("url", ""))
    if address.key is None:
        link = await request.app[SERVICES].links.authorizer.find(address.token)
        link.require_active(datetime.now(UTC))
        return _answer(request, link, {"type": "link"})
    admission = await _admitted(request, address)
    width, height = _size(request, "maxwidth", WIDTH), _size(request, "maxheight", HEIGHT)
    title = admission.link.name if admission.link.public_name else "Shared map"
    frame = embed_url(f"{base}/s/{address.token}", address.key_id or "", address.key)
    html = embed_html(frame, title, width=str(width), height=height)
    return _answer(request, admission.link, {"type": "rich", "html": html, "width": width, "height": height})


def parse_address(base_url: str, text: str) -> SharedAddress:
    """Return what an address of ours says. Raises NotFound for any other."""
    ours = urlsplit(base_url)
    try:
        parts = urlsplit(text[:LONGEST])
    except ValueError as exc:
        raise NotFound("route_not_found", NOTHING, field="url") from exc
    is_ours = (parts.scheme, parts.netloc.lower()) == (ours.scheme, ours.netloc.lower())
    found = PATH.fullmatch(parts.path.removeprefix(ours.path)) if parts.path.startswith(ours.path) else None
    if not is_ours or found is None:
        raise NotFound("route_not_found", NOTHING, field="url")
    token, embed = found.groups()
    key = _first(parts.fragment, "key") if embed else None
    return SharedAddress(token=token, key_id=_first(parts.query, "key_id"), key=key)


def oembed_address(request: web.Request) -> str:
    """Return where what is at the address of a page is told; a page finds it by that."""
    base, query = request.app[SERVICES].settings.base_url, request.query.get("key_id")
    embed = f"/embed?{urlencode({'key_id': query})}" if query and request.path.endswith("/embed") else ""
    url = f"{base}/s/{params.token_of(request)}{embed}"
    return f"{base}/oembed?{urlencode({'url': url, 'format': 'json'})}"


def _first(query: str, name: str) -> str | None:
    return parse_qs(query, max_num_fields=20).get(name, [None])[0] if query.count("&") < 20 else None  # noqa: PLR2004


async def _admitted(request: web.Request, address: SharedAddress) -> Admission:
    """Admit who shows a bound key. Raises Unauthenticated where it is not the one that the address names."""
    context = await recipient_context(request)
    credential = Credential(key=address.key)
    admission = await context.services.links.authorizer.admit(address.token, credential, context.client)
    request[LINK_ID] = admission.link.id
    if admission.named is None or not admission.named.origins or admission.named.id != address.key_id:
        raise Unauthenticated("key_invalid", "This address belongs to another key; give the whole address.")
    return admission


def _answer(request: web.Request, link: Link, told: dict[str, object]) -> web.Response:
    base = request.app[SERVICES].settings.base_url
    title = {"title": link.name} if link.public_name else {}
    fixed = {"version": "1.0", "provider_name": "Tilegate", "provider_url": base, "cache_age": CACHE_SECONDS}
    return web.json_response(
        fixed | title | told, headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    )


def _size(request: web.Request, name: str, wanted: int) -> int:
    """Return how large a frame is to be, by what there is room for. Raises BadInput."""
    room = params.whole_number(request.query.get(name, str(wanted)), name, "field_invalid")
    return max(SMALLEST, min(wanted, room))
