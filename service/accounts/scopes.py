"""What a role lets a caller do, whatever their key or token says. `operator` comes by no role: see `access`."""

from __future__ import annotations

from service.accounts.api_keys import OF_ONE_ORGANIZATION, Scope
from service.accounts.members import Role

VIEWING = frozenset({Scope.SHARES_READ, Scope.ITEMS_READ, Scope.USAGE_READ})
EDITING = VIEWING | {Scope.SHARES_WRITE, Scope.ITEMS_WRITE}
SCOPES_OF = {Role.VIEWER: VIEWING, Role.EDITOR: EDITING, Role.ADMIN: OF_ONE_ORGANIZATION}


def scopes_of(role: Role, wanted: frozenset[Scope] | None) -> frozenset[Scope]:
    """Return what somebody may do whose highest role is `role`, and whose token allows `wanted`; None: it says nothing.

    `admin` has to be said by the token, and takes the role.
    """
    return SCOPES_OF[role] - {Scope.ADMIN} if wanted is None else wanted & SCOPES_OF[role]
