"""What people ask of the owner of a link, and the SQL of that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, Update, func, insert, select, tuple_, update

from service.database.tables import access_requests
from service.errors import Conflict
from service.identifiers import LinkId, ProjectId, UserId
from service.notices.notice import requested

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Executable
    from sqlalchemy.ext.asyncio import AsyncEngine

    from service.notices.notices import Notices


class AccessKind(StrEnum):
    """What is asked for."""

    ACCESS = "access"
    """To be let in."""
    MORE_TIME = "more_time"
    DOWNLOAD = "download"
    WRITE = "write"


class AccessStatus(StrEnum):
    """What became of it."""

    OPEN = "open"
    GRANTED = "granted"
    DENIED = "denied"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRequest:
    """What somebody asked for. Their address is what they say it is, unless `wanted` says that it is confirmed."""

    id: str
    link_id: LinkId
    project_id: ProjectId
    kind: AccessKind
    email: str
    name: str
    message: str
    hours: float | None
    """How much longer they would like to have it."""
    is_confirmed: bool
    """Whether a session token said that the address is theirs."""
    created_at: datetime
    status: AccessStatus = AccessStatus.OPEN
    resolved_at: datetime | None = None
    resolved_by: UserId | None = None
    answer: str | None = None


class AccessRequestStore:
    """Reads and writes access requests. Every method is one transaction."""

    def __init__(self, engine: AsyncEngine, notices: Notices) -> None:
        self._engine = engine
        self._notices = notices

    async def add(self, request: AccessRequest, *, most_open: int, along: Sequence[Executable]) -> bool:
        """Store a request with a notice of it, and run statements `along`; return whether it was stored.

        It is not where the same address has asked for the same and waits, or `most_open` wait for this link.
        """
        mine = access_requests.c.link_id == request.link_id
        is_open = access_requests.c.status == AccessStatus.OPEN
        same = mine & is_open & (access_requests.c.email == request.email) & (access_requests.c.kind == request.kind)
        async with self._engine.begin() as connection:
            if (await connection.execute(select(access_requests.c.id).where(same).limit(1))).first() is not None:
                return False
            waiting = await connection.scalar(select(func.count()).select_from(access_requests).where(mine & is_open))
            if (waiting or 0) >= most_open:
                return False
            await connection.execute(insert(access_requests).values(_values(request)))
            for statement in along:
                await connection.execute(statement)
            await self._notices.write(
                connection, requested(request.link_id, request.id, request.kind, request.email, request.created_at)
            )
        self._notices.wake()
        return True

    async def get(self, request_id: str) -> AccessRequest | None:
        """Return a request."""
        query = select(access_requests).where(access_requests.c.id == request_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _request(row)

    async def resolve(self, resolved: AccessRequest, along: Sequence[Executable]) -> None:
        """Write down an answer, with statements `along`. Raises Conflict where there is one already."""
        async with self._engine.begin() as connection:
            if (await connection.execute(resolving(resolved))).rowcount == 0:
                raise Conflict("already_changed", "This request was answered by somebody else at the same time.")
            for statement in along:
                await connection.execute(statement)

    async def list(
        self,
        project_ids: Sequence[ProjectId],
        *,
        link_id: str | None,
        status: AccessStatus | None,
        after: tuple[datetime, str] | None,
        limit: int,
    ) -> list[AccessRequest]:
        """Return requests for links of some projects, oldest first, that come after `(created_at, id)`."""
        table = access_requests.c
        query = select(access_requests).where(table.project_id.in_(project_ids))
        if link_id is not None:
            query = query.where(table.link_id == link_id)
        if status is not None:
            query = query.where(table.status == status)
        if after is not None:
            query = query.where(tuple_(table.created_at, table.id) > tuple_(*after))
        async with self._engine.connect() as connection:
            rows = await connection.execute(query.order_by(table.created_at, table.id).limit(limit))
            return [_request(row) for row in rows]


def resolving(resolved: AccessRequest) -> Update:
    """Return the statement that writes down an answer; it changes nothing where there is one already."""
    where = (access_requests.c.id == resolved.id) & (access_requests.c.status == AccessStatus.OPEN)
    values = {name: getattr(resolved, name) for name in ("status", "resolved_at", "resolved_by", "answer")}
    return update(access_requests).where(where).values(values)


def _values(request: AccessRequest) -> dict[str, object]:
    names = ("id", "link_id", "project_id", "kind", "email", "name", "message", "status", "created_at")
    wanted = {"hours": request.hours, "is_confirmed": request.is_confirmed}
    return {name: getattr(request, name) for name in names} | {"wanted": wanted}


def _request(row: Row[Any]) -> AccessRequest:
    return AccessRequest(
        id=row.id,
        link_id=LinkId(row.link_id),
        project_id=ProjectId(row.project_id),
        kind=AccessKind(row.kind),
        email=row.email,
        name=row.name,
        message=row.message,
        hours=row.wanted.get("hours"),
        is_confirmed=bool(row.wanted.get("is_confirmed")),
        created_at=row.created_at,
        status=AccessStatus(row.status),
        resolved_at=row.resolved_at,
        resolved_by=None if row.resolved_by is None else UserId(row.resolved_by),
        answer=row.answer,
    )
