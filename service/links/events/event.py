"""What somebody did with a link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from service.identifiers import LinkId, LinkKeyId


class EventKind(StrEnum):
    """What was done with a link."""

    UNLOCK = "unlock"
    """The password or a code was given: status 200, or 401 where it was a wrong one."""
    CLAIM = "claim"
    """Somebody opened it whom it is meant for, and who signed in."""
    VALIDATE = "validate"
    """Somebody came back with a key."""
    TILEJSON = "tilejson"
    TILES = "tiles"
    PREVIEW = "preview"
    INFO = "info"
    DOWNLOAD = "download"
    UPLOAD = "upload"
    DENIED = "denied"
    """Refused; by what is in the status."""


class Use(NamedTuple):
    """What is the same in events that are counted as one."""

    link_id: LinkId
    kind: EventKind
    status: int
    client: str
    user_agent: str
    key_id: LinkKeyId | None


@dataclass(slots=True, kw_only=True)
class Row:
    """Alike events of a minute."""

    id: str
    use: Use
    at: datetime
    """Of the first one."""
    count: int = 0
    is_written: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Alike events of a minute, as they are kept."""

    id: str
    at: datetime
    kind: EventKind
    status: int
    client: str
    user_agent: str
    key_id: str | None
    count: int
