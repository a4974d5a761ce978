"""Pages from Jinja templates, under a strict Content-Security-Policy."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from service.api.keys import SERVICES
from service.links.link import is_origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PAGES = Path(__file__).parents[2] / "page"
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "connect-src": "'self'",
    "worker-src": "blob:",  # MapLibre makes its workers out of its own source
    "font-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {sources}" for name, sources in POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
}


def html_response(
    request: web.Request,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> web.Response:
    """Return a page; see `render`."""
    return page_response(render(template, root_path(request), **values), status=status, headers=headers)


def page_response(text: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return a rendered page under our policy."""
    return web.Response(text=text, status=status, content_type="text/html", headers={**HEADERS, **(headers or {})})


def allow_frames(response: web.Response, origins: Iterable[str]) -> web.Response:
    """Let pages of some web origins, and no others, show a page of ours in a frame. None: nobody."""
    ancestors = " ".join(filter(is_origin, origins))
    if ancestors:
        policy = POLICY | {"frame-ancestors": ancestors}
        response.headers["Content-Security-Policy"] = "; ".join(f"{name} {said}" for name, said in policy.items())
        del response.headers["X-Frame-Options"]  # it can name no origins
    return response


def render(template: str, root: str, **values: Any) -> str:
    """Render a page. Everything that goes into it is escaped; `root` is what stands before every path."""
    return _environment().get_template(template).render(root=root, **values)


def compile_templates() -> None:
    """Compile all pages, so that no request has to. Blocks: a tenth of a second, the first time."""
    for name in _environment().list_templates():
        _environment().get_template(name)


def root_path(request: web.Request) -> str:
    """Return the path of the public URL: empty, unless a proxy serves us below one."""
    return urlsplit(request.app[SERVICES].settings.base_url).path


def is_secure(request: web.Request) -> bool:
    """Whether we are reached over TLS."""
    return urlsplit(request.app[SERVICES].settings.base_url).scheme == "https"


def see_other(address: str, **headers: str) -> web.Response:
    """Return the way to another page, which nobody keeps."""
    sent = {"Location": address, "Cache-Control": "no-store", **headers}
    return web.Response(status=HTTPStatus.SEE_OTHER, headers=sent)


def wants_json(request: web.Request) -> bool:
    """Whether a script asks, and not a browser that shows what it gets."""
    accepted = request.headers.get("Accept", "")
    return "application/json" in accepted and "text/html" not in accepted


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(PAGES / "templates"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
