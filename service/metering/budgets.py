"""What an organization may use in a calendar month of its own time zone."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from service.metering.months import UTC_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most that may be used of each unit; None for no limit."""

    max_renders: int | None = None
    max_pixels: int | None = None
    max_bytes: int | None = None
    max_queries: int | None = None

    def as_tuple(self) -> tuple[int | None, ...]:
        """Return the limits in the order of `BUDGETED`."""
        return (self.max_renders, self.max_pixels, self.max_bytes, self.max_queries)

    def within(self, other: Limits) -> Limits:
        """Return the tighter limit of each unit."""
        pairs = zip(self.as_tuple(), other.as_tuple(), strict=True)
        return limits_of([min((limit for limit in pair if limit is not None), default=None) for pair in pairs])


LIMITS = tuple(field.name for field in fields(Limits))
BUDGETED = tuple(name.removeprefix("max_") for name in LIMITS)
"""Units that a budget may limit, in the order in which `meter.lua` keeps them."""
NO_LIMITS = Limits()


def limits_of(values: Sequence[int | None]) -> Limits:
    """Return limits in the order of `BUDGETED`."""
    return Limits(**dict(zip(LIMITS, values, strict=True)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What was decided on an organization's months."""

    version: int = 0
    """Rises with every change; 0 where nothing was decided."""
    time_zone: str = UTC_NAME
    own: Limits = NO_LIMITS
    """Set by the organization's admins."""
    ceiling: Limits = NO_LIMITS
    """Set by the operator of the installation."""

    @property
    def effective(self) -> Limits:
        """What holds: the tighter of both."""
        return self.own.within(self.ceiling)

    def text(self) -> str:
        """Return the field `budget` of a usage hash (see `meter.lua`)."""
        limits = ["-" if limit is None else str(limit) for limit in self.effective.as_tuple()]
        return " ".join([str(self.version), self.time_zone, *limits])


def used_of(text: bytes | None) -> dict[str, int]:
    """Return what a `p:` field says was used of each unit."""
    numbers = map(int, text.split()) if text else (0 for _ in BUDGETED)
    return dict(zip(BUDGETED, numbers, strict=True))


def used_text(used: dict[str, int]) -> str:
    """Return the `p:` field."""
    return " ".join(str(used.get(unit, 0)) for unit in BUDGETED)
