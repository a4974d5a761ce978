"""SQL of organizations, projects, users, members and API keys."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Row, insert, select, update

from service.accounts.api_keys import ApiKey, Scope, key_values, new_key
from service.accounts.members import Project, Role
from service.accounts.memberships import Memberships
from service.accounts.root_grants import RootGrants
from service.database.tables import api_keys, members, organizations, projects, users
from service.database.upsert import upsert
from service.identifiers import ApiKeyId, OrganizationId, ProjectId, UserId, new_id

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from sqlalchemy.ext.asyncio import AsyncEngine


class AccountStore:
    """Reads and writes accounts. Every method is one transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self.memberships = Memberships(engine)
        self.root_grants = RootGrants(engine)

    async def create_organization(self, name: str) -> OrganizationId:
        """Add an organization."""
        organization_id = OrganizationId(new_id("org"))
        async with self._engine.begin() as connection:
            await connection.execute(
                insert(organizations).values(id=organization_id, name=name, created_at=datetime.now(UTC))
            )
        return organization_id

    async def create_project(self, organization_id: OrganizationId, name: str) -> ProjectId:
        """Add a project to an organization."""
        project_id = ProjectId(new_id("prj"))
        values = {"id": project_id, "organization_id": organization_id, "name": name, "created_at": datetime.now(UTC)}
        async with self._engine.begin() as connection:
            await connection.execute(insert(projects).values(values))
        return project_id

    async def create_user(self, email: str, name: str) -> UserId:
        """Return the user of an e-mail address, added if new."""
        values = {"id": new_id("usr"), "email": email.lower(), "name": name, "created_at": datetime.now(UTC)}
        async with self._engine.begin() as connection:
            await connection.execute(upsert(connection, users).values(values).on_conflict_do_nothing())
            found = await connection.execute(select(users.c.id).where(users.c.email == email.lower()))
            return UserId(found.scalar_one())

    async def set_member(self, project_id: ProjectId, user_id: UserId, role: Role) -> None:
        """Give a user a role on a project, in place of any other."""
        async with self._engine.begin() as connection:
            added = upsert(connection, members).values(project_id=project_id, user_id=user_id, role=role)
            key = ["project_id", "user_id"]
            await connection.execute(added.on_conflict_do_update(index_elements=key, set_={"role": role}))

    async def create_api_key(
        self,
        organization_id: OrganizationId,
        user_id: UserId,
        *,
        label: str,
        scopes: Iterable[Scope],
        expires_at: datetime | None = None,
    ) -> tuple[ApiKey, str]:
        """Add a key; return it and its text, which is not stored and cannot be shown again."""
        key, text = new_key(organization_id, user_id, label=label, scopes=scopes, expires_at=expires_at)
        async with self._engine.begin() as connection:
            await connection.execute(insert(api_keys).values(key_values(key)))
        return key, text

    async def api_keys_of(self, organization_id: OrganizationId) -> list[tuple[ApiKey, str]]:
        """Return the keys of an organization, each with its owner's address, oldest first, also the dead ones."""
        query = (
            select(api_keys, users.c.email)
            .join(users, api_keys.c.user_id == users.c.id)
            .where(api_keys.c.organization_id == organization_id)
            .order_by(api_keys.c.created_at, api_keys.c.id)
        )
        async with self._engine.connect() as connection:
            return [(_api_key(row), row.email) for row in await connection.execute(query)]

    async def revoke_api_key(self, key_id: ApiKeyId, now: datetime) -> None:
        """End a key; one that has ended stays as it is."""
        where = (api_keys.c.id == key_id) & api_keys.c.revoked_at.is_(None)
        async with self._engine.begin() as connection:
            await connection.execute(update(api_keys).where(where).values(revoked_at=now))

    async def get_api_key(self, key_id: ApiKeyId) -> ApiKey | None:
        """Return a stored key."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(api_keys).where(api_keys.c.id == key_id))).one_or_none()
        return None if row is None else _api_key(row)

    async def get_project(self, project_id: ProjectId) -> Project | None:
        """Return a project."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(projects).where(projects.c.id == project_id))).one_or_none()
        return None if row is None else _project(row)

    async def role_of(self, user_id: UserId, project_id: ProjectId) -> Role | None:
        """Return a user's role on a project, or None for no member."""
        where = (members.c.project_id == project_id) & (members.c.user_id == user_id)
        async with self._engine.connect() as connection:
            role = await connection.scalar(select(members.c.role).where(where))
        return None if role is None else Role(role)

    async def members_of(self, project_id: ProjectId) -> list[tuple[UserId, str, Role]]:
        """Return id, e-mail address and role of a project's members, by address."""
        query = (
            select(users.c.id, users.c.email, members.c.role)
            .join(members, members.c.user_id == users.c.id)
            .where(members.c.project_id == project_id)
            .order_by(users.c.email)
        )
        async with self._engine.connect() as connection:
            return [(UserId(row.id), row.email, Role(row.role)) for row in await connection.execute(query)]

    async def projects_of(self, user_id: UserId, organization_id: OrganizationId) -> list[Project]:
        """Return the projects of an organization on which a user has a role, oldest first."""
        query = (
            select(projects)
            .join(members, members.c.project_id == projects.c.id)
            .where(members.c.user_id == user_id, projects.c.organization_id == organization_id)
            .order_by(projects.c.created_at, projects.c.id)
        )
        async with self._engine.connect() as connection:
            return [_project(row) for row in await connection.execute(query)]

    async def all_projects_of(self, organization_id: OrganizationId) -> list[Project]:
        """Return all projects of an organization."""
        query = select(projects).where(projects.c.organization_id == organization_id)
        async with self._engine.connect() as connection:
            return [_project(row) for row in await connection.execute(query)]

    async def has_organization(self, organization_id: OrganizationId) -> bool:
        """Whether there is such an organization."""
        query = select(organizations.c.id).where(organizations.c.id == organization_id)
        async with self._engine.connect() as connection:
            return await connection.scalar(query) is not None

    async def first_account(self) -> tuple[OrganizationId, ProjectId, UserId] | None:
        """Return the oldest organization, its oldest project and that project's first admin, or None before any."""
        query = (
            select(projects.c.organization_id, projects.c.id, members.c.user_id)
            .join(members, members.c.project_id == projects.c.id)
            .where(members.c.role == Role.ADMIN)
            .order_by(projects.c.created_at, projects.c.id)
            .limit(1)
        )
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else (OrganizationId(row[0]), ProjectId(row[1]), UserId(row[2]))

    async def ping(self) -> None:
        """Raise if SQL does not answer."""
        async with self._engine.connect() as connection:
            await connection.execute(select(1))


def _project(row: Row[Any]) -> Project:
    return Project(id=ProjectId(row.id), organization_id=OrganizationId(row.organization_id), name=row.name)


def _api_key(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=ApiKeyId(row.id),
        organization_id=OrganizationId(row.organization_id),
        user_id=UserId(row.user_id),
        label=row.label,
        secret_sha256=row.secret_sha256,
        scopes=frozenset(Scope(scope) for scope in row.scopes),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
