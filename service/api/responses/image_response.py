"""Image answers to HTTP responses."""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web

from service.api.keys import METRICS
from tiling.analysis.crop import CropFormat

if TYPE_CHECKING:
    from service.operations.core.operation import ImageAnswer


OK, NO_CONTENT, NOT_MODIFIED = HTTPStatus.OK.value, HTTPStatus.NO_CONTENT.value, HTTPStatus.NOT_MODIFIED.value
"""Plain numbers: an enumeration takes microseconds to be written."""


def status_of(answer: ImageAnswer) -> int:
    """Return 200 with the image, 204 where it is empty, 304 where the client has it. Only 200 may be metered."""
    if answer.not_modified:
        return NOT_MODIFIED
    return NO_CONTENT if answer.body is None else OK


def image_headers(answer: ImageAnswer) -> dict[str, str]:
    """Return the headers of an image, but for those that its body has."""
    headers = {
        "ETag": answer.etag,
        "Cache-Control": f"private, max-age={answer.max_age}",
        "X-Metered": "1" if answer.metered else "0",
        "X-Content-Type-Options": "nosniff",
    }
    if answer.completeness is not None:  # rounded down: 1 is whole
        headers["X-Tile-Completeness"] = f"{math.floor(answer.completeness * 1000) / 1000:g}"
    return headers


def image_response(request: web.Request, answer: ImageAnswer) -> web.Response:
    """Return an image, or the word that there is none to send."""
    status, headers = status_of(answer), image_headers(answer)
    if answer.body is None:
        return web.Response(status=status, headers=headers)
    if answer.metered:
        request.app[METRICS].renders.inc()
    if answer.media_type == CropFormat.TIF.media_type:
        headers["Content-Disposition"] = 'attachment; filename="crop.tif"'
    return web.Response(body=answer.body, content_type=answer.media_type, headers=headers)
