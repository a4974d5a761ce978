"""To whom storage roots belong: who may register the files of a root, or of a folder in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, delete, insert, or_, select

from service.database.tables import root_grants
from service.identifiers import OrganizationId, ProjectId, RootGrantId, new_id

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from service.accounts.members import Project

EVERY_ROOT = "*"
"""In place of a root's name: all that the operator has configured, now or later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RootGrant:
    """The right to register what lies in a folder of a storage root."""

    id: RootGrantId
    root: str
    """Name of a storage root, or `EVERY_ROOT`."""
    prefix: str
    """A folder below the root as `plain_path` writes it; empty for the whole root."""
    organization_id: OrganizationId
    project_id: ProjectId | None
    """None: all projects of the organization."""
    created_at: datetime

    def covers(self, root: str, path: str) -> bool:
        """Whether a path (as `plain_path` writes it) is the folder or lies in it: `a/b` covers `a/b/c`, not `a/bc`."""
        if self.root not in {root, EVERY_ROOT}:
            return False
        return self.prefix in {"", path} or path.startswith(f"{self.prefix}/")


def plain_path(path: str) -> str | None:
    """Return the names along a relative path with slashes between; None where it goes up, or is no path."""
    parts = [part for part in path.split("/") if part not in {"", "."}]
    return None if path.startswith("/") or ".." in parts or "\0" in path else "/".join(parts)


def new_grant(
    root: str, prefix: str, organization_id: OrganizationId, project_id: ProjectId | None = None
) -> RootGrant:
    """Return a grant that is not stored yet."""
    return RootGrant(
        id=RootGrantId(new_id("rgr")),
        root=root,
        prefix=prefix,
        organization_id=organization_id,
        project_id=project_id,
        created_at=datetime.now(UTC),
    )


class RootGrants:
    """Reads and writes grants. Every method is one transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, grant: RootGrant) -> RootGrant:
        """Store a grant; return it, or the one that says the same already."""
        query = select(root_grants).where(
            *(root_grants.c[name] == getattr(grant, name) for name in ("root", "prefix", "organization_id")),
            root_grants.c.project_id.is_(None)
            if grant.project_id is None
            else root_grants.c.project_id == grant.project_id,
        )
        async with self._engine.begin() as connection:
            row = (await connection.execute(query.limit(1))).one_or_none()
            if row is not None:
                return _grant(row)
            names = root_grants.c.keys()
            await connection.execute(insert(root_grants).values({name: getattr(grant, name) for name in names}))
        return grant

    async def get(self, grant_id: RootGrantId) -> RootGrant | None:
        """Return a grant."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(root_grants).where(root_grants.c.id == grant_id))).one_or_none()
        return None if row is None else _grant(row)

    async def of_project(self, project: Project) -> list[RootGrant]:
        """Return what a project may register: what it was granted itself, and its organization."""
        organization_wide = root_grants.c.project_id.is_(None) & (
            root_grants.c.organization_id == project.organization_id
        )
        query = select(root_grants).where(or_(organization_wide, root_grants.c.project_id == project.id))
        async with self._engine.connect() as connection:
            return [_grant(row) for row in await connection.execute(query)]

    async def list(self, organization_id: OrganizationId | None) -> list[RootGrant]:
        """Return the grants to an organization and its projects, or all, oldest first."""
        query = select(root_grants).order_by(root_grants.c.created_at, root_grants.c.id)
        if organization_id is not None:
            query = query.where(root_grants.c.organization_id == organization_id)
        async with self._engine.connect() as connection:
            return [_grant(row) for row in await connection.execute(query)]

    async def remove(self, grant_id: RootGrantId) -> None:
        """Take a grant away, if it is there."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(root_grants).where(root_grants.c.id == grant_id))


def _grant(row: Row[Any]) -> RootGrant:
    return RootGrant(
        id=RootGrantId(row.id),
        root=row.root,
        prefix=row.prefix,
        organization_id=OrganizationId(row.organization_id),
        project_id=None if row.project_id is None else ProjectId(row.project_id),
        created_at=row.created_at,
    )
