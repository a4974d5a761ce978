"""File answers to HTTP responses: the headers, and the bytes while the link holds."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from email.utils import format_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from aiohttp import web

from service.api.observe import response_headers
from service.api.responses.transports import cut
from service.errors import SourceFailed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from service.delivery.files.open_files import Sending
    from service.operations.core.operation import FileAnswer

PLAIN = frozenset("!#$&+-.^_`|~ ()[]{}@=,;'")
"""Besides letters and digits: what may stand in the old form of a file name (RFC 6266, appendix D)."""

logger = logging.getLogger(__name__)


async def file_response(request: web.Request, answer: FileAnswer) -> web.StreamResponse:
    """Answer a file, a part of it, or that it is held; in the end the file is let go of."""
    response = web.StreamResponse(status=answer.status, headers=_headers(answer))
    if answer.status != HTTPStatus.NOT_MODIFIED:
        response.content_type = answer.media_type
        response.content_length = answer.stop - answer.start
    if answer.body is None:
        return response
    response.headers.update(response_headers(request))
    try:
        await _send(request, response, answer.body, answer.ended)
    finally:
        await asyncio.shield(answer.body.close())
    return response


async def _send(
    request: web.Request, response: web.StreamResponse, body: Sending, ended: Callable[[], Awaitable[object]]
) -> None:
    """Send chunk by chunk: none is read before the kernel has the one before it."""
    watch = asyncio.ensure_future(_cut_after(request, ended))
    try:
        await response.prepare(request)
        async for chunk in body:
            await response.write(chunk)
    except SourceFailed as exc:
        logger.warning("download cut: %s", exc)
        response.force_close()
        cut(request.transport)
    except ConnectionError:  # of the client, or cut by us
        response.force_close()
    finally:
        watch.cancel()


async def _cut_after(request: web.Request, ended: Callable[[], Awaitable[object]]) -> None:
    with suppress(asyncio.CancelledError):
        await ended()
        cut(request.transport)


def _headers(answer: FileAnswer) -> dict[str, str]:
    headers = {
        "ETag": answer.etag,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",  # kept, but asked for each time: a 304 is free
        "X-Metered": "1" if answer.metered else "0",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Content-Disposition": content_disposition(answer.name),
        "Referrer-Policy": "no-referrer",
    }
    if answer.modified is not None:
        headers["Last-Modified"] = format_datetime(answer.modified, usegmt=True)
    if answer.status == HTTPStatus.PARTIAL_CONTENT:
        headers["Content-Range"] = f"bytes {answer.start}-{answer.stop - 1}/{answer.size}"
    return headers


def content_disposition(name: str) -> str:
    """Return the header that has a file saved under its name: RFC 6266, with RFC 8187 for what is not ASCII."""
    plain = "".join(letter if letter.isascii() and (letter.isalnum() or letter in PLAIN) else "_" for letter in name)
    extended = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f'attachment; filename="{plain}"{extended}'
