"""Taking a link that is meant for one's confirmed e-mail address."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from service.accounts.api_keys import Scope
from service.errors import Unauthenticated
from service.links.claims import Claim
from service.metering.usage import Units
from service.operations.core.operation import Bucket, Context, Effect, Operation
from service.operations.links.access_models import LinkClaim
from service.operations.recipient.opening.recipient_keys import as_recipient
from service.operations.recipient.recipients import opened
from service.operations.recipient.validation_models import LinkValidated


async def claim_link(context: Context, request: LinkClaim) -> LinkValidated:
    """Open a link that is meant for you, without its password.

    Sign in where this installation's operator says, and send the session token as Bearer: its e-mail address must be
    confirmed and one of the link's recipients. The first time is one view. The key that you get is yours by name: the
    link's owner sees what it was used for.
    """
    services, session = context.services, context.session
    if session is None:
        raise Unauthenticated("unauthenticated", "Sign in, and send the session token: Authorization: Bearer ….")
    credential = replace(context.credential, session=session)
    admission = await services.links.authorizer.admit(request.token, credential, context.client, needs=None)
    link, email = admission.link, session.email or ""
    if not await services.links.claims.has(link.id, email):
        await services.links.authorizer.charge(admission, Units(views=1))
        await services.links.claims.add(
            link.id, Claim(email=email, subject=session.subject, claimed_at=datetime.now(UTC))
        )
    return await opened(context, await as_recipient(context, admission, email))


OPERATIONS = (
    Operation(
        "share.link.claim",
        Scope.SHARES_READ,
        Effect.WRITE,
        Bucket.READ,
        claim_link,
        for_recipients=True,
        for_signed_in=True,
    ),
)
