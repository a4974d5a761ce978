"""The share page, its unlocking, and the static files that it loads."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from service.api import params
from service.api.keys import REQUEST_ID, SERVICES
from service.api.operations import make_context
from service.api.problems import STATUS, as_problem, problem_headers
from service.api.templates import PAGES, html_response
from service.errors import Gone, NotFound, TilegateError, Throttled, Unauthenticated
from service.operations import recipients
from service.operations.link_models import LinkValidate

if TYPE_CHECKING:
    from service.operations.link_models import LinkValidated

FORM_TYPES = {"application/x-www-form-urlencoded", "multipart/form-data"}
STATIC_HEADERS = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}


class Unlock(BaseModel):
    """What the password form sends."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    password: str = Field(max_length=1000)


def add_routes(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get("/s/{token}", page)
    app.router.add_post("/s/{token}/unlock", unlock)
    app.router.add_get("/static/{name}", static)
    app.router.add_get("/", front_page)


async def page(request: web.Request) -> web.StreamResponse:
    """Answer the page; to `Accept: application/json` what `share.link.validate` answers, for the page's cookie or a key."""
    if _wants_json(request):
        context = await make_context(request)
        token = request.match_info["token"][:200]
        return _unlocked(request, await recipients.validate_link(context, LinkValidate(token=token)))
    try:
        link = await request.app[SERVICES].doorkeeper.find(request.match_info["token"])
        link.require_active(_now())
    except (NotFound, Gone) as exc:
        return _problem_page(request, exc)
    return html_response("share.html", token=request.match_info["token"])


async def unlock(request: web.Request) -> web.StreamResponse:
    """Take the password; answer a key, and keep it in a cookie that scripts cannot read."""
    context = await make_context(request)
    token = request.match_info["token"][:200]
    if request.content_type not in FORM_TYPES:
        body = await params.read_body(request, Unlock)
        request_body = LinkValidate(token=token, password=body.password)
        return _unlocked(request, await recipients.validate_link(context, request_body))
    password = (await request.post()).get("password")
    try:
        request_body = LinkValidate(token=token, password=str(password or "")[:1000])
        opened = await recipients.validate_link(context, request_body)
    except (Unauthenticated, Throttled, NotFound, Gone) as exc:
        return _problem_page(request, exc)
    response = web.HTTPSeeOther(f"/s/{token}")
    _set_cookie(request, response, opened)
    return response


async def static(request: web.Request) -> web.StreamResponse:
    """Answer a file of the page, or of MapLibre out of its wheel. The names are fixed: no path is made of the request."""
    file = STATIC_FILES.get(request.match_info["name"])
    if file is None:
        raise NotFound("route_not_found", "There is nothing at this address.")
    return web.FileResponse(file, headers=STATIC_HEADERS)


async def front_page(request: web.Request) -> web.StreamResponse:
    """Say what this is to somebody who came without a link."""
    return html_response("front.html", base_url=request.app[SERVICES].settings.base_url)


def _unlocked(request: web.Request, opened: LinkValidated) -> web.Response:
    headers = {"Cache-Control": "no-store", "X-Metered": "0"}
    response = web.Response(text=opened.model_dump_json(), content_type="application/json", headers=headers)
    _set_cookie(request, response, opened)
    return response


def _set_cookie(request: web.Request, response: web.StreamResponse, opened: LinkValidated) -> None:
    response.set_cookie(
        params.COOKIE,
        opened.key,
        path=f"/s/{request.match_info['token']}",
        max_age=max(1, int((opened.key_expires_at - _now()).total_seconds())),
        httponly=True,
        samesite="Strict",
        secure=urlsplit(request.app[SERVICES].settings.base_url).scheme == "https",
    )


def _problem_page(request: web.Request, exc: TilegateError) -> web.Response:
    """Return a problem as a page that a person can read."""
    problem = as_problem(exc)
    return html_response(
        "problem.html",
        status=STATUS[problem.code],
        headers=problem_headers(request, problem),
        problem=problem,
        request_id=request[REQUEST_ID],
    )


def _wants_json(request: web.Request) -> bool:
    accepted = request.headers.get("Accept", "")
    return "application/json" in accepted and "text/html" not in accepted


def _now() -> datetime:
    return datetime.now(UTC)


def _static_files() -> dict[str, Path]:
    """Return the files of the page and of MapLibre by name."""
    spec = find_spec("maplibre")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the maplibre wheel is not installed")
    maplibre = Path(spec.submodule_search_locations[0]) / "srcjs"
    own = {path.name: path for path in sorted((PAGES / "static").iterdir())}
    return own | {name: maplibre / name for name in ("maplibre-gl.js", "maplibre-gl.css")}


STATIC_FILES = _static_files()
