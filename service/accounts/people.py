"""SQL of users as people: who has an address, and where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, select, update

from service.accounts.members import Role
from service.database.tables import members, projects, users
from service.identifiers import OrganizationId, ProjectId, UserId

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user, as letters name them."""

    id: UserId
    email: str
    name: str
    notices: bool = True
    """Whether they want e-mail of what happens to their links."""

    @property
    def address(self) -> str | None:
        """The address, where letters can be sent to it: not to owner@localhost, which `tilegate bootstrap` makes."""
        return self.email if "." in self.email.rpartition("@")[2] else None

    @property
    def shown(self) -> str:
        """`Name (address)`, or the one of both that there is."""
        if self.address is None or self.name in {"", self.email}:
            return self.name or self.email
        return f"{self.name} ({self.email})"


class People:
    """Reads users, and what they want to hear of. Every method is one transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def get(self, user_id: UserId) -> Person | None:
        """Return a user."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(users).where(users.c.id == user_id))).one_or_none()
        return None if row is None else _person(row)

    async def set_notices(self, user_id: UserId, *, wanted: bool) -> None:
        """Store whether a user wants e-mail of what happens to their links."""
        async with self._engine.begin() as connection:
            await connection.execute(update(users).where(users.c.id == user_id).values(notices=wanted))

    async def by_email(self, email: str) -> Person | None:
        """Return the user of an address (in lower case)."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(users).where(users.c.email == email))).one_or_none()
        return None if row is None else _person(row)

    async def standing(self, user_id: UserId) -> dict[OrganizationId, Role]:
        """Return the organizations on whose projects a user has a role, with the highest; the oldest project first."""
        query = (
            select(projects.c.organization_id, members.c.role)
            .join(members, members.c.project_id == projects.c.id)
            .where(members.c.user_id == user_id)
            .order_by(projects.c.created_at, projects.c.id)
        )
        found: dict[OrganizationId, Role] = {}
        async with self._engine.connect() as connection:
            for row in await connection.execute(query):
                organization_id, role = OrganizationId(row.organization_id), Role(row.role)
                if organization_id not in found or role.covers(found[organization_id]):
                    found[organization_id] = role
        return found

    async def editors_of(self, project_id: ProjectId) -> list[Person]:
        """Return those who may change a project's links, by address."""
        may = [role for role in Role if role.covers(Role.EDITOR)]
        query = (
            select(users)
            .join(members, members.c.user_id == users.c.id)
            .where(members.c.project_id == project_id, members.c.role.in_(may))
            .order_by(users.c.email)
        )
        async with self._engine.connect() as connection:
            return [_person(row) for row in await connection.execute(query)]


def _person(row: Row[Any]) -> Person:
    return Person(id=UserId(row.id), email=row.email, name=row.name, notices=row.notices)
