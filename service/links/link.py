"""A link and its states."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from service.errors import Gone
from service.identifiers import LinkId, OrganizationId, ProjectId, TargetId, UserId
from service.links.area import Area
from service.links.file_types import FileType
from tiling.geometry.tile_matrix import WEB_MERCATOR_QUAD

ORIGIN = re.compile(r"https?://(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?", re.ASCII)
"""It goes into headers: no space, no semicolon, no wildcard. Names are as browsers send them, in Punycode."""


class TargetType(StrEnum):
    """What a link can point at."""

    ITEM = "item"
    COLLECTION = "collection"
    FILE = "file"
    DIRECTORY = "directory"


class Permission(StrEnum):
    """What a recipient may do. From view on each one includes the one before it; drop is apart: in and out of sight."""

    DROP = "drop"
    """Put files into a folder, and see nothing of it."""
    VIEW = "view"
    DOWNLOAD = "download"
    WRITE = "write"


class OpenWith(StrEnum):
    """What opens a link, beside its keys and the sign-in of those whom it is meant for."""

    PASSWORD = "password"  # noqa: S105  (not one)
    """The password; nothing, where it has none."""
    CODE = "code"
    """A code that is sent to one of its recipients by e-mail."""
    EITHER = "either"


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


GRANTS_NOTHING = (
    *("version", "updated_at", "name", "description", "recipients", "notices", "public_name"),
    *("max_views", "max_renders", "max_bytes"),  # the meter looks at them
    "revoked_keys",  # a key that is shown is looked up by itself
)
"""Fields of a link that say nothing of who may have what."""


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
    """Empty where the link has no password."""
    rotation: int
    """How many tokens the link had before the current one."""
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
    tile_matrix_sets: tuple[str, ...] = (WEB_MERCATOR_QUAD,)
    """The grids that its tiles are had in, web mercator's first."""
    recipients: tuple[str, ...] = ()
    """The e-mail addresses that it is meant for."""
    revoked_keys: tuple[str, ...] = ()
    """Named keys of this generation that were revoked before they expire; all others are good by what they say."""
    open_with: OpenWith = OpenWith.PASSWORD
    notices: bool = True
    """Whether its maker gets e-mail of what happens to it."""
    public_name: bool = False
    """Whether its name is said to who has but its address."""
    drop_file_bytes: int | None = None
    """How large a file may be that is dropped."""
    drop_total_bytes: int | None = None
    """How much may be dropped in all."""
    drop_types: tuple[FileType, ...] = ()
    """Of which kinds files may be that are dropped; empty for all."""

    @property
    def is_drop(self) -> bool:
        """Whether it takes files and shows nothing."""
        return self.permission is Permission.DROP

    @property
    def takes_password(self) -> bool:
        """Whether its password opens it."""
        return self.password_hash != "" and self.open_with is not OpenWith.CODE

    @property
    def takes_code(self) -> bool:
        """Whether a code opens it that was sent to a recipient."""
        return self.open_with is not OpenWith.PASSWORD

    @property
    def is_open(self) -> bool:
        """Whether nothing stands before it."""
        return not self.takes_password and not self.takes_code

    def is_meant_for(self, address: str) -> bool:
        """Whether an address is one of its recipients; all are looked at, so that time says nothing."""
        return any([address == recipient for recipient in self.recipients])  # noqa: C419

    @property
    def main(self) -> TargetRef:
        """What it points at first of all."""
        return TargetRef(target_type=self.target_type, target_id=self.target_id)

    def names(self, target_id: TargetId) -> bool:
        """Whether it points at a target, alone or in a bundle; not by way of a collection."""
        return target_id == self.target_id or any(ref.target_id == target_id for ref in self.targets)

    def clamp_zoom(self, zoom: int) -> int:
        """Return the zoom nearest to `zoom` that the link shares."""
        highest = zoom if self.max_zoom is None else min(zoom, self.max_zoom)
        return max(highest, self.min_zoom or 0)

    def admits_origin(self, origin: str | None, own: str) -> bool:
        """Whether a page of a web origin may use the link, as `origin_is_among` says."""
        return origin_is_among(self.allowed_origins, origin, own)

    @property
    def pixel_limits(self) -> tuple[object, ...]:
        """What of a raster is shared: where any of these is set, its file has more."""
        return (self.area, self.min_zoom, self.max_zoom, self.watermark)

    def grants_the_same(self, other: Link) -> bool:
        """Whether two versions of a link admit the same callers to the same, but for what is checked elsewhere."""
        return self == replace(other, **{name: getattr(self, name) for name in GRANTS_NOTHING})

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


def is_origin(text: str) -> bool:
    """Whether a text is a web origin in lower case: `https://maps.example.org:8443`, and nothing else."""
    return ORIGIN.fullmatch(text) is not None


def origin_is_among(allowed: tuple[str, ...], origin: str | None, own: str) -> bool:
    """Whether a web origin is allowed; none given: all are. `own`: that of our pages. None: no page asks."""
    return not allowed or origin is None or origin == own or origin in allowed
