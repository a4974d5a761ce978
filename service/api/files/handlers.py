"""Files by their addresses: the listing of a folder, downloads, archives; uploads where a link lets write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import hdrs, web

from service.api.files import uploads
from service.api.files.conditions import wish_of
from service.api.operations import admit, limit
from service.api.pages import upload_form
from service.api.pages.listing_page import listing_page
from service.api.pages.problem_page import problem_page
from service.api.pages.templates import root_path, see_other
from service.api.requests import params
from service.api.responses.file_response import file_response
from service.errors import TilegateError, Unauthenticated
from service.links.link import Permission
from service.operations.core.invocation import acting
from service.operations.core.operation import FileAnswer
from service.operations.files import downloads
from service.operations.files import features as layer
from service.operations.files import listing as operations
from service.operations.files.models import MAX_LIMIT
from service.operations.registry import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from service.links.admission import Admission
    from service.operations.core.operation import Context

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
    Writer = Callable[[web.Request, Context, Admission], Awaitable[web.StreamResponse]]

ROUTE = "/s/{token}/files"
BELOW = ROUTE + "/{path:.*}"
PAGE_SIZE = 200
MAX_CURSOR = 1000


def add_routes(app: web.Application) -> None:
    """Add the routes; before those of tiles, which some paths look like."""
    for path in (ROUTE, BELOW):
        app.router.add_get(path, for_people(file))
        app.router.add_post(path, for_people(writing(upload_form.post)), expect_handler=uploads.wait_with_the_body)
    app.router.add_put(BELOW, writing(uploads.put), expect_handler=uploads.wait_with_the_body)
    app.router.add_patch(BELOW, writing(uploads.patch), expect_handler=uploads.wait_with_the_body)
    app.router.add_delete(BELOW, writing(uploads.delete))
    app.router.add_get("/s/{token}/archive.zip", for_people(archive))
    app.router.add_get("/s/{token}/features.geojson", features)


def writing(handler: Writer) -> Handler:
    """Return a handler of what only a link with permission write lets do."""

    async def handle(request: web.Request) -> web.StreamResponse:
        context, admission = await admit(request, Permission.WRITE)
        with acting(context, "share.file.upload"):
            return await handler(request, context, admission)

    return handle


def for_people(handler: Handler) -> Handler:
    """Return a handler that shows problems to browsers as pages, and sends those without a password to the form."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except TilegateError as exc:
            if not wants_html(request):
                raise
            if isinstance(exc, Unauthenticated):
                location = f"{root_path(request)}/s/{params.token_of(request)}"
                return see_other(location)
            return problem_page(request, exc)

    return handle


async def file(request: web.Request) -> web.StreamResponse:
    """Answer a folder's listing or a file, whichever the path leads to; to HEAD also how far an upload has come."""
    if request.method == hdrs.METH_HEAD and "upload" in request.query:
        return await writing(uploads.head)(request)
    context, admission = await admit(request, confirm=False)
    query = request.query
    limit = params.whole_number(query.get("limit", str(PAGE_SIZE)), "limit", "field_invalid")
    path = request.match_info.get("path", "").strip("/")
    found = await downloads.reach(context, admission, path, wish_of(request))
    if isinstance(found, FileAnswer):
        return await file_response(request, found)
    limit = min(max(1, limit), MAX_LIMIT)
    cursor = query["cursor"][:MAX_CURSOR] if "cursor" in query else None
    page = await operations.page_of(context, admission, found, path, cursor, limit)
    if wants_html(request):
        return listing_page(request, admission, page)
    headers = {"Cache-Control": "no-store", "X-Metered": "0"}
    return web.Response(text=page.model_dump_json(), content_type="application/json", headers=headers)


async def archive(request: web.Request) -> web.StreamResponse:
    """Answer a ZIP of all, or of each `?path=`."""
    context, admission = await admit(request, Permission.DOWNLOAD, confirm=False)
    paths = request.query.getall("path", [])
    answering = downloads.archive(context, admission, paths, wish_of(request))
    return await file_response(request, await downloads.settled(context, admission, answering))


async def features(request: web.Request) -> web.StreamResponse:
    """Answer the features that a map draws."""
    context, admission = await admit(request, confirm=False)
    await limit(request, OPERATIONS["share.features.get"], context)
    return await file_response(request, await layer.features(context, admission, wish_of(request)))


def wants_html(request: web.Request) -> bool:
    """Whether a browser asks, to show the answer to a person."""
    return "text/html" in request.headers.get("Accept", "")
