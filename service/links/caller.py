"""Who asks for what a link shares: from where, with what to show for it, and what that proved."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from service.accounts.access import Principal
    from service.accounts.sessions import Session
    from service.identifiers import LinkId, LinkKeyId
    from service.links.key import Key
    from service.links.link import Link
    from service.links.named_keys import ShownKey
    from service.metering.limits import Allowance


@dataclass(slots=True, kw_only=True)
class Trail:
    """What becomes known of a caller on the way in, also of one that is refused in the end."""

    link_id: LinkId | None = None
    key_id: LinkKeyId | None = None
    """Of a named key."""
    proof: Proof | None = None
    allowance: Allowance | None = None
    """What is left of the rate, once the call was counted."""
    metered: bool = False
    """Whether an answer without a body of its own, as values are, was counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Where a call comes from."""

    address: str
    """IP address, of the client and not of our proxy."""
    origin: str | None = None
    """The web origin of the page that makes the call (Origin, or else Referer), where there is one."""
    trail: Trail = field(default_factory=Trail, compare=False)
    """Filled by the authorizer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What a caller shows. A password goes before a key, a key before being the sharer."""

    password: str | None = None
    key: str | None = None
    opened: Key | None = None
    """What the key says, where it was read before: a genuine text stays genuine."""
    principal: Principal | None = None
    recipient: str | None = None
    """The address of somebody who has just given the code that was sent to it; set by that step alone."""
    session: Session | None = None
    """Of somebody who takes a link that is meant for them; given for that alone, and then it goes first."""


class Proof(StrEnum):
    """What let a caller in."""

    PASSWORD = "password"  # noqa: S105  (not one)
    KEY = "key"
    SHARER = "sharer"
    CODE = "code"
    """A code that was sent to somebody whom the link is meant for."""
    CLAIM = "claim"
    """The confirmed address of somebody whom the link is meant for."""
    NOTHING = "nothing"
    """Nothing stands before the link."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """What let a caller in, to which version of the link."""

    link: Link
    proof: Proof
    key_expires_at: datetime | None = None
    named: ShownKey | None = None

    @property
    def until(self) -> float:
        """Unix seconds at which the key or the link expires, whichever is first; past where it was by no key."""
        if self.key_expires_at is None:
            return -math.inf
        ends = self.link.expires_at
        return (self.key_expires_at if ends is None else min(ends, self.key_expires_at)).timestamp()
