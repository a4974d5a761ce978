"""A link and its states."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from service.errors import Gone
from service.identifiers import LinkId, OrganizationId, ProjectId, TargetId, UserId
from service.links.area import Area


class TargetType(StrEnum):
    """What a link can point at."""

    ITEM = "item"
    COLLECTION = "collection"
    FILE = "file"
    DIRECTORY = "directory"


class Permission(StrEnum):
    """What a recipient may do; each one includes the one before it."""

    VIEW = "view"
    DOWNLOAD = "download"
    WRITE = "write"


class LinkStatus(StrEnum):
    """Where in its life a link is."""

    SCHEDULED = "scheduled"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRef:
    """One thing that a link points at."""

    target_type: TargetType
    target_id: TargetId


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A password-protected, expiring permission on a target, with its limits. Times are aware UTC."""

    id: LinkId
    organization_id: OrganizationId
    project_id: ProjectId
    target_type: TargetType
    target_id: TargetId
    permission: Permission
    name: str
    description: str
    password_hash: str
    rotation: int
    """How many tokens the link has had before the one that is good now."""
    generation: int
    """Rises on revoke, a new password, rotate, narrowing: keys of a lower generation are dead."""
    version: int
    """Rises on every change: an old record never overwrites a newer one in a cache, and admits nobody."""
    created_by: UserId
    created_at: datetime
    updated_at: datetime
    starts_at: datetime | None = None
    expires_at: datetime | None = None
    suspended_at: datetime | None = None
    revoked_at: datetime | None = None
    revoke_reason: str | None = None
    profiles: tuple[str, ...] = ()
    """The profiles that recipients may use; empty for all of the item's."""
    allowed_origins: tuple[str, ...] = ()
    """The web origins that may use the link; empty for all."""
    max_views: int | None = None
    max_renders: int | None = None
    max_bytes: int | None = None
    min_zoom: int | None = None
    max_zoom: int | None = None
    targets: tuple[TargetRef, ...] = ()
    """What the link shares beside its target: the rest of a bundle."""
    area: Area | None = None
    """Nothing outside it is shared; None for no such limit."""
    watermark: str | None = None
    """A text that is drawn across every image."""
    custom_render: bool = False
    """Whether recipients may say themselves how a raster is rendered."""
    recipients: tuple[str, ...] = ()
    """The e-mail addresses that it is meant for."""

    def clamp_zoom(self, zoom: int) -> int:
        """Return the zoom nearest to `zoom` that the link shares."""
        highest = zoom if self.max_zoom is None else min(zoom, self.max_zoom)
        return max(highest, self.min_zoom or 0)

    def admits_origin(self, origin: str | None, own: str) -> bool:
        """Whether a page of a web origin may use the link; `own`: that of our pages. None: no page asks."""
        return not self.allowed_origins or origin is None or origin == own or origin in self.allowed_origins

    @property
    def pixel_limits(self) -> tuple[object, ...]:
        """What of a raster is shared: where any of these is set, its file tells more."""
        return (self.area, self.min_zoom, self.max_zoom, self.watermark)

    def grants_the_same(self, other: Link) -> bool:
        """Whether two versions of a link admit the same callers to the same; the meter looks at the limits itself."""
        words = ("version", "updated_at", "name", "description", "max_views", "max_renders", "max_bytes", "recipients")
        return self == replace(other, **{name: getattr(self, name) for name in words})

    def status(self, now: datetime) -> LinkStatus:
        """Return where in its life the link is at `now`."""
        if self.revoked_at is not None:
            return LinkStatus.REVOKED
        if self.suspended_at is not None:
            return LinkStatus.SUSPENDED
        if self.expires_at is not None and now >= self.expires_at:
            return LinkStatus.EXPIRED
        if self.starts_at is not None and now < self.starts_at:
            return LinkStatus.SCHEDULED
        return LinkStatus.ACTIVE

    def require_active(self, now: datetime) -> None:
        """Raise Gone unless the link can be used at `now`."""
        status = self.status(now)
        if status is LinkStatus.REVOKED:
            raise Gone("share_revoked", "This link was revoked by its owner.")
        if status is LinkStatus.EXPIRED:
            raise Gone("share_expired", "This link has expired; ask its owner for a new one.")
        if status is LinkStatus.SUSPENDED:
            raise Gone("share_suspended", "This link is suspended; its owner can resume it.")
        if status is LinkStatus.SCHEDULED and self.starts_at is not None:
            wait = (self.starts_at - now).total_seconds()
            raise Gone(
                "share_not_started", f"This link opens at {self.starts_at:%Y-%m-%d %H:%M} UTC.", retry_after=wait
            )
