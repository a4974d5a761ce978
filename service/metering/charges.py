"""What the meter is asked to count, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from service.identifiers import LinkId, OrganizationId
    from service.metering.usage import Units


class Verdict(StrEnum):
    """What the meter says of a charge: the letters that `meter.lua` gives."""

    CHARGED = "c"
    REVOKED = "r"
    LIMIT_REACHED = "l"
    BUDGET_EXHAUSTED = "b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """A link's limits over its life; None for no limit."""

    max_renders: int | None = None
    max_bytes: int | None = None
    max_views: int | None = None

    @property
    def words(self) -> str:
        """Return the limits as `meter.lua` reads them."""
        if self == NO_CAPS:
            return "- - -"
        return " ".join("-" if cap is None else str(cap) for cap in (self.max_renders, self.max_bytes, self.max_views))


NO_CAPS = Caps()


class Charge(NamedTuple):
    """What is about to be sent, on whose bill."""

    organization_id: OrganizationId
    link_id: LinkId
    version: int
    """Of the link as the caller was admitted to it: refused where the link was changed since."""
    units: Units
    caps: Caps = NO_CAPS

    def item(self) -> str:
        """Return the item as `meter.lua` reads it: one argument, as each costs some microseconds to send."""
        amounts = " ".join(map(str, self.units.as_tuple()))
        return f"{self.link_id} {self.version} {amounts} {self.caps.words}"
