"""SQL of whom members are to the provider. Each organization says it for its own members: none speaks for another's."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, delete, select

from service.database.tables import openid_subjects, users
from service.database.upsert import upsert
from service.errors import Conflict
from service.identifiers import OrganizationId, UserId, new_id

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """That who a provider knows by a subject is a member of an organization."""

    organization_id: OrganizationId
    user_id: UserId
    issuer: str
    subject: str
    by_admin: bool
    """Whether an admin said so; else it came of a confirmed address."""
    created_at: datetime
    id: str = field(default_factory=lambda: new_id("idt"))


def new_binding(
    organization_id: OrganizationId, user_id: UserId, issuer: str, subject: str, *, by_admin: bool
) -> Binding:
    """Return a binding that is not stored yet."""
    return Binding(
        organization_id=organization_id,
        user_id=user_id,
        issuer=issuer,
        subject=subject,
        by_admin=by_admin,
        created_at=datetime.now(UTC),
    )


class Identities:
    """Reads and writes bindings. Every method is one transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def get(self, identity_id: str) -> Binding | None:
        """Return a binding that was not removed."""
        query = select(openid_subjects).where(openid_subjects.c.id == identity_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _binding(row)

    async def of_subject(self, issuer: str, subject: str) -> list[Binding]:
        """Return as whom organizations know somebody."""
        query = select(openid_subjects).where(openid_subjects.c.issuer == issuer, openid_subjects.c.subject == subject)
        async with self._engine.connect() as connection:
            return [_binding(row) for row in await connection.execute(query)]

    async def of_user(self, issuer: str, user_id: UserId) -> list[Binding]:
        """Return who a user is to a provider, as each organization says."""
        query = select(openid_subjects).where(openid_subjects.c.issuer == issuer, openid_subjects.c.user_id == user_id)
        async with self._engine.connect() as connection:
            return [_binding(row) for row in await connection.execute(query)]

    async def of_organization(self, organization_id: OrganizationId) -> list[tuple[Binding, str]]:
        """Return an organization's bindings, each with the member's address, by that."""
        query = (
            select(openid_subjects, users.c.email)
            .join(users, users.c.id == openid_subjects.c.user_id)
            .where(openid_subjects.c.organization_id == organization_id)
            .order_by(users.c.email, openid_subjects.c.id)
        )
        async with self._engine.connect() as connection:
            return [(_binding(row), row.email) for row in await connection.execute(query)]

    async def add(self, binding: Binding) -> None:
        """Store a binding. Raises Conflict `already_bound` where the member or the subject has another one."""
        async with self._engine.begin() as connection:
            statement = upsert(connection, openid_subjects).values(asdict(binding)).on_conflict_do_nothing()
            if (await connection.execute(statement)).rowcount == 0:
                detail = (
                    "This member signs in as somebody else, or this subject is another member: remove that first "
                    "(member.identity.remove)."
                )
                raise Conflict("already_bound", detail, field="subject")

    async def remove(self, organization_id: OrganizationId, issuer: str, user_id: UserId) -> bool:
        """Have a member sign in as nobody any more; return whether there was somebody."""
        where = (openid_subjects.c.organization_id == organization_id) & (openid_subjects.c.user_id == user_id)
        async with self._engine.begin() as connection:
            removed = await connection.execute(
                delete(openid_subjects).where(where & (openid_subjects.c.issuer == issuer))
            )
        return removed.rowcount > 0


def _binding(row: Row[Any]) -> Binding:
    return Binding(
        id=row.id,
        organization_id=OrganizationId(row.organization_id),
        user_id=UserId(row.user_id),
        issuer=row.issuer,
        subject=row.subject,
        by_admin=row.by_admin,
        created_at=row.created_at,
    )
