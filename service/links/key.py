"""What a key of a link says, once its text was opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from service.errors import Unauthenticated
from service.identifiers import LinkId, LinkKeyId


class KeyScope(IntEnum):
    """What a key opens."""

    RECIPIENT = 1
    """All that the link's permission allows."""
    NAMED = 2
    """The same, by a name: jti is its id."""
    NAMED_BOUND = 3
    """The same, for some web origins: those are in its row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """An opened key."""

    link_id: LinkId
    generation: int
    scope: KeyScope
    expires_at: datetime
    key_id: LinkKeyId | None = None
    """Of a named one."""

    def require_unexpired(self, now: datetime) -> None:
        """Raise Unauthenticated `key_expired` once it has expired."""
        if now >= self.expires_at:
            raise Unauthenticated("key_expired", "The key has expired; give the password again.")
