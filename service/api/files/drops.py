"""Files that are dropped into a folder which is not shown: PUT whole, or in parts as `service.api.files.uploads` says.

To begin one in parts, `Upload-Length` says how large it will be. No condition is looked at: nothing is replaced.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import hdrs, web

from service.api.files.uploads import (
    YES,
    body_of,
    check_body,
    is_byte_count,
    is_complete,
    offset_of,
    state,
    upload_id_of,
    wait_with_the_body,
)
from service.api.operations import admit
from service.api.pages.templates import root_path
from service.errors import BadInput, MethodNotAllowed
from service.links.link import Permission
from service.operations.core.invocation import acting
from service.operations.files import drops as operations

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from service.links.admission import Admission
    from service.operations.core.operation import Context

    Writer = Callable[[web.Request, Context, Admission], Awaitable[web.StreamResponse]]

ROUTE = "/s/{token}/drop/{path:.*}"


def add_routes(app: web.Application) -> None:
    """Add the routes; before those of tiles, which some paths look like."""
    app.router.add_put(ROUTE, dropping(put), expect_handler=wait_with_the_body)
    app.router.add_patch(ROUTE, dropping(patch), expect_handler=wait_with_the_body)
    app.router.add_head(ROUTE, dropping(head))
    app.router.add_delete(ROUTE, dropping(delete))


def dropping(handler: Writer) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return a handler of what only a link with permission drop lets do."""

    async def handle(request: web.Request) -> web.StreamResponse:
        context, admission = await admit(request, Permission.DROP)
        with acting(context, "share.file.drop"):
            return await handler(request, context, admission)

    return handle


async def put(request: web.Request, context: Context, admission: Admission) -> web.StreamResponse:
    """Take a whole file, or begin an upload in parts."""
    name = request.match_info["path"]
    check_body(request, context)
    if is_complete(request, default=True):
        size = _size(request, request.content_length)
        return _stored(name, await operations.put(context, admission, name, size, await body_of(request)))
    upload_id = await operations.begin(context, admission, name, _size(request, None))
    if request.can_read_body:
        await operations.append(context, admission, name, upload_id, 0, await body_of(request), is_last=False)
    offset = await operations.offset_of(context, admission, name, upload_id)
    location = f"{root_path(request)}{request.rel_url.raw_path}?upload={upload_id}"
    headers = {"Location": location, **_state(context, admission, offset)}
    return web.Response(status=HTTPStatus.CREATED, headers=headers)


async def patch(request: web.Request, context: Context, admission: Admission) -> web.StreamResponse:
    """Take the next part of an upload."""
    check_body(request, context)
    name, upload_id, offset = request.match_info["path"], upload_id_of(request), offset_of(request)
    is_last, chunks = is_complete(request, default=False), await body_of(request)
    done = await operations.append(context, admission, name, upload_id, offset, chunks, is_last=is_last)
    if isinstance(done, int):
        return web.Response(status=HTTPStatus.NO_CONTENT, headers=_state(context, admission, done))
    return _stored(name, done.entry.size)


async def head(request: web.Request, context: Context, admission: Admission) -> web.StreamResponse:
    """Say how much of an upload has come."""
    offset = await operations.offset_of(context, admission, request.match_info["path"], upload_id_of(request))
    return web.Response(status=HTTPStatus.NO_CONTENT, headers=_state(context, admission, offset))


async def delete(request: web.Request, context: Context, admission: Admission) -> web.StreamResponse:
    """Give an upload up."""
    if "upload" not in request.query:
        detail = "Files cannot be deleted through a link; only unfinished uploads can be cancelled."
        raise MethodNotAllowed(detail, (hdrs.METH_HEAD, hdrs.METH_PATCH, hdrs.METH_PUT))
    await operations.cancel(context, admission, request.match_info["path"], upload_id_of(request))
    return web.Response(status=HTTPStatus.NO_CONTENT, headers={"X-Metered": "0"})


def _size(request: web.Request, known: int | None) -> int:
    """Return how large a file will be. Raises BadInput where that is not said."""
    text = request.headers.get("Upload-Length", "" if known is None else str(known))
    if not is_byte_count(text):
        detail = "Say how large the file is: Content-Length, or Upload-Length where it is sent in parts."
        raise BadInput("field_missing", detail, field="Upload-Length")
    return int(text)


def _stored(name: str, size: int) -> web.Response:
    headers = {"Cache-Control": "no-store", "X-Metered": "0", "Upload-Complete": YES}
    return web.json_response({"name": name, "size": size}, status=HTTPStatus.CREATED, headers=headers)


def _state(context: Context, admission: Admission, offset: int) -> dict[str, str]:
    return state(context, offset, operations.max_bytes(context, admission.link))
