"""The share page and its unlocking."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from service.api.keys import LINK_ID, SERVICES
from service.api.operations import limit, recipient_context
from service.api.pages.oembed import oembed_address
from service.api.pages.plain_page import Plain, plain_page
from service.api.pages.problem_page import MAY_ASK, problem_page
from service.api.pages.templates import html_response, is_secure, root_path, see_other, wants_json
from service.api.problems import STATUS
from service.api.requests import params
from service.api.requests.bodies import FORM_TYPE, read_form
from service.errors import BadInput, Forbidden, Gone, NotFound, Throttled, TilegateError, Unauthenticated, Unavailable
from service.links.admission import Credential
from service.operations.admission.basemap import Basemap, basemap_of
from service.operations.core.fields import Instant
from service.operations.core.invocation import invoke
from service.operations.core.markdown import render_markdown
from service.operations.recipient import recipients
from service.operations.recipient.opening.code_models import CodeRedeem, CodeRequest
from service.operations.recipient.opening.codes import open_by_code
from service.operations.recipient.validation_models import LinkValidate, LinkValidated
from service.operations.registry import OPERATIONS

if TYPE_CHECKING:
    from service.links.admission import Admission
    from service.links.link import Link
    from service.operations.core.operation import Context


FORM_FIELD = 320
"""Characters of a form's field that are looked at: as many as an address has, and more than a password may."""


class Unlock(BaseModel):
    """What the forms of the page send: the password, or an address with the code that was sent to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    password: str | None = Field(None, max_length=1000)
    email: str | None = Field(None, max_length=320)
    code: str | None = Field(None, max_length=20)


class PageOpened(LinkValidated):
    """What the page shows: what `share.link.validate` answers, and what only a page needs."""

    description_html: str
    """Safe to insert: of the link, or else of its target."""
    client_key: str
    """A key for the clients that a person copies an address into; it lives longer than the page's own."""
    client_key_expires_at: Instant
    basemap: Basemap | None


