"""SQL of the audit log: what is noted beside changed rows, what it says, and its sweep."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, or_, select, tuple_
from sqlalchemy.exc import SQLAlchemyError

from service.database.audit.entry import Entry
from service.database.audit.recording import values_of
from service.database.audit.scope import ActorType, Scope
from service.database.tables import audit_log, links, users
from service.database.upsert import upsert
from service.recently_used import RecentlyUsed

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncEngine

    from service.database.audit.entry import Fields
    from service.database.audit.scope import Actor

logger = logging.getLogger(__name__)

SIGN_IN = "sign_in"
"""In place of an operation's id."""
SIGN_INS_KNOWN = 10_000
ROWS_A_SWEEP = 10_000
SWEEP_SECONDS = 3600.0
ID_BYTES = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A row of the log."""

    id: str
    at: datetime
    organization_id: str | None
    operation: str
    actor_type: ActorType
    actor_id: str
    actor_email: str | None
    """Of a user, as it is now."""
    api_key_id: str | None
    client: str
    target_type: str
    target_id: str
    before: Fields | None
    after: Fields | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which rows of an organization's log are asked for."""

    actor_id: str | None = None
    target_id: str | None = None
    """Also what belongs to it: members of a project, claims of a link."""
    operation: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Not included."""


class AuditLog:
    """Reads the log, and adds to it what changes no row. Nothing here changes what was written.

    `days`: for which a row is kept. `now`: returns the time, aware.
    """

    def __init__(self, engine: AsyncEngine, days: int, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine = engine
        self._keep = timedelta(days=days)
        self._now = now
        self._signed_in: RecentlyUsed[tuple[object, ...], bool] = RecentlyUsed(SIGN_INS_KNOWN)

    async def note(
        self, scope: Scope, entry: Entry, organization_id: str | None = None, link_id: str | None = None
    ) -> None:
        """Write down what was done that changed no row, such as an export.

        `organization_id`: whose thing it was done to; None: the actor's, or that of the link.
        """
        owner = organization_id or scope.actor.organization_id
        async with self._engine.begin() as connection:
            if owner is None and link_id is not None:
                owner = await connection.scalar(select(links.c.organization_id).where(links.c.id == link_id))
            rows = [values_of(scope, entry, log, self._keep) for log in scope.logs_of(owner)]
            await connection.execute(insert(audit_log), rows)
        scope.rows += 1

    async def note_sign_in(self, actor: Actor) -> None:
        """Write down who came, from where, by which key or session: once a UTC day, whichever worker sees it first."""
        signed_in = (actor, self._now().date())
        if self._signed_in.find(signed_in):
            return
        entry = Entry(target_type="user", target_id=actor.id)
        values = values_of(Scope(actor=actor, operation=SIGN_IN), entry, actor.organization_id, self._keep)
        values["id"] = f"aud_{blake2b(repr(signed_in).encode(), digest_size=ID_BYTES).hexdigest()}"
        if not await self._has(values["id"]):
            async with self._engine.begin() as connection:
                added = upsert(connection, audit_log).values(values)
                await connection.execute(added.on_conflict_do_nothing(index_elements=["id"]))
        self._signed_in.keep(signed_in, value=True)

    async def list(
        self, organization_id: str, wanted: Wanted, *, before: tuple[datetime, str] | None, limit: int
    ) -> list[Record]:
        """Return rows of an organization's log, newest first, that come before `(at, id)`."""
        table = audit_log.c
        query = select(audit_log, users.c.email).outerjoin(users, users.c.id == table.actor_id)
        query = query.where(table.organization_id == organization_id)
        if wanted.actor_id is not None:
            query = query.where(table.actor_id == wanted.actor_id)
        if wanted.target_id is not None:
            parts = table.target_id.startswith(f"{wanted.target_id}/", autoescape=True)
            query = query.where(or_(table.target_id == wanted.target_id, parts))
        if wanted.operation is not None:
            query = query.where(table.operation == wanted.operation)
        if wanted.since is not None:
            query = query.where(table.at >= wanted.since)
        if wanted.until is not None:
            query = query.where(table.at < wanted.until)
        if before is not None:
            query = query.where(tuple_(table.at, table.id) < tuple_(*before))
        async with self._engine.connect() as connection:
            rows = await connection.execute(query.order_by(table.at.desc(), table.id.desc()).limit(limit))
            return [_record(row) for row in rows]

    async def sweep(self) -> int:
        """Remove some rows that need not be kept any longer; return how many."""
        is_over = (audit_log.c.keep_until < self._now()) & (audit_log.c.at < self._now() - self._keep)
        old = select(audit_log.c.id).where(is_over).limit(ROWS_A_SWEEP)
        async with self._engine.begin() as connection:
            return (await connection.execute(delete(audit_log).where(audit_log.c.id.in_(old)))).rowcount

    async def run(self) -> None:
        """Sweep once an hour, until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                while await self.sweep() == ROWS_A_SWEEP:
                    pass
            except (SQLAlchemyError, OSError) as exc:
                logger.warning("old rows of the audit log not removed: %s", type(exc).__name__)

    async def _has(self, record_id: str) -> bool:
        async with self._engine.connect() as connection:
            return await connection.scalar(select(audit_log.c.id).where(audit_log.c.id == record_id)) is not None


def _record(row: Row[Any]) -> Record:
    return Record(
        id=row.id,
        at=row.at,
        organization_id=row.organization_id,
        operation=row.operation,
        actor_type=ActorType(row.actor_type),
        actor_id=row.actor_id,
        actor_email=row.email,
        api_key_id=row.api_key_id,
        client=row.client,
        target_type=row.target_type,
        target_id=row.target_id,
        before=row.before,
        after=row.after,
    )
