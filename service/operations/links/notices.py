"""Notifying recipients by e-mail of what is shared with them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from service.accounts.api_keys import Scope
from service.accounts.members import Role
from service.errors import BadInput, Conflict
from service.links.link import LinkStatus
from service.mail.mail import MailKind
from service.operations.core import mailing
from service.operations.core.operation import Bucket, Context, Effect, Operation
from service.operations.links.create import link_for
from service.operations.links.notice_models import LinkNotified, LinkNotify, RecipientReport, ReportStatus

if TYPE_CHECKING:
    from service.links.link import Link

TELLABLE = {LinkStatus.ACTIVE, LinkStatus.SCHEDULED}


async def notify_recipients(context: Context, request: LinkNotify) -> LinkNotified:
    """Send a link's address to its recipients by e-mail, without the password.

    The letters go out behind the answer; `share.link.get` shows how far they are. Who has one waiting gets no second.
    """
    services = context.services
    link = await link_for(context, request.link_id, Role.EDITOR)
    recipients = tuple(dict.fromkeys(request.recipients or link.recipients))
    _check(context, link, recipients)
    waiting = await services.mail.store.waiting(link.id, MailKind.SHARED)
    mails = await mailing.sharing_mails(context, link, set(recipients) - set(waiting), request.message)
    await services.mail.store.add(mails)
    mailing.wake(context)
    queued = {mail.letter.recipient: mail for mail in mails}
    return LinkNotified(
        link_id=link.id,
        recipients=tuple(
            RecipientReport(email=email, status=ReportStatus.QUEUED, mail_id=queued[email].id)
            if email in queued
            else RecipientReport(email=email, status=ReportStatus.ALREADY_QUEUED, mail_id=waiting[email].id)
            for email in recipients
        ),
    )


def _check(context: Context, link: Link, recipients: tuple[str, ...]) -> None:
    mailing.require_mail(context)
    if not recipients:
        detail = "The link has no recipients; give recipients, or add some by share.link.update."
        raise BadInput("field_missing", detail, field="recipients")
    status = link.status(datetime.now(UTC))
    if status not in TELLABLE:
        raise Conflict(
            "link_not_active", f"The link is {status}, so recipients could not use it; notify them when it is active."
        )


OPERATIONS = (Operation("share.link.notify", Scope.SHARES_WRITE, Effect.EXPORT, Bucket.UPDATE, notify_recipients),)
