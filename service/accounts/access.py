"""Who calls, and what may they do: bearers, scopes, roles on projects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from service.accounts import api_keys
from service.accounts.api_keys import Scope
from service.accounts.members import Role
from service.accounts.scopes import SCOPES_OF
from service.errors import Forbidden, NotFound, Unauthenticated

if TYPE_CHECKING:
    from service.accounts.api_keys import ApiKey
    from service.accounts.members import Project
    from service.accounts.store import AccountStore
    from service.identifiers import ApiKeyId, OrganizationId, ProjectId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A caller that proved who it is."""

    user_id: UserId
    organization_id: OrganizationId
    scopes: frozenset[Scope]
    """What the caller may do: the scopes of their credential that their role in the organization allows now."""
    beyond_role: frozenset[Scope] = frozenset()
    """What their credential says besides, and their role does not allow."""
    api_key_id: ApiKeyId | None = None
    """None where it was a session token, or where they signed in on the page with a provider."""

    def holds(self, scope: Scope) -> bool:
        """Whether the caller may do what needs `scope`."""
        return bool(_enough_for(scope) & self.scopes)

    def require(self, scope: Scope) -> None:
        """Raise Forbidden unless the caller holds `scope`, or `admin`: `scope_missing`, `not_project_editor`.

        `admin` is of one organization, so it does not hold `operator`.
        """
        if self.holds(scope):
            return
        enough = _enough_for(scope)
        if scope is Scope.OPERATOR:
            detail = "This call needs the scope operator, of a key of an admin of this installation's first project."
            raise Forbidden("scope_missing", detail)
        if enough & self.beyond_role:
            detail = f"This call needs the scope {scope}, which your role in the organization does not allow."
            raise Forbidden("not_project_editor", detail)
        raise Forbidden("scope_missing", f"This call needs the scope {scope}.")


class Access:
    """Checks bearers and roles. Fails closed: without SQL nobody is let in.

    A revoked key is refused at once, and no key can do more than its owner's role allows now: keys and roles are read
    for each call, and calls by sharers are rare beside tiles.
    """

    def __init__(self, store: AccountStore) -> None:
        self._store = store

    async def authenticate(self, bearer: str) -> Principal:
        """Return whose API key `bearer` is, with the scopes that the owner's role leaves it. Raises Unauthenticated."""
        parsed = api_keys.parse(bearer)
        key = await self._store.get_api_key(parsed[0]) if parsed else None
        if parsed is None or key is None or not key.matches(parsed[1]):
            raise _unknown_key()
        return await self._owner_of(key)

    async def owner_of(self, key_id: ApiKeyId) -> Principal:
        """Return whose API key it is that somebody showed before, as `authenticate`. Raises Unauthenticated."""
        key = await self._store.get_api_key(key_id)
        if key is None:
            raise _unknown_key()
        return await self._owner_of(key)

    async def member(self, user_id: UserId, organization_id: OrganizationId) -> Principal:
        """Return a member who came without a key: with all that their role allows, and never as an operator.

        Raises Unauthenticated where they have no role any more.
        """
        role = await self._store.memberships.highest_role(user_id, organization_id)
        if role is None:
            raise Unauthenticated("unauthenticated", "You are no member of the organization any more.")
        return Principal(user_id=user_id, organization_id=organization_id, scopes=SCOPES_OF[role])

    async def _owner_of(self, key: ApiKey) -> Principal:
        if not key.is_live(datetime.now(UTC)):
            raise _unknown_key()
        role = await self._store.memberships.highest_role(key.user_id, key.organization_id)
        if role is None:
            raise _unknown_key()
        allowed = SCOPES_OF[role] | await self.installation_scopes(key.user_id, key.organization_id, key.scopes)
        return Principal(
            user_id=key.user_id,
            organization_id=key.organization_id,
            scopes=key.scopes & allowed,
            beyond_role=key.scopes - allowed,
            api_key_id=key.id,
        )

    async def installation_scopes(
        self, user_id: UserId, organization_id: OrganizationId, wanted: frozenset[Scope] | None
    ) -> frozenset[Scope]:
        """Return `operator` where a credential says it, for a user who may have it in an organization; else nothing.

        Operators are the admins of the project that `bootstrap` made, as its members: in no other organization.
        """
        if wanted is None or Scope.OPERATOR not in wanted:
            return frozenset()
        is_operator = await self._is_admin_of_first_project(user_id, organization_id)
        return frozenset({Scope.OPERATOR} if is_operator else ())

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

    async def require_operator(self, principal: Principal) -> None:
        """Raise Forbidden `permission_denied` unless the caller is an operator, or an admin of the first project."""
        if Scope.OPERATOR in principal.scopes:
            return
        if Scope.ADMIN in principal.scopes and await self._is_admin_of_first_project(
            principal.user_id, principal.organization_id
        ):
            return
        detail = "Only admins of this installation's first project may give storage roots away or take them back."
        raise Forbidden("permission_denied", detail)

    async def _is_admin_of_first_project(self, user_id: UserId, organization_id: OrganizationId) -> bool:
        first = await self._store.first_account()
        if first is None or first[0] != organization_id:
            return False
        return await self._store.role_of(user_id, first[1]) is Role.ADMIN

    def require_organization(self, principal: Principal, organization_id: OrganizationId) -> None:
        """Raise NotFound unless the caller belongs to the organization."""
        if principal.organization_id != organization_id:
            raise NotFound("organization_not_found", "There is no such organization, or you do not belong to it.")


def _enough_for(scope: Scope) -> set[Scope]:
    return {scope} if scope is Scope.OPERATOR else {scope, Scope.ADMIN}


def _unknown_key() -> Unauthenticated:
    """Return the one error for keys that never existed, that ended, and whose owner was removed."""
    return Unauthenticated("unauthenticated", "The API key is unknown, revoked or expired.")
