"""The upload form of a listing, for browsers without scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from aiohttp import BodyPartReader, web
from aiohttp.http import HttpProcessingError

from service.api.pages.templates import root_path, see_other
from service.api.requests.bodies import Pace, require_unencoded, require_utf_8
from service.catalogue.storage.entry import join
from service.delivery.files.conditions import Conditions
from service.errors import BadInput
from service.operations.files import uploads as operations

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from service.links.admission import Admission
    from service.operations.core.operation import Context

FILES, REPLACE = "file", "replace"
CHUNK = 32 * 1024
"""Bytes that are read of a part at a time: few enough to come within the patience at the least rate."""
MAX_PARTS = 1000


async def post(request: web.Request, context: Context, admission: Admission) -> web.StreamResponse:
    """Take the files of a form, one after the other, and show the folder. None replaces another unless that is said."""
    if request.content_type != "multipart/form-data":
        raise BadInput("media_type_unsupported", "Send the form as multipart/form-data, or files with PUT.")
    require_utf_8(request)
    require_unencoded(request)
    folder = request.match_info.get("path", "").strip("/")
    conditions = Conditions(if_none_match=("*",))
    try:
        parts, pace = await request.multipart(), Pace(request)
        for _ in range(MAX_PARTS):
            part = await pace.of(parts.next())
            if part is None:
                break
            if not isinstance(part, BodyPartReader):
                raise BadInput("malformed_request", "The form is not valid multipart/form-data.")
            if part.name == REPLACE:
                conditions = Conditions()
            elif part.name == FILES and part.filename:
                path = join(folder, _name(part.filename))
                await operations.put(context, admission, path, _chunks(part, pace), conditions)
        else:
            raise BadInput("body_too_large", f"The form has too many parts: at most {MAX_PARTS}.")
    except (ValueError, LookupError, AssertionError, HttpProcessingError) as exc:
        raise BadInput("malformed_request", "The form is not valid multipart/form-data.") from exc
    place = f"/{quote(folder)}" if folder else ""
    location = f"{root_path(request)}/s/{request.match_info['token']}/files{place}"
    query = f"?{request.query_string}" if request.query_string else ""
    return see_other(location + query)


def _name(filename: str) -> str:
    """Return the last name of what a browser calls a file: some send the path that it had."""
    return filename.replace("\\", "/").rpartition("/")[2]


async def _chunks(part: BodyPartReader, pace: Pace) -> AsyncGenerator[bytes]:
    while chunk := await pace.of(part.read_chunk(CHUNK)):
        yield bytes(chunk)
