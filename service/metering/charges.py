"""What the meter is asked to count, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from service.identifiers import LinkId, OrganizationId
    from service.metering.usage import Units


class Verdict(StrEnum):
    """What the meter says of a charge: the letters that `meter.lua` gives."""

    CHARGED = "c"
    REVOKED = "r"
    LIMIT_REACHED = "l"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """A link's limits over its life; None for no limit."""

    max_renders: int | None = None
    max_bytes: int | None = None
    max_views: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What is about to be sent, on whose bill."""

    organization_id: OrganizationId
    link_id: LinkId
    generation: int
    units: Units
    caps: Caps = Caps()

    def arguments(self) -> list[str | int]:
        """Return the item as `meter.lua` reads it."""
        caps = (self.caps.max_renders, self.caps.max_bytes, self.caps.max_views)
        return [self.link_id, self.generation, *self.units.as_tuple(), *("" if cap is None else cap for cap in caps)]
