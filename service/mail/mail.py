"""A letter on its way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from service.identifiers import LinkId, new_id
from service.mail.letter import LONGEST_SUBJECT, Letter, one_line


class MailKind(StrEnum):
    """What a letter is about."""

    SHARED = "shared"
    ACCESS_REQUESTED = "access_requested"
    ACCESS_GRANTED = "access_granted"
    ACCESS_DENIED = "access_denied"
    CODE = "code"
    """A code that opens a link for some minutes."""
    NOTICE = "notice"
    WEBHOOK_DISABLED = "webhook_disabled"


class MailStatus(StrEnum):
    """How far a letter is."""

    QUEUED = "queued"
    SENT = "sent"
    """The mail server took it. Whether it arrives is not known here."""
    FAILED = "failed"
    """It is not tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A row of the outbox."""

    id: str
    kind: MailKind
    link_id: LinkId | None
    letter: Letter
    """Without its blocks once it was sent or given up."""
    created_at: datetime
    next_attempt_at: datetime | None
    """None: sent, or given up."""
    attempts: int = 0
    sent_at: datetime | None = None
    error: str | None = None
    """What went wrong the last time."""

    @property
    def status(self) -> MailStatus:
        """How far it is."""
        if self.sent_at is not None:
            return MailStatus.SENT
        return MailStatus.FAILED if self.next_attempt_at is None else MailStatus.QUEUED


def new_mail(kind: MailKind, letter: Letter, link_id: LinkId | None, now: datetime) -> Mail:
    """Return a letter that is due at once."""
    letter = replace(letter, subject=one_line(letter.subject)[:LONGEST_SUBJECT])
    return Mail(id=new_id("mail"), kind=kind, link_id=link_id, letter=letter, created_at=now, next_attempt_at=now)
