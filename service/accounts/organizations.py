"""SQL of organizations: founded, listed, changed."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from sqlalchemy import Row, insert, select, tuple_, update

from service.accounts.api_keys import ApiKey, key_values
from service.accounts.members import Role
from service.accounts.organization import Organization
from service.database.outbox import Change, note_change
from service.database.tables import api_keys, members, organizations, projects, users
from service.database.upsert import upsert
from service.errors import Conflict
from service.identifiers import OrganizationId, ProjectId, UserId, new_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

COLUMNS = tuple(field.name for field in fields(Organization))
"""An organization's fields and its table's columns have the same names."""
IN_JSON = {"ceiling", "policy"}
ORGANIZATION = TypeAdapter(Organization)
OUTBOX_KIND = "org"


@dataclass(frozen=True, slots=True, kw_only=True)
class Founded:
    """What a new organization begins with."""

    organization: Organization
    project_id: ProjectId
    admin_id: UserId


class OrganizationStore:
    """Reads and writes organizations. Every method is one transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def found(
        self,
        organization: Organization,
        *,
        project: str,
        email: str,
        name: str,
        first_key: Callable[[UserId], ApiKey] | None = None,
    ) -> Founded:
        """Store a new organization with a project and its admin, who is added as a user where the address is new.

        `first_key`: returns a key to store for the admin.
        """
        now, project_id = organization.created_at, ProjectId(new_id("prj"))
        of_project = {"id": project_id, "organization_id": organization.id, "name": project, "created_at": now}
        async with self._engine.begin() as connection:
            await connection.execute(insert(organizations).values(_values(organization)))
            await connection.execute(insert(projects).values(of_project))
            admin_id = await _user(connection, email, name, now)
            role = {"project_id": project_id, "user_id": admin_id, "role": Role.ADMIN}
            await connection.execute(insert(members).values(role))
            if first_key is not None:
                await connection.execute(insert(api_keys).values(key_values(first_key(admin_id))))
        return Founded(organization=organization, project_id=project_id, admin_id=admin_id)

    async def get(self, organization_id: OrganizationId) -> Organization | None:
        """Return an organization."""
        query = select(organizations).where(organizations.c.id == organization_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _organization(row)

    async def list(self, *, after: tuple[datetime, str] | None = None, limit: int) -> list[Organization]:
        """Return organizations, oldest first, that come after `(created_at, id)`."""
        query = select(organizations).order_by(organizations.c.created_at, organizations.c.id).limit(limit)
        if after is not None:
            query = query.where(tuple_(organizations.c.created_at, organizations.c.id) > tuple_(*after))
        async with self._engine.connect() as connection:
            return [_organization(row) for row in await connection.execute(query)]

    async def save(self, organization: Organization) -> Organization:
        """Store a changed organization under the next version and put it into the outbox; return it as it is then.

        Raises Conflict where somebody else has changed it since it was read.
        """
        saved = replace(organization, version=organization.version + 1)
        where = (organizations.c.id == organization.id) & (organizations.c.version == organization.version)
        async with self._engine.begin() as connection:
            changed = await connection.execute(update(organizations).where(where).values(_values(saved)))
            if changed.rowcount == 0:
                detail = "The organization was changed by another request at the same time; read it and try again."
                raise Conflict("already_changed", detail)
            await note_change(connection, Change(kind=OUTBOX_KIND, record_id=saved.id, version=saved.version))
        return saved


def new_organization(name: str) -> Organization:
    """Return an organization that is not stored yet."""
    return Organization(id=OrganizationId(new_id("org")), name=name, version=1, created_at=datetime.now(UTC))


async def _user(connection: AsyncConnection, email: str, name: str, now: datetime) -> UserId:
    """Return the user of an address, added if new."""
    values = {"id": new_id("usr"), "email": email.lower(), "name": name, "created_at": now}
    await connection.execute(upsert(connection, users).values(values).on_conflict_do_nothing())
    found = await connection.execute(select(users.c.id).where(users.c.email == email.lower()))
    return UserId(found.scalar_one())


def _values(organization: Organization) -> dict[str, object]:
    values = {name: getattr(organization, name) for name in COLUMNS}
    in_json: dict[str, object] = ORGANIZATION.dump_python(organization, mode="json", include=IN_JSON)
    return values | in_json


def _organization(row: Row[Any]) -> Organization:
    values = {name: getattr(row, name) for name in COLUMNS}
    return ORGANIZATION.validate_python(values | {name: values[name] or {} for name in IN_JSON})
