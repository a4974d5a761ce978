"""The files that the pages load: their own, and MapLibre out of its wheel. Small, so they are kept in memory."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from service.api.pages.templates import PAGES
from service.api.requests.params import held_etags
from service.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADERS = {
    "Cache-Control": "no-cache",  # kept, but asked for each time: a 304 is cheap, an old script with a new page is not
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticFile:
    """A file as it is sent."""

    body: bytes
    zipped: bytes
    media_type: str
    etag: str


def add_routes(app: web.Application) -> None:
    """Add the route."""
    app.router.add_get("/static/{name}", static)


async def static(request: web.Request) -> web.Response:
    """Answer a file. The names are fixed: no path is made of the request."""
    file = (await asyncio.to_thread(_files)).get(request.match_info["name"])
    if file is None:
        raise NotFound("route_not_found", "There is nothing at this address.")
    headers = {**HEADERS, "ETag": file.etag}
    if file.etag in held_etags(request):
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return web.Response(body=file.body, content_type=file.media_type, headers=headers)
    headers["Content-Encoding"] = "gzip"
    return web.Response(body=file.zipped, content_type=file.media_type, headers=headers)


@cache
def _files() -> dict[str, StaticFile]:
    """Made once, in a thread: compressing takes longer than the event loop may be held."""
    return {path.name: _read(path) for path in _paths()}


def _paths() -> Iterator[Path]:
    yield from (PAGES / "static").iterdir()
    spec = find_spec("maplibre")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the maplibre wheel is not installed")
    maplibre = Path(spec.submodule_search_locations[0]) / "srcjs"
    yield from (maplibre / name for name in ("maplibre-gl.js", "maplibre-gl.css"))


def _read(path: Path) -> StaticFile:
    body = path.read_bytes()
    return StaticFile(
        body=body,
        zipped=gzip.compress(body, mtime=0),
        media_type=mimetypes.guess_type(path.name)[0] or "application/octet-stream",
        etag=f'"{hashlib.sha256(body).hexdigest()[:32]}"',
    )
