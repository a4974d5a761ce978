"""SQL of roles on projects: given, taken away, and what is left of them in an organization."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, update

from service.accounts.members import Role
from service.database.tables import api_keys, members, projects
from service.database.upsert import upsert
from service.errors import Conflict

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from service.accounts.members import Project
    from service.identifiers import OrganizationId, ProjectId, UserId


class Memberships:
    """Changes roles so that every project keeps an admin. Every method is one transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def highest_role(self, user_id: UserId, organization_id: OrganizationId) -> Role | None:
        """Return a user's highest role on the projects of an organization, or None for no member of any."""
        query = (
            select(members.c.role)
            .join(projects, members.c.project_id == projects.c.id)
            .where(members.c.user_id == user_id, projects.c.organization_id == organization_id)
        )
        async with self._engine.connect() as connection:
            roles = {Role(role) for role in await connection.scalars(query)}
        return next((role for role in reversed(Role) if role in roles), None)

    async def set(self, project_id: ProjectId, user_id: UserId, role: Role) -> None:
        """Give a user a role on a project, in place of any other. Raises Conflict `last_admin`."""
        async with self._changing(project_id) as connection:
            if role is not Role.ADMIN:
                await _require_another_admin(connection, project_id, user_id)
            added = upsert(connection, members).values(project_id=project_id, user_id=user_id, role=role)
            key = ["project_id", "user_id"]
            await connection.execute(added.on_conflict_do_update(index_elements=key, set_={"role": role}))

    async def remove(self, project: Project, user_id: UserId, now: datetime) -> bool:
        """Take a user's role on a project away; return whether there was one. Raises Conflict `last_admin`.

        The API keys of one who has no role in the organization any more end in the same step: they do not come to
        life again with a later invitation.
        """
        async with self._changing(project.id) as connection:
            await _require_another_admin(connection, project.id, user_id)
            where = (members.c.project_id == project.id) & (members.c.user_id == user_id)
            removed = await connection.execute(delete(members).where(where))
            if not await _is_member(connection, user_id, project.organization_id):
                mine = (api_keys.c.user_id == user_id) & (api_keys.c.organization_id == project.organization_id)
                live = mine & api_keys.c.revoked_at.is_(None)
                await connection.execute(update(api_keys).where(live).values(revoked_at=now))
        return removed.rowcount > 0

    @asynccontextmanager
    async def _changing(self, project_id: ProjectId) -> AsyncIterator[AsyncConnection]:
        """Yield a transaction in which nobody else changes the members of the project."""
        async with self._engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                await connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                await connection.execute(select(projects.c.id).where(projects.c.id == project_id).with_for_update())
            yield connection


async def _require_another_admin(connection: AsyncConnection, project_id: ProjectId, user_id: UserId) -> None:
    """Raise Conflict `last_admin` where the user is the one admin that a project has."""
    query = select(members.c.user_id).where(members.c.project_id == project_id, members.c.role == Role.ADMIN)
    if set(await connection.scalars(query)) == {user_id}:
        detail = "This is the project's last admin: make somebody else an admin first (member.set)."
        raise Conflict("last_admin", detail, field="email")


async def _is_member(connection: AsyncConnection, user_id: UserId, organization_id: OrganizationId) -> bool:
    query = (
        select(func.count())
        .select_from(members.join(projects, members.c.project_id == projects.c.id))
        .where(members.c.user_id == user_id, projects.c.organization_id == organization_id)
    )
    return bool(await connection.scalar(query))
