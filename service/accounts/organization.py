"""An organization: who pays, and whether its links are open."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from service.accounts.share_policy import SharePolicy
from service.errors import Gone
from service.identifiers import OrganizationId


class OrganizationStatus(StrEnum):
    """Whether an organization's links are open."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """A customer of the installation. Times are aware UTC."""

    id: OrganizationId
    name: str
    version: int
    """Rises on every change: an old record never overwrites a newer one in a cache."""
    created_at: datetime
    suspended_at: datetime | None = None
    suspend_reason: str | None = None
    ceiling: SharePolicy = field(default_factory=SharePolicy)
    """What an operator allows its links to be."""
    policy: SharePolicy = field(default_factory=SharePolicy)
    """What its admins allow of that."""

    @property
    def status(self) -> OrganizationStatus:
        """Whether its links are open."""
        return OrganizationStatus.ACTIVE if self.suspended_at is None else OrganizationStatus.SUSPENDED

    def require_links(self) -> None:
        """Raise Gone `organization_suspended` unless its links are open."""
        if self.suspended_at is not None:
            detail = "The organization that shares this is suspended; all of its links are closed until it is resumed."
            raise Gone("organization_suspended", detail)

    def require_changes(self) -> None:
        """Raise Gone `organization_suspended` unless its members may change something."""
        if self.suspended_at is not None:
            detail = (
                "Your organization is suspended by the operator of this installation: you can read what it has, and "
                "change nothing until it is resumed."
            )
            raise Gone("organization_suspended", detail)
