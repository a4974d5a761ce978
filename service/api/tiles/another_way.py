"""Which requests no shortcut answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import hdrs
from aiohttp.http import HttpVersion11
from multidict import istr

if TYPE_CHECKING:
    from aiohttp import web

API_KEY, PASSWORD, KEY = istr("X-Api-Key"), istr("X-Share-Password"), istr("X-Share-Key")


def is_another_way(request: web.Request) -> bool:
    """Whether a request is no plain GET over HTTP/1.1 that its address alone admits, by a client that stays."""
    if request.method != hdrs.METH_GET or request.version != HttpVersion11 or not request.keep_alive:
        return True
    headers = request.headers
    if API_KEY in headers or PASSWORD in headers or KEY in headers:
        return True
    return hdrs.AUTHORIZATION in headers or hdrs.IF_NONE_MATCH in headers or hdrs.EXPECT in headers
