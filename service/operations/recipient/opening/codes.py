"""Opening a link by a code that is sent to one of its recipients by e-mail."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from service.accounts.api_keys import Scope
from service.errors import Forbidden
from service.links.admission import Credential
from service.links.credentials.code_gate import LIFETIME_MS
from service.links.credentials.codes import invalid_code
from service.mail.mail import MailKind, new_mail
from service.metering.usage import Units
from service.operations.core import mailing
from service.operations.core.letters import code_letter
from service.operations.core.operation import Bucket, Context, Effect, Operation
from service.operations.recipient.opening.code_models import CodeRedeem, CodeRequest, CodeRequested
from service.operations.recipient.opening.recipient_keys import as_recipient
from service.operations.recipient.recipients import opened
from service.operations.recipient.validation_models import LinkValidated

if TYPE_CHECKING:
    from service.links.admission import Admission
    from service.links.link import Link

SENT = "If the link is meant for this address, a code was sent to it. It can be used once, for ten minutes."


async def request_code(context: Context, request: CodeRequest) -> CodeRequested:
    """Have a code sent to your e-mail address, to open a link that is meant for it.

    The answer is the same whoever asks, and takes as long: whom a link is meant for is not told.
    """
    services = context.services
    link = await _link_by_code(context, request.token)
    context.client.trail.link_id = link.id
    mailing.require_mail(context)
    seed = await services.links.codes.new(link, request.email, context.client.address)
    letter = code_letter(link, request.email, services.links.code_signer.text(link.id, link.generation, seed))
    mail = new_mail(MailKind.CODE, letter, link.id, datetime.now(UTC))
    if link.is_meant_for(request.email):
        services.mail.deferred.put(mail)
    return CodeRequested(detail=SENT, expires_in=LIFETIME_MS // 1000)


async def redeem_code(context: Context, request: CodeRedeem) -> LinkValidated:
    """Open a link by the code that was sent to you: one view.

    The key that you get is yours by name: the link's owner sees what it was used for.
    """
    return await opened(context, await open_by_code(context, request))


async def open_by_code(context: Context, request: CodeRedeem) -> Admission:
    """Admit who gives a code. Raises Unauthenticated `code_invalid`, Throttled, Unavailable, and as `Authorizer`."""
    authorizer = context.services.links.authorizer
    link = await _link_by_code(context, request.token)
    context.client.trail.link_id = link.id
    await context.services.links.codes.redeem(link, request.email, request.code, context.client.address)
    admission = await authorizer.admit(request.token, Credential(recipient=request.email), context.client, needs=None)
    if admission.link.generation != link.generation:  # what ended the code happened in this very moment
        raise invalid_code()
    await authorizer.charge(admission, Units(views=1))
    return await as_recipient(context, admission, request.email)


async def _link_by_code(context: Context, token: str) -> Link:
    """Return a link that is active and opens by a code. Raises NotFound, Gone, Forbidden."""
    link = await context.services.links.authorizer.find(token)
    link.require_active(datetime.now(UTC))
    if not link.takes_code:
        raise Forbidden("permission_denied", "This link does not open by a code; use its password, or a key.")
    return link


OPERATIONS = (
    Operation("share.code.request", Scope.SHARES_READ, Effect.WRITE, Bucket.READ, request_code, for_recipients=True),
    Operation("share.code.redeem", Scope.SHARES_READ, Effect.WRITE, Bucket.READ, redeem_code, for_recipients=True),
)
