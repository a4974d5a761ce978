"""Keys that have a name: one for each recipient or desk, listed, and revoked one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from cachetools import LRUCache

from service.errors import Unauthenticated
from service.identifiers import LinkId, LinkKeyId, UserId

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from service.links.link import Link

REMEMBERED = 10_000


class KeyStatus(StrEnum):
    """Whether a named key opens its link, and why not."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"
    ENDED = "ended"
    """The link was revoked, or changed in a way that ends keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedKey:
    """A named key as it is kept: not its text, which only its holder has. Times are aware UTC."""

    id: LinkKeyId
    link_id: LinkId
    label: str
    generation: int
    """The link's, when the key was made."""
    allowed_origins: tuple[str, ...]
    """Besides the link's own; empty for all. They never change."""
    created_by: UserId
    created_at: datetime
    expires_at: datetime
    recipient: str | None = None
    """The address whose holder gave the code that was sent to it, or signed in: the key is theirs."""
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    """Some seconds late."""

    def status(self, link: Link, now: datetime) -> KeyStatus:
        """Return what has become of the key by `now`."""
        if self.revoked_at is not None:
            return KeyStatus.REVOKED
        if now >= self.expires_at:
            return KeyStatus.EXPIRED
        return KeyStatus.ACTIVE if self.generation == link.generation else KeyStatus.ENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownKey:
    """A named key that let somebody in."""

    id: LinkKeyId
    text: str
    origins: tuple[str, ...] = ()
    label: str = ""
    """Where its link's pictures say who looks; else it is not looked up."""
    recipient: str | None = None
    """As the label."""


class KeyOrigins:
    """The web origins of keys that are bound to some, and whose keys are. They never change, so they are read once."""

    def __init__(self, load: Callable[[LinkKeyId], Awaitable[NamedKey | None]]) -> None:
        self._load = load
        self._known: LRUCache[LinkKeyId, NamedKey] = LRUCache(REMEMBERED)

    async def of(self, key_id: LinkKeyId) -> NamedKey:
        """Return a key; what may change of it is as it was. Raises Unauthenticated where there is none."""
        known = self._known.get(key_id)
        if known is None:
            key = await self._load(key_id)
            if key is None:
                raise Unauthenticated("key_invalid", "This is not a key of this service.")
            known = self._known[key_id] = key
        return known
