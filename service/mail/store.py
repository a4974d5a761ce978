"""SQL of the outbox of e-mail. A letter is written in the transaction of what it is about."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from sqlalchemy import Insert, Row, case, insert, select, update

from service.database.audit.recording import UNRECORDED
from service.database.tables import emails
from service.identifiers import LinkId
from service.mail.letter import Block, Letter
from service.mail.mail import Mail, MailKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from sqlalchemy.ext.asyncio import AsyncEngine

BLOCKS = TypeAdapter(tuple[Block, ...])
NOTHING = "[]"
LONGEST_ERROR = 300
TRIES_TO_TAKE = 5


def putting(mails: Sequence[Mail], *, of_itself: bool = False) -> list[Insert]:
    """Return the statements that put letters into the outbox; none where there are no letters.

    `of_itself`: the service writes them of itself, and the audit log does not have them.
    """
    statement = insert(emails).execution_options(**{UNRECORDED: of_itself})
    return [statement.values([_values(mail) for mail in mails])] if mails else []


class MailStore:
    """Reads and writes the outbox. Every method is one transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, mails: Sequence[Mail], *, of_itself: bool = False) -> None:
        """Put letters into the outbox. `of_itself`: as for `putting`."""
        if not mails:
            return
        async with self._engine.begin() as connection:
            for statement in putting(mails, of_itself=of_itself):
                await connection.execute(statement)

    async def take(self, now: datetime, lease: timedelta) -> Mail | None:
        """Return the letter that is due first, and leave it to the caller alone for `lease`; None where none is due.

        It counts as one attempt. A caller that dies leaves it due when the lease ends.
        """
        for _ in range(TRIES_TO_TAKE):
            found = await self._first_due(now)
            if found is None:
                return None
            taken: dict[str, object] = {"attempts": found.attempts + 1, "next_attempt_at": now + lease}
            if await self._change(found, taken, unless_sent=True):
                return replace(found, attempts=found.attempts + 1, next_attempt_at=now + lease)
        return None

    async def mark_sent(self, mail: Mail, now: datetime) -> None:
        """Write down that a letter was taken by the mail server. What it said is kept no longer."""
        values: dict[str, object] = {"sent_at": now, "next_attempt_at": None, "error": None, "body": NOTHING}
        await self._change(mail, values, unless_sent=False)

    async def mark_failed(self, mail: Mail, error: str, next_attempt_at: datetime | None) -> None:
        """Write down what went wrong, and when to try again; None: never, and what it said is kept no longer."""
        values: dict[str, object] = {"error": error[:LONGEST_ERROR], "next_attempt_at": next_attempt_at}
        if next_attempt_at is None:
            values["body"] = NOTHING
        await self._change(mail, values, unless_sent=True)

    async def of_link(self, link_id: LinkId, limit: int) -> list[Mail]:
        """Return the last letters about a link, newest first."""
        query = select(emails).where(emails.c.link_id == link_id)
        query = query.order_by(emails.c.created_at.desc(), emails.c.id.desc()).limit(limit)
        async with self._engine.connect() as connection:
            return [_mail(row) for row in await connection.execute(query)]

    async def waiting(self, link_id: LinkId, kind: MailKind) -> dict[str, Mail]:
        """Return the letters of a kind about a link that are still to be sent, by recipient."""
        where = (emails.c.link_id == link_id) & (emails.c.kind == kind) & emails.c.next_attempt_at.is_not(None)
        async with self._engine.connect() as connection:
            found = [_mail(row) for row in await connection.execute(select(emails).where(where))]
        return {mail.letter.recipient: mail for mail in found}

    async def oldest_waiting(self) -> datetime | None:
        """Return when the oldest letter was written that is still to be sent."""
        query = select(emails.c.created_at).where(emails.c.next_attempt_at.is_not(None))
        async with self._engine.connect() as connection:
            oldest: datetime | None = await connection.scalar(query.order_by(emails.c.created_at).limit(1))
        return oldest

    async def _first_due(self, now: datetime) -> Mail | None:
        """Codes go first: somebody waits for each."""
        first = case((emails.c.kind == MailKind.CODE, 0), else_=1)
        query = select(emails).where(emails.c.next_attempt_at <= now).order_by(first, emails.c.next_attempt_at).limit(1)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _mail(row)

    async def _change(self, mail: Mail, values: dict[str, object], *, unless_sent: bool) -> bool:
        """Change a row, unless somebody else took it since it was read; return whether it was changed."""
        where = emails.c.id == mail.id
        if unless_sent:
            where &= (emails.c.attempts == mail.attempts) & emails.c.next_attempt_at.is_not(None)
        async with self._engine.begin() as connection:
            return (await connection.execute(update(emails).where(where).values(values))).rowcount == 1


def _values(mail: Mail) -> dict[str, object]:
    return {
        "id": mail.id,
        "link_id": mail.link_id,
        "kind": mail.kind,
        "recipient": mail.letter.recipient,
        "reply_to": mail.letter.reply_to,
        "subject": mail.letter.subject,
        "body": BLOCKS.dump_json(mail.letter.blocks).decode(),
        "created_at": mail.created_at,
        "next_attempt_at": mail.next_attempt_at,
        "attempts": mail.attempts,
        "sent_at": mail.sent_at,
        "error": mail.error,
    }


def _mail(row: Row[Any]) -> Mail:
    letter = Letter(
        recipient=row.recipient, subject=row.subject, blocks=BLOCKS.validate_json(row.body), reply_to=row.reply_to
    )
    return Mail(
        id=row.id,
        kind=MailKind(row.kind),
        link_id=None if row.link_id is None else LinkId(row.link_id),
        letter=letter,
        created_at=row.created_at,
        next_attempt_at=row.next_attempt_at,
        attempts=row.attempts,
        sent_at=row.sent_at,
        error=row.error,
    )
