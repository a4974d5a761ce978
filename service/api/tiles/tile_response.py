"""The head of an answer to a tile, whatever the answer is."""

from __future__ import annotations

from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp.http import HttpVersion10, HttpVersion11

from service.api.header_lines import lines_of
from service.api.observe import CORS_HEADERS, SERVER
from service.api.prepared_response import PHRASES, PreparedResponse

if TYPE_CHECKING:
    from aiohttp import web

FIXED = lines_of({**CORS_HEADERS, "Server": SERVER})
WITHOUT_BODY = frozenset({HTTPStatus.NO_CONTENT.value, HTTPStatus.NOT_MODIFIED.value})


def tile_response(
    request: web.Request, status: int, lines: str, body: bytes, *, now: int, may_stay: bool
) -> PreparedResponse:
    """Return an answer with the lines of headers whose values are our own or were checked, so none can break its head.

    `now`: Unix seconds; `may_stay`: whether the connection may, where the client wants it to.
    """
    version, keep_alive = request.version, may_stay and request.keep_alive
    if status not in WITHOUT_BODY:
        lines += f"Content-Length: {len(body)}\r\n"
    if not keep_alive and version == HttpVersion11:
        lines += "Connection: close\r\n"
    elif keep_alive and version == HttpVersion10:
        lines += "Connection: keep-alive\r\n"
    head = (
        f"HTTP/{version.major}.{version.minor} {status} {PHRASES[status]}\r\n"
        f"Date: {http_date(now)}\r\n{lines}{FIXED}\r\n"
    )
    return PreparedResponse(status, head.encode("ascii"), body, keep_alive=keep_alive)


@lru_cache(maxsize=1)
def http_date(seconds: int) -> str:
    """Return a moment (Unix seconds) as `Date` has it."""
    return formatdate(seconds, usegmt=True)
