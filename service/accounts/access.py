"""Who calls, and what may they do: bearers, scopes, roles on projects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from service.accounts import api_keys
from service.accounts.api_keys import Scope
from service.errors import Forbidden, NotFound, Unauthenticated

if TYPE_CHECKING:
    from service.accounts.members import Project, Role
    from service.accounts.store import AccountStore
    from service.identifiers import OrganizationId, ProjectId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A caller that proved who it is."""

    user_id: UserId
    organization_id: OrganizationId
    scopes: frozenset[Scope]

    def require(self, scope: Scope) -> None:
        """Raise Forbidden `scope_missing` unless the caller holds `scope` or `admin`."""
        if scope not in self.scopes and Scope.ADMIN not in self.scopes:
            raise Forbidden("scope_missing", f"This call needs the scope {scope}.")


class Access:
    """Checks bearers and roles. Fails closed: without SQL nobody is let in.

    A revoked key is refused at once: keys are read for each call, and calls by sharers are rare beside tiles.
    """

    def __init__(self, store: AccountStore) -> None:
        self._store = store

    async def authenticate(self, bearer: str) -> Principal:
        """Return whose API key `bearer` is. Raises Unauthenticated."""
        parsed = api_keys.parse(bearer)
        key = await self._store.get_api_key(parsed[0]) if parsed else None
        if parsed is None or key is None or not key.matches(parsed[1]) or not key.is_live(datetime.now(UTC)):
            raise Unauthenticated("unauthenticated", "The API key is unknown, revoked or expired.")
        return Principal(user_id=key.user_id, organization_id=key.organization_id, scopes=key.scopes)

    async def project_for(self, principal: Principal, project_id: ProjectId, needed: Role) -> Project:
        """Return the project if the caller's role on it covers `needed`.

        Raises NotFound for a project that is not there or not known to the caller, Forbidden for a role too low.
        """
        project = await self._store.get_project(project_id)
        role = await self._store.role_of(principal.user_id, project_id)
        if project is None or role is None or project.organization_id != principal.organization_id:
            raise NotFound("project_not_found", "There is no such project, or you are not a member of it.")
        if not role.covers(needed):
            raise Forbidden("not_project_editor", f"This call needs the role {needed} on the project; yours is {role}.")
        return project

    def require_organization(self, principal: Principal, organization_id: OrganizationId) -> None:
        """Raise NotFound unless the caller belongs to the organization."""
        if principal.organization_id != organization_id:
            raise NotFound("organization_not_found", "There is no such organization, or you do not belong to it.")