def add_routes(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get("/s/{token}", page)
    app.router.add_post("/s/{token}/unlock", unlock)
    app.router.add_post("/s/{token}/code", send_code)


async def page(request: web.Request) -> web.StreamResponse:
    """Answer the page; to `Accept: application/json`, what it shows, for the page's cookie or a key."""
    if wants_json(request):
        return await _open(request, await recipient_context(request), Unlock())
    try:
        link = await request.app[SERVICES].links.authorizer.find(params.token_of(request))
        link.require_active(_now())
    except (NotFound, Gone, Unavailable) as exc:
        return problem_page(request, exc)
    return _form(request, link, plain=await _plain(request))


async def unlock(request: web.Request) -> web.StreamResponse:
    """Take the password; answer a key, and keep it in a cookie that scripts cannot read."""
    context = await recipient_context(request)
    if request.content_type == FORM_TYPE:
        return await _unlock_by_form(request, context)
    said = await params.read_body(request, Unlock)
    if said == Unlock():
        raise BadInput("field_missing", "password is required, or email and code.", field="password")
    return await _open(request, context, said)


async def _unlock_by_form(request: web.Request, context: Context) -> web.StreamResponse:
    """Take what opens the link from a browser that runs no script: answer the page again, with what is wrong."""
    form = await read_form(request)
    said = Unlock(**{name: form[name][:FORM_FIELD] for name in Unlock.model_fields if name in form})
    try:
        admission = await _admit(request, context, said)
        opened = await recipients.opened(context, admission)
    except (Unauthenticated, Throttled, BadInput, Forbidden) as exc:
        return await _form_again(request, exc, sent_to=said.email or "")
    except (NotFound, Gone, Unavailable) as exc:
        return problem_page(request, exc)
    response = see_other(_path(request))
    _set_cookie(request, response, opened)
    return response


async def send_code(request: web.Request) -> web.StreamResponse:
    """Have a code sent, for a browser that runs no script; with one, the page asks the operation."""
    address, operation = (await read_form(request)).get("email", "")[:FORM_FIELD], OPERATIONS["share.code.request"]
    try:
        context = await recipient_context(request)
        await limit(request, operation, context)
        values = params.parse_values({"token": params.token_of(request), "email": address}, CodeRequest)
        await invoke(operation, context, values)
    except (BadInput, Throttled) as exc:
        return await _form_again(request, exc)
    except TilegateError as exc:
        return problem_page(request, exc)
    return await _form_again(request, sent_to=address)


async def _open(request: web.Request, context: Context, said: Unlock) -> web.Response:
    admission = await _admit(request, context, said)
    request[LINK_ID] = admission.link.id
    opened = await recipients.opened(context, admission)
    shown = await _with_page_fields(context, admission, opened)
    headers = {"Cache-Control": "no-store", "X-Metered": "0"}
    response = web.Response(text=shown.model_dump_json(), content_type="application/json", headers=headers)
    _set_cookie(request, response, opened)
    return response


async def _admit(request: web.Request, context: Context, said: Unlock) -> Admission:
    """Open a link; an open one opens as well to who comes back with a cookie that is no longer good."""
    token = params.token_of(request)
    if said.email is not None or said.code is not None:
        redeem = params.parse_values({"token": token, "email": said.email, "code": said.code}, CodeRedeem)
        return await open_by_code(context, redeem)
    body = LinkValidate(token=token, password=said.password)
    try:
        return await recipients.visit_link(context, body)
    except Unauthenticated:
        if not (await context.services.links.authorizer.find(body.token)).is_open:
            raise
        return await recipients.visit_link(context._replace(credential=Credential()), body)


async def _with_page_fields(context: Context, admission: Admission, opened: LinkValidated) -> PageOpened:
    services = context.services
    description = await services.threads.cpu.run(render_markdown, opened.description or opened.target.description)
    key, expires_at = services.links.authorizer.issue_key(admission, services.settings.map_key_lifetime, _now())
    return PageOpened(
        **dict(opened),
        description_html=description,
        client_key=key,
        client_key_expires_at=expires_at,
        basemap=None if admission.link.is_drop else await basemap_of(context, admission.link),
    )


async def _plain(request: web.Request) -> Plain | None:
    """Return what to show without scripts to who comes back with the page's cookie."""
    if params.COOKIE not in request.cookies:
        return None
    try:
        return await plain_page(await recipient_context(request), params.token_of(request), _path(request))
    except TilegateError:
        return None


async def _form_again(request: web.Request, exc: TilegateError | None = None, sent_to: str = "") -> web.Response:
    """Return the page with what is wrong, or with a field for the code that was sent."""
    link = await request.app[SERVICES].links.authorizer.find(params.token_of(request))
    return _form(request, link, exc, sent_to=sent_to)


def _form(
    request: web.Request,
    link: Link,
    exc: TilegateError | None = None,
    *,
    plain: Plain | None = None,
    sent_to: str = "",
) -> web.Response:
    """Return the page: a form, or else a map once its script has asked for it.

    Without `plain` it reveals nothing but what opens the link. `sent_to`: the address that somebody gave for a code.
    """
    return html_response(
        request,
        "share.html",
        status=STATUS[exc.code] if exc else 200,
        token=params.token_of(request),
        error=exc.detail if exc else "",
        takes_password=link.takes_password,
        takes_code=link.takes_code,
        sent_to=sent_to,
        has_session=exc is None and not sent_to and (params.COOKIE in request.cookies or link.is_open),
        plain=plain,
        may_ask=MAY_ASK,
        public_name=link.name if link.public_name else None,
        oembed=oembed_address(request),
    )


def _set_cookie(request: web.Request, response: web.StreamResponse, opened: LinkValidated) -> None:
    response.set_cookie(
        params.COOKIE,
        opened.key,
        path=_path(request),
        max_age=max(1, int((opened.key_expires_at - _now()).total_seconds())),
        httponly=True,
        samesite="Strict",
        secure=is_secure(request),
    )


def _path(request: web.Request) -> str:
    return f"{root_path(request)}/s/{params.token_of(request)}"


def _now() -> datetime:
    return datetime.now(UTC)
