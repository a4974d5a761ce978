"""Asking the owner of a link for access or for more, and their answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from service.accounts.api_keys import Scope
from service.errors import BadInput, Conflict, Forbidden, Gone, Unauthenticated
from service.identifiers import new_id
from service.links.access_requests import AccessKind, AccessRequest
from service.links.link import LinkStatus, Permission
from service.mail.mail import MailKind, new_mail
from service.mail.store import putting
from service.metering.client_networks import client_network
from service.operations.catalogue.items import projects_for
from service.operations.core import mailing
from service.operations.core.fields import read_cursor, write_cursor
from service.operations.core.letters import request_letter
from service.operations.core.operation import Bucket, Context, Effect, Operation
from service.operations.links.access_models import AccessAsk, AccessAsked, AccessList, AccessOutput, AccessPage

if TYPE_CHECKING:
    from service.links.link import Link
    from service.mail.mail import Mail

HOUR_MS = 3_600_000
NETWORKS_A_LINK = 10
"""A link takes so many times what one network may ask."""
MOST_OPEN = 200
MOST_TOLD = 20
THANKS = "Your request was passed on. If the owner of the link answers, you get an e-mail."


async def request_access(context: Context, request: AccessAsk) -> AccessAsked:
    """Ask the owner of a link to let you in, or for more time or a higher permission.

    Also for a link that has expired; no account is needed. The answer is the same whoever asks, 409
    `no_need_to_request` where a password, key or sign-in that is sent along grants what is asked for already.
    """
    services, now = context.services, datetime.now(UTC)
    link = await services.links.authorizer.find(request.token)
    if link.revoked_at is not None:
        link.require_active(now)
    asked = _asked(context, link, request, now)
    await _limit(context, link)
    if await _is_granted(context, link, request):
        raise Conflict("no_need_to_request", "This is already granted: open the link, or claim it.")
    mails = await _letters(context, link, asked, now)
    if await services.links.access_requests.add(asked, most_open=MOST_OPEN, along=putting(mails)):
        mailing.wake(context)
    return AccessAsked(detail=THANKS)


async def list_requests(context: Context, request: AccessList) -> AccessPage:
    """List what was asked for, by project, link or status."""
    project_ids = await projects_for(context, request.project_id)
    found = await context.services.links.access_requests.list(
        project_ids,
        link_id=request.link_id,
        status=request.status,
        after=read_cursor(request.cursor),
        limit=request.limit + 1,
    )
    page = found[: request.limit]
    more = len(found) > request.limit
    return AccessPage(
        requests=tuple(access_output(one) for one in page),
        next_cursor=write_cursor(page[-1].created_at, page[-1].id) if more else None,
    )


def access_output(request: AccessRequest) -> AccessOutput:
    """Return an access request as sharers see it."""
    return AccessOutput(**{name: getattr(request, name) for name in AccessOutput.model_fields})


def _asked(context: Context, link: Link, request: AccessAsk, now: datetime) -> AccessRequest:
    confirmed = context.session.email if context.session is not None else None
    email = request.email or confirmed
    if email is None:
        raise BadInput("field_missing", "email is required: the answer is sent there.", field="email")
    return AccessRequest(
        id=new_id("req"),
        link_id=link.id,
        project_id=link.project_id,
        kind=request.kind,
        email=email,
        name=" ".join(request.name.split()),
        message=request.message,
        hours=request.hours,
        is_confirmed=email == confirmed,
        created_at=now,
    )


async def _limit(context: Context, link: Link) -> None:
    """Raise Throttled where a network, or all together, ask too often for one link."""
    rates, limit = context.services.metering.rates, context.services.settings.rate_requests
    network = f"{link.id}:{client_network(context.client.address)}"
    (await rates.hit(network, "requests", limit, HOUR_MS)).require()
    (await rates.hit(link.id, "requests", limit * NETWORKS_A_LINK, HOUR_MS)).require()


async def _is_granted(context: Context, link: Link, request: AccessAsk) -> bool:
    """Whether who asks has it already, by what they sent along."""
    if link.status(datetime.now(UTC)) is not LinkStatus.ACTIVE or not await _is_let_in(context, link, request.token):
        return False
    order = list(Permission)
    match request.kind:
        case AccessKind.ACCESS:
            return True
        case AccessKind.MORE_TIME:
            return link.expires_at is None
        case _ if link.is_drop:
            return False
        case _:
            return order.index(link.permission) >= order.index(Permission(request.kind))


async def _is_let_in(context: Context, link: Link, token: str) -> bool:
    if context.session is not None and context.session.email in link.recipients:
        return True
    if link.is_open:
        return context.services.settings.allow_passwordless_links
    credential = context.credential
    if credential.password is None and credential.key is None and credential.principal is None:
        return False
    try:
        await context.services.links.authorizer.admit(token, credential, context.client, needs=None)
    except (Unauthenticated, Forbidden, Gone):  # an old key is a reason to ask
        return False
    return True


async def _letters(context: Context, link: Link, asked: AccessRequest, now: datetime) -> list[Mail]:
    if context.services.mail.worker is None:
        return []
    found = await context.services.accounts.people.editors_of(link.project_id)
    wanted = (editor for editor in found if editor.notices and (link.notices or editor.id != link.created_by))
    editors = [editor for editor in wanted if editor.address is not None]
    letters = (
        request_letter(link, asked, editor, context.services.settings.base_url) for editor in editors[:MOST_TOLD]
    )
    return [new_mail(MailKind.ACCESS_REQUESTED, letter, link.id, now) for letter in letters]


OPERATIONS = (
    Operation(
        "share.access.request",
        Scope.SHARES_READ,
        Effect.WRITE,
        Bucket.UPDATE,
        request_access,
        for_recipients=True,
        for_signed_in=True,
    ),
    Operation("share.access.list", Scope.SHARES_READ, Effect.READ, Bucket.LIST, list_requests),
)
