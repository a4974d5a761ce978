"""Image answers to HTTP responses."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from aiohttp import web

from service.api.keys import METRICS
from tiling.analysis.crop import CropFormat

if TYPE_CHECKING:
    from service.operations.core.operation import ImageAnswer


def image_response(request: web.Request, answer: ImageAnswer) -> web.Response:
    """Return 200 with the image, 204 where it is empty, 304 where the client has it. Only 200 may be metered."""
    headers = {
        "ETag": answer.etag,
        "Cache-Control": f"private, max-age={answer.max_age}",
        "X-Metered": "1" if answer.metered else "0",
        "X-Content-Type-Options": "nosniff",
    }
    if answer.completeness is not None:  # rounded down: 1 is whole
        headers["X-Tile-Completeness"] = f"{math.floor(answer.completeness * 1000) / 1000:g}"
    if answer.not_modified:
        return web.Response(status=304, headers=headers)
    if answer.body is None:
        return web.Response(status=204, headers=headers)
    if answer.metered:
        request.app[METRICS].renders.inc()
    if answer.media_type == CropFormat.TIF.media_type:
        headers["Content-Disposition"] = 'attachment; filename="crop.tif"'
    return web.Response(body=answer.body, content_type=answer.media_type, headers=headers)
