"""PUT, and uploads in parts: the header fields of draft-ietf-httpbis-resumable-upload.

A PUT with `Upload-Complete: ?0` begins one and answers 201 with its `Location`; PATCH there with `Upload-Offset` goes
on, `Upload-Complete: ?1` ends it; HEAD returns the offset, DELETE cancels it. No interim response (104) is sent.

None replaces another file unless it says so: `If-Match`, or `Overwrite: T` (RFC 4918, 10.6) for whatever is there.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import hdrs, web

from service.api.files.conditions import wanted_etags
from service.api.pages.templates import root_path
from service.api.requests import params
from service.api.requests.bodies import chunks_of, require_unencoded
from service.delivery.files.conditions import Conditions
from service.delivery.files.destinations import Written
from service.errors import BadInput, MethodNotAllowed
from service.operations.files import uploads as operations

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from service.links.admission import Admission
    from service.operations.core.operation import Context

PART_TYPE = "application/partial-upload"
YES, NO = "?1", "?0"
MAX_ID = 64
LONGEST_NUMBER = 15


async def put(request: web.Request, context: Context, admission: Admission) -> web.StreamResponse:
    """Take a whole file, or begin an upload in parts."""
    path = request.match_info["path"]
    check_body(request, context)
    if is_complete(request, default=True):
        chunks = await body_of(request)
        return await _stored(
            context, admission, path, await operations.put(context, admission, path, chunks, _if(request))
        )
    upload_id = await operations.begin(context, admission, path)
    offset: int | Written = 0
    if request.can_read_body:
        offset = await _append(request, context, admission, upload_id, 0, is_last=False)
    location = f"{root_path(request)}{request.rel_url.raw_path}?upload={upload_id}"
    headers = {"Location": location, **state(context, offset)}
    return web.Response(status=HTTPStatus.CREATED, headers=headers)


async def patch(request: web.Request, context: Context, admission: Admission) -> web.StreamResponse:
    """Take the next part of an upload."""
    check_body(request, context)
    is_last = is_complete(request, default=False)
    done = await _append(request, context, admission, upload_id_of(request), offset_of(request), is_last=is_last)
    if isinstance(done, Written):
        return await _stored(context, admission, request.match_info["path"], done)
    return web.Response(status=HTTPStatus.NO_CONTENT, headers=state(context, done))


async def head(request: web.Request, context: Context, admission: Admission) -> web.StreamResponse:
    """Say how much of an upload has come."""
    to = await operations.destination(context, admission, request.match_info["path"])
    offset = await context.services.files.uploads.offset(to, upload_id_of(request))
    return web.Response(status=HTTPStatus.NO_CONTENT, headers=state(context, offset))


async def delete(request: web.Request, context: Context, admission: Admission) -> web.StreamResponse:
    """Give an upload up."""
    if "upload" not in request.query:
        detail = "Files cannot be deleted through a link; only unfinished uploads can be cancelled."
        raise MethodNotAllowed(detail, ("GET", "HEAD", "PATCH", "POST", "PUT"))
    to = await operations.destination(context, admission, request.match_info["path"])
    await context.services.files.uploads.cancel(to, upload_id_of(request))
    return web.Response(status=HTTPStatus.NO_CONTENT, headers={"X-Metered": "0"})


async def body_of(request: web.Request) -> AsyncGenerator[bytes]:
    """Return the body in chunks, once the client was asked to send it. Raises BadInput where it comes too slowly."""
    if request.headers.get(hdrs.EXPECT, "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0
    return chunks_of(request)


async def wait_with_the_body(_: web.Request) -> None:
    """Answer `Expect: 100-continue` later: who may not upload need not send anything."""


async def _append(
    request: web.Request, context: Context, admission: Admission, upload_id: str, offset: int, *, is_last: bool
) -> int | Written:
    chunks, conditions, path = await body_of(request), _if(request), request.match_info["path"]
    return await operations.append(
        context, admission, path, upload_id, offset, chunks, is_last=is_last, conditions=conditions
    )


async def _stored(context: Context, admission: Admission, path: str, written: Written) -> web.Response:
    entry = await operations.entry_of(context, admission, path, written)
    headers = {"ETag": entry.etag or "", "Cache-Control": "no-store", "X-Metered": "0", "Upload-Complete": YES}
    status = HTTPStatus.CREATED if written.created else HTTPStatus.OK
    return web.Response(status=status, text=entry.model_dump_json(), content_type="application/json", headers=headers)


def state(context: Context, offset: int | Written, most: int | None = None) -> dict[str, str]:
    """Return the headers that say how far an upload is. `most`: bytes of the file; None for what any may have."""
    return {
        "Upload-Offset": str(offset),
        "Upload-Complete": NO,
        "Upload-Limit": f"max-size={context.services.files.uploads.max_bytes if most is None else most}",
        "Cache-Control": "no-store",
        "X-Metered": "0",
    }


def offset_of(request: web.Request) -> int:
    """Return the byte at which a part begins. Raises BadInput."""
    if request.content_type != PART_TYPE:
        raise BadInput("media_type_unsupported", f"Send parts of a file as {PART_TYPE}.")
    text = request.headers.get("Upload-Offset")
    if text is None:
        raise BadInput(
            "field_missing",
            "The header Upload-Offset is required: the byte at which this part begins.",
            field="Upload-Offset",
        )
    if not is_byte_count(text):
        raise BadInput("field_invalid", "Upload-Offset must be a non-negative integer.", field="Upload-Offset")
    return int(text)


def is_byte_count(text: str) -> bool:
    """Whether a header holds a number of bytes that a file can have."""
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER


def check_body(request: web.Request, context: Context) -> None:
    """Raise BadInput for a body that could not be stored as what it is."""
    require_unencoded(request)
    if hdrs.CONTENT_RANGE in request.headers:
        raise BadInput("malformed_request", "Content-Range is not supported; send parts with Upload-Offset.")
    limit = context.services.files.uploads.max_bytes
    if request.content_length is not None and request.content_length > limit:
        raise BadInput("upload_too_large", f"The file is too large: at most {limit:,} bytes.")


def is_complete(request: web.Request, *, default: bool) -> bool:
    """Whether a request says that its body is the last part."""
    text = request.headers.get("Upload-Complete")
    if text not in {None, YES, NO}:
        raise BadInput("field_invalid", "Upload-Complete must be ?1 or ?0.", field="Upload-Complete")
    return default if text is None else text == YES


def _if(request: web.Request) -> Conditions:
    """Return what may be replaced: the version of If-Match; whatever is there, with `Overwrite: T`; else nothing."""
    held = params.held_etags(request) if hdrs.IF_NONE_MATCH in request.headers else None
    wanted = wanted_etags(request)
    is_said = wanted is not None or held == ("*",) or request.headers.get("Overwrite") == "T"
    return Conditions(if_match=wanted, if_none_match=held, adds_only=not is_said)


def upload_id_of(request: web.Request) -> str:
    """Return the upload that an address names, cut to a length that none has."""
    return request.query.get("upload", "")[:MAX_ID]
