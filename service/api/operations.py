"""The two routes of every operation, and the index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from service.accounts.api_keys import Scope
from service.accounts.callers import Caller
from service.api.idempotency import once
from service.api.keys import CALLER, LINK_ID, SERVICES
from service.api.rate_headers import ALLOWANCE
from service.api.requests import params
from service.api.responses.file_response import file_response
from service.api.responses.image_response import image_response
from service.errors import Forbidden, MethodNotAllowed, NotFound, Unauthenticated
from service.links.link import Permission
from service.operations.account.limits import rate_limits
from service.operations.admission.select_target import pick
from service.operations.core.invocation import actor_of, invoke
from service.operations.core.operation import Context, Document, FileAnswer, ImageAnswer
from service.operations.registry import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pydantic import BaseModel

    from service.accounts.access import Principal
    from service.links.admission import Admission, Client, Credential
    from service.operations.core.operation import Answer, Operation
    from service.operations.core.services import Services

OPERATION_PATHS = {
    path for operation in OPERATIONS.values() for path in (operation.operation_path, operation.resource_path)
}


NOBODY = Caller(principal=None, session=None)


def add_routes(app: web.Application) -> None:
    """Add both routes of every operation, the index, and a clear 404 for the rest of /v1."""
    app.router.add_get("/v1/op", index)
    for operation in OPERATIONS.values():
        handler = handler_of(operation)
        app.router.add_post(operation.operation_path, handler)
        app.router.add_post(operation.resource_path, handler)
    app.router.add_route("*", "/v1/{path:.*}", unknown)


def handler_of(operation: Operation) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return the handler of an operation, for who shows a Bearer or nothing."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return await perform(request, operation, await make_context(request))

    return handle


async def perform(request: web.Request, operation: Operation, context: Context) -> web.StreamResponse:
    """Answer a call of an operation by a caller who is identified: authorise, limit, parse, ask, answer."""
    await authorise(operation, context)
    await limit(request, operation, context)
    body = await params.read_body(request, operation.request)

    async def answer() -> web.StreamResponse:
        return await answered(request, operation, body, await invoke(operation, context, body))

    return await once(request, operation, context, body, answer)


async def answered(
    request: web.Request,
    operation: Operation,
    body: BaseModel,
    answer: Answer,
) -> web.StreamResponse:
    """Return the response that carries an answer."""
    if isinstance(answer, ImageAnswer):
        return image_response(request, answer)
    if isinstance(answer, FileAnswer):
        return await file_response(request, answer)
    if isinstance(answer, Document):
        return document_response(answer, operation.media_type or "application/octet-stream")
    headers = {"Cache-Control": "no-store"}
    if operation.table is not None and (table := operation.table(body, answer)) is not None:
        return web.Response(text=table.csv, content_type="text/csv", headers=headers | table.headers)
    if operation.location is not None:
        headers["Location"] = operation.location(answer)
    if request[CALLER].trail.metered:
        headers["X-Metered"] = "1"
    return web.Response(text=answer.model_dump_json(), content_type="application/json", headers=headers)


def document_response(document: Document, media_type: str) -> web.Response:
    """Return the response that holds a document. It has a key in it, or is of what a link shares: nobody keeps it."""
    headers = {"Cache-Control": "private, no-store", "X-Metered": "0", "X-Content-Type-Options": "nosniff"}
    body = document.body.encode() if isinstance(document.body, str) else document.body
    return web.Response(body=body, content_type=media_type, headers=headers)


async def make_context(request: web.Request) -> Context:
    """Return who asks and from where, and note it for the event. Raises as `context_of`."""
    services = request.app[SERVICES]
    request[CALLER] = client = params.client(request, services.settings.trusted_proxies)
    return await context_of(request, services, client)


async def context_of(
    request: web.Request, services: Services, client: Client, in_url: Credential | None = None
) -> Context:
    """Return the context of a request. A Bearer that is sent must be valid. Raises Unauthenticated.

    `in_url`: as for `params.credential`.
    """
    text = params.bearer(request.headers)
    caller = (
        NOBODY
        if text is None
        else await services.accounts.callers.identify(text, request.headers.get("X-Organization"))
    )
    credential, held = params.credential(request, caller.principal, in_url), params.held_etags(request)
    is_gzip = params.accepts_gzip(request.headers)
    context = Context(services, client, caller.principal, caller.session, credential, held, is_gzip)
    if caller.principal is not None:
        await services.accounts.audit.note_sign_in(actor_of(context))
    return context


async def recipient_context(request: web.Request) -> Context:
    """Return the context of a recipient's URL. A Bearer that is sent must hold `shares:read` too. Raises Forbidden."""
    return for_recipients(await make_context(request))


async def admit(
    request: web.Request, needs: Permission = Permission.VIEW, *, confirm: bool = True
) -> tuple[Context, Admission]:
    """Return the context and admission of a recipient, and note the link for the access log."""
    context = await recipient_context(request)
    admit_to, token = request.app[SERVICES].links.authorizer.admit, request.match_info["token"]
    admission = await admit_to(token, context.credential, context.client, needs=needs, confirm=confirm)
    request[LINK_ID] = admission.link.id
    return context, await pick(context, admission, params.item_of(request))


def for_recipients(context: Context) -> Context:
    """Return a context whose caller may ask for what links share. Raises Forbidden."""
    if context.principal is not None:
        context.principal.require(Scope.SHARES_READ)
    elif context.session is not None:
        raise _no_member()
    return context


async def index(_request: web.Request) -> web.Response:
    """List the operations."""
    rows = [
        {
            "id": operation.id,
            "summary": operation.summary,
            "scope": operation.scope,
            "side_effect": operation.effect,
            "for_recipients": operation.for_recipients,
            "routes": [operation.operation_path, operation.resource_path],
        }
        for operation in OPERATIONS.values()
    ]
    return web.json_response({"operations": rows})


async def unknown(request: web.Request) -> web.StreamResponse:
    """Answer for an operation that does not exist, or is asked by another method."""
    if request.path in OPERATION_PATHS:
        raise MethodNotAllowed("Operations are POSTed.", ("POST",))
    raise NotFound("operation_not_found", "There is no such operation; GET /v1/op lists them. Operations are POSTed.")


async def authorise(operation: Operation, context: Context) -> None:
    """Raise Unauthenticated, Forbidden or Gone unless the caller may ask for the operation."""
    if context.principal is not None:
        if not (operation.for_operators and Scope.OPERATOR in context.principal.scopes):
            context.principal.require(operation.scope)
        if operation.changes_organization:
            await _require_changes(context.services, context.principal)
    elif context.session is not None:
        if not operation.for_signed_in:
            raise _no_member()
    elif not operation.for_recipients:
        raise Unauthenticated("unauthenticated", "This call needs an API key: Authorization: Bearer tg_…")


async def _require_changes(services: Services, principal: Principal) -> None:
    """Raise Gone `organization_suspended` where the organization that a caller acts for may only be read."""
    organization = await services.records.organizations.get(principal.organization_id)
    if organization is not None:
        organization.require_changes()


def _no_member() -> Forbidden:
    detail = "You are signed in, but a member of no project here: you can claim links and ask for access."
    return Forbidden("scope_missing", detail)


async def limit(request: web.Request, operation: Operation, context: Context) -> None:
    """Count a call of an operation against its bucket, and have the answer say what is left. Raises Throttled."""
    most = rate_limits(context.services.settings).get(operation.bucket)
    if most is not None:
        allowance = await context.services.metering.rates.hit(context.caller, operation.bucket, most)
        request[ALLOWANCE] = allowance
        allowance.require()
