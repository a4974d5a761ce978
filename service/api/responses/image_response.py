"""Image answers to HTTP responses."""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web

from service.api.header_lines import headers_of
from service.api.keys import METRICS
from tiling.analysis.crop import CropFormat
from tiling.archives.tile_format import TileFormat

if TYPE_CHECKING:
    from service.operations.core.operation import ImageAnswer


VECTOR = TileFormat.MVT.media_type
OK, NO_CONTENT, NOT_MODIFIED = HTTPStatus.OK.value, HTTPStatus.NO_CONTENT.value, HTTPStatus.NOT_MODIFIED.value
"""Plain numbers: an enumeration takes microseconds to be written."""


PERSONAL = "Vary: Authorization, Cookie, X-Share-Key, X-Share-Password\r\n"
"""At one address others who show something else get another image: also from the cache of a browser they share."""


def status_of(answer: ImageAnswer) -> int:
    """Return 200 with the image, 204 where it is empty, 304 where the client has it. Only 200 may be metered."""
    if answer.not_modified:
        return NOT_MODIFIED
    return NO_CONTENT if answer.body is None else OK


def image_lines(answer: ImageAnswer) -> str:
    """Return the lines of an image's headers, but for those that its body has."""
    lines = (
        f"ETag: {answer.etag}\r\nCache-Control: private, max-age={answer.max_age}\r\n"
        f"X-Metered: {'1' if answer.metered else '0'}\r\nX-Content-Type-Options: nosniff\r\n"
    )
    if answer.is_personal:
        lines += PERSONAL
    if answer.completeness is not None:  # rounded down: 1 is whole
        lines += f"X-Tile-Completeness: {math.floor(answer.completeness * 1000) / 1000:g}\r\n"
    if answer.media_type == VECTOR:
        lines += "Vary: Accept-Encoding\r\n"
    if answer.encoding:
        lines += f"Content-Encoding: {answer.encoding}\r\n"
    return lines


def image_response(request: web.Request, answer: ImageAnswer) -> web.Response:
    """Return an image, or the word that there is none to send."""
    status, headers = status_of(answer), headers_of(image_lines(answer))
    if answer.body is None:
        return web.Response(status=status, headers=headers)
    if answer.metered:
        request.app[METRICS].renders.inc()
    if answer.media_type == CropFormat.TIF.media_type:
        headers["Content-Disposition"] = 'attachment; filename="crop.tif"'
    return web.Response(body=answer.body, content_type=answer.media_type, headers=headers)
