"""Letters for the outbox: who writes them, and whether any are sent at all."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from service.accounts.people import Person
from service.errors import BadInput
from service.mail.mail import Mail, MailKind, new_mail
from service.operations.core.letters import shared_letter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from service.links.link import Link
    from service.operations.core.operation import Context


def require_mail(context: Context, field: str | None = None) -> None:
    """Raise BadInput unless this installation sends e-mail."""
    if context.services.mail.worker is None:
        detail = "This installation sends no e-mail; its operator can set TILEGATE_SMTP_URL and TILEGATE_MAIL_FROM."
        raise BadInput("field_invalid", detail, field=field)


def check_notify(context: Context, recipients: Iterable[str]) -> None:
    """Raise BadInput unless `notify` of a new link can be done."""
    require_mail(context, "notify")
    if not any(recipients):
        raise BadInput("field_missing", "recipients is required: the e-mail addresses to notify.", field="recipients")


async def sharing_mails(context: Context, link: Link, recipients: Iterable[str], message: str = "") -> list[Mail]:
    """Return a letter to each recipient of a link, once each. They are sent after `woken` or a few seconds later."""
    sharer, now = await writer(context), datetime.now(UTC)
    return [
        new_mail(MailKind.SHARED, shared_letter(link, sharer, recipient, message), link.id, now)
        for recipient in dict.fromkeys(recipients)
    ]


async def writer(context: Context) -> Person:
    """Return the sharer who calls, as letters name them."""
    user_id = context.sharer.user_id
    found = await context.services.accounts.people.get(user_id)
    return found or Person(id=user_id, email="", name="")


def wake(context: Context) -> None:
    """Have the letters that were put into the outbox sent now."""
    if context.services.mail.worker is not None:
        context.services.mail.worker.wake()
