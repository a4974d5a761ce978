"""Operations, as the scripts of the sharer's page call them: by the session in the cookie, and never across origins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.api.files.root_uploads import answer_part
from service.api.operations import perform
from service.api.sharer.same_origin import require_token
from service.api.sharer.visitor import require_visitor
from service.errors import NotFound
from service.operations.registry import OPERATIONS

if TYPE_CHECKING:
    from aiohttp import web


def add_routes(app: web.Application) -> None:
    """Add the route."""
    app.router.add_post("/page/op/{operation}", call)
    app.router.add_patch("/page/upload", upload_part)
    app.router.add_head("/page/upload", upload_part)


async def call(request: web.Request) -> web.StreamResponse:
    """Answer an operation as `/v1/op/…` does, to who signed in."""
    visitor = await require_visitor(request)
    require_token(request, visitor.session.csrf)
    operation = OPERATIONS.get(request.match_info["operation"])
    if operation is None:
        raise NotFound("operation_not_found", "There is no such operation; GET /v1/op lists them.")
    return await perform(request, operation, visitor.context)


async def upload_part(request: web.Request) -> web.StreamResponse:
    """Take a part of an upload into a storage root, from who signed in."""
    visitor = await require_visitor(request)
    require_token(request, visitor.session.csrf)
    return await answer_part(request, visitor.context)
