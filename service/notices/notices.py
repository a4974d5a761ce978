"""SQL of notices: each is written once, with what has to be sent of it, in one transaction."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from service.accounts.people import Person
from service.database.tables import emails, link_keys, links, notices, users, webhook_deliveries, webhooks
from service.database.upsert import upsert
from service.identifiers import UserId
from service.mail.mail import MailKind, new_mail
from service.mail.store import putting
from service.notices.letters import notice_letter
from service.notices.notice import Notice, NoticeType, new_notice
from service.recently_used import RecentlyUsed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from service.notices.notice import Happening

KEPT = timedelta(days=30)
"""For so long a delivery is kept after it was made, and a notice whose cause cannot come again."""
PASSING = frozenset({NoticeType.FILE_UPLOADED, NoticeType.ACCESS_REQUESTED, NoticeType.PASSWORD_GUESSING})
BY_LETTER = frozenset(NoticeType) - {NoticeType.ACCESS_REQUESTED}
"""Editors get a letter of their own when access is requested."""
KNOWN = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Link:
    """What a notice says of the link that it is about, and who is written to."""

    values: dict[str, str | None]
    maker: Person | None
    """None: they do not want to hear of it."""


class Notices:
    """Writes notices. The unique cause decides which of many that see the same thing writes it; the others do nothing.

    `sends_mail`: whether letters are sent at all.
    """

    def __init__(self, engine: AsyncEngine, *, sends_mail: bool) -> None:
        self._engine = engine
        self._sends_mail = sends_mail
        self._known: RecentlyUsed[str, bool] = RecentlyUsed(KNOWN)
        self._listeners: list[Callable[[], None]] = []

    def call_when_written(self, listener: Callable[[], None]) -> None:
        """Have something called when there may be something to send."""
        self._listeners.append(listener)

    def is_known(self, happening: Happening) -> bool:
        """Whether this worker knows that it is written, without a question to SQL."""
        return self._known.find(happening.digest) is not None

    def wake(self) -> None:
        """Have what was written sent now."""
        for listener in self._listeners:
            listener()

    async def add(self, *happenings: Happening) -> int:
        """Write what was not written yet, each in a transaction of its own; return how many it was."""
        new = await self._unwritten([happening for happening in happenings if not self.is_known(happening)])
        written = 0
        for happening in new:
            async with self._engine.begin() as connection:
                written += await self.write(connection, happening)
            self._known.keep(happening.digest, value=True)
        if written:
            self.wake()
        return written

    async def write(self, connection: AsyncConnection, happening: Happening) -> bool:
        """Write a notice and what is to be sent of it in an open transaction; return whether it was the first one.

        After the commit the caller calls `wake`.
        """
        link = await _link_of(connection, happening)
        if happening.link_id is not None and link is None:
            return False
        about = {} if link is None else link.values
        organization_id = happening.organization_id or about["organization_id"]
        data = {"organization_id": organization_id, **about, **happening.data}
        notice = new_notice(happening.type, happening.at, data)
        row = {"id": notice.id, "cause": happening.digest, "type": notice.type, "at": notice.at, "data": data}
        row |= {"organization_id": organization_id, "link_id": happening.link_id}
        added = upsert(connection, notices).values(row).on_conflict_do_nothing(index_elements=["cause"])
        if (await connection.execute(added.returning(notices.c.id))).first() is None:
            return False
        await _put_deliveries(connection, notice, str(organization_id))
        if self._sends_mail and link is not None and link.maker is not None and happening.type in BY_LETTER:
            await _put_letter(connection, notice, link.maker)
        return True

    async def forget_before(self, moment: datetime) -> None:
        """Drop deliveries that were made or given up before a moment, and notices whose cause cannot come again."""
        made, rows = webhook_deliveries.c, notices.c
        is_over = made.next_attempt_at.is_(None) & (made.created_at < moment)
        is_named = select(made.notice_id).where(made.notice_id == rows.id).exists()
        async with self._engine.begin() as connection:
            await connection.execute(delete(webhook_deliveries).where(is_over))
            await connection.execute(delete(notices).where(rows.at < moment, rows.type.in_(PASSING), ~is_named))

    async def _unwritten(self, happenings: Sequence[Happening]) -> list[Happening]:
        """Return those that SQL does not have."""
        if not happenings:
            return []
        by_digest = {happening.digest: happening for happening in happenings}
        digests = list(by_digest)
        async with self._engine.connect() as connection:
            for start in range(0, len(digests), 500):
                query = select(notices.c.cause).where(notices.c.cause.in_(digests[start : start + 500]))
                for cause in (await connection.scalars(query)).all():
                    self._known.keep(cause, value=True)
                    del by_digest[cause]
        return list(by_digest.values())


async def _link_of(connection: AsyncConnection, happening: Happening) -> _Link | None:
    if happening.link_id is None:
        return None
    query = select(
        *(links.c[name] for name in ("id", "organization_id", "project_id", "name", "notices")),
        *(users.c[name].label(f"user_{name}") for name in ("id", "email", "name", "notices")),
    ).join(users, users.c.id == links.c.created_by)
    row = (await connection.execute(query.where(links.c.id == happening.link_id))).one_or_none()
    if row is None:
        return None
    values = {"organization_id": row.organization_id, "project_id": row.project_id}
    values |= {"link_id": row.id, "link_name": row.name}
    if happening.key_id is not None:
        label = await connection.scalar(select(link_keys.c.label).where(link_keys.c.id == happening.key_id))
        values |= {"key_id": happening.key_id, "key_label": label}
    return _Link(values=values, maker=_maker(row))


def _maker(row: Row[Any]) -> Person | None:
    person = Person(id=UserId(row.user_id), email=row.user_email, name=row.user_name)
    return person if row.notices and row.user_notices and person.address is not None else None


async def _put_deliveries(connection: AsyncConnection, notice: Notice, organization_id: str) -> None:
    where = (webhooks.c.organization_id == organization_id) & webhooks.c.disabled_at.is_(None)
    found = await connection.execute(select(webhooks.c.id, webhooks.c.events).where(where))
    rows = [
        {
            "notice_id": notice.id,
            "webhook_id": row.id,
            "created_at": notice.at,
            "next_attempt_at": notice.at,
            "attempts": 0,
        }
        for row in found
        if not row.events or notice.type in row.events
    ]
    if rows:
        await connection.execute(insert(webhook_deliveries), rows)


async def _put_letter(connection: AsyncConnection, notice: Notice, maker: Person) -> None:
    """Put a letter into the outbox; of uploads one a day for each link."""
    mail = new_mail(MailKind.NOTICE, notice_letter(notice, maker), None, notice.at)
    if notice.type == NoticeType.FILE_UPLOADED:
        day = f"{notice.data['link_id']} {notice.at.astimezone(UTC).date()}"
        mail = replace(mail, id=f"mail_{hashlib.sha256(day.encode()).hexdigest()[:26]}")
        if await connection.scalar(select(emails.c.id).where(emails.c.id == mail.id)) is not None:
            return
    for statement in putting([mail], of_itself=True):
        await connection.execute(statement)
