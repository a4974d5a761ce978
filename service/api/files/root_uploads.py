"""Parts of uploads into storage roots: PATCH and HEAD, as for shared folders, by a Bearer or from the sharer's page."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import hdrs, web

from service.api.files.uploads import (
    body_of,
    check_body,
    is_complete,
    offset_of,
    state,
    upload_id_of,
    wait_with_the_body,
)
from service.api.operations import authorise, make_context
from service.delivery.files.destinations import Written
from service.operations.files import root_uploads as operations
from service.operations.registry import OPERATIONS

if TYPE_CHECKING:
    from service.operations.core.operation import Context

LONGEST = 1024


def add_routes(app: web.Application) -> None:
    """Add the routes; before that of unknown operations."""
    app.router.add_patch(operations.PARTS, part, expect_handler=wait_with_the_body)
    app.router.add_head(operations.PARTS, part)


async def part(request: web.Request) -> web.StreamResponse:
    """Take the next part by a Bearer, or say how much has come."""
    return await answer_part(request, await make_context(request))


async def answer_part(request: web.Request, context: Context) -> web.StreamResponse:
    """Take the next part, or say how much has come, for a caller who is identified."""
    await authorise(OPERATIONS["root.upload"], context)
    words = {name: request.query.get(name, "")[:LONGEST] for name in ("project_id", "root", "path")}
    target, upload_id = operations.Target(**words), upload_id_of(request)
    if request.method == hdrs.METH_HEAD:
        to = await operations.destination(context, target)
        offset = await context.services.files.uploads.offset(to, upload_id)
        return web.Response(status=HTTPStatus.NO_CONTENT, headers=state(context, offset))
    check_body(request, context)
    offset, is_last = offset_of(request), is_complete(request, default=False)
    chunks = await body_of(request)
    done = await operations.append(context, target, upload_id, offset, chunks, is_last=is_last)
    if isinstance(done, Written):
        headers = {"Cache-Control": "no-store", "X-Metered": "0", "Upload-Complete": "?1"}
        return web.Response(status=HTTPStatus.CREATED, headers=headers)
    return web.Response(status=HTTPStatus.NO_CONTENT, headers=state(context, done))
