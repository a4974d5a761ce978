"""Request and response bodies about letters to recipients."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from service.mail.mail import MailKind, MailStatus
from service.operations.core.fields import Identifier, Instant
from service.operations.core.operation import Request, Response
from service.operations.links.models import LinkDetail, Recipients

Message = Annotated[str, Field(max_length=2000, description="Plain text, shown as you wrote it")]


class LinkNotify(Request):
    """To whom, and what to say beside the address. Never write the password into it."""

    link_id: Identifier
    recipients: Annotated[Recipients, Field(description="Default: those whom the link is meant for")] = ()
    message: Message = ""


class MailOutput(Response):
    """A letter about a link, and how far it is."""

    id: str
    kind: MailKind
    recipient: str
    status: MailStatus
    created_at: Instant
    sent_at: Instant | None = Field(description="When the mail server took it; whether it arrives is not known here")
    attempts: int
    next_attempt_at: Instant | None
    error: str | None = Field(description="What went wrong the last time")


class ReportStatus(StrEnum):
    """What became of one recipient."""

    QUEUED = "queued"
    ALREADY_QUEUED = "already_queued"
    """A letter about this link waits to be sent to them; there is no second one."""


class RecipientReport(Response):
    """What became of one recipient."""

    email: str
    status: ReportStatus
    mail_id: str


class LinkNotified(Response):
    """What became of each recipient. `share.link.get` shows how far their letters are."""

    link_id: str
    recipients: tuple[RecipientReport, ...]


class ClaimOutput(Response):
    """Who took a link that is meant for them."""

    email: str
    subject: str
    """Who that is to those with whom they signed in."""
    claimed_at: Instant


class LinkOverview(LinkDetail):
    """A link with its limits, what was used of them, who took it, and its letters."""

    claims: tuple[ClaimOutput, ...]
    mails: tuple[MailOutput, ...] = Field(description="The last hundred, newest first")
