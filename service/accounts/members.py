"""Projects, and the roles that users have on them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from service.identifiers import OrganizationId, ProjectId


class Role(StrEnum):
    """A member's role on a project; each one can do what the one before it can."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"

    def covers(self, needed: Role) -> bool:
        """Whether this role can do what `needed` can."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project of an organization."""

    id: ProjectId
    organization_id: OrganizationId
    name: str
