"""Pages from Jinja templates, under a strict Content-Security-Policy."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

PAGES = Path(__file__).parent.parent / "page"
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "worker-src blob:",  # MapLibre makes its workers out of its own source
        "font-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
}


def html_response(
    template: str, *, status: int = 200, headers: dict[str, str] | None = None, **values: Any
) -> web.Response:
    """Return a page. Everything that goes into it is escaped."""
    text = _environment().get_template(template).render(**values)
    return web.Response(text=text, status=status, content_type="text/html", headers=HEADERS | (headers or {}))


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(PAGES / "templates"), autoescape=select_autoescape(), undefined=StrictUndefined
    )
