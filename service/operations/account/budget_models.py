"""Request and response bodies of budgets."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from service.operations.core.fields import Identifier, Instant
from service.operations.core.operation import Request, Response

Most = Annotated[int, Field(ge=0, le=2**53 - 1)]


class BudgetRef(Request):
    """Name an organization."""

    organization_id: Identifier


class BudgetCeilingSet(BudgetRef):
    """Name an organization, and the most that it may use in a calendar month. What is left out has no limit."""

    max_renders: Most | None = Field(None, description="Images sent")
    max_pixels: Most | None = Field(None, description="Width times height of all images sent")
    max_bytes: Most | None = Field(None, description="Bytes of images and files sent")
    max_queries: Most | None = Field(None, description="Points and statistics answered")


class BudgetSet(BudgetCeilingSet):
    """Name an organization, and the most that it is to use in a calendar month. What is left out has no limit."""

    time_zone: Annotated[
        str | None,
        Field(max_length=64, description="IANA name, as Europe/Berlin: when its months begin. Left out: as it is"),
    ] = None


class BudgetLimits(Response):
    """The most that may be used in a month; null: no limit."""

    max_renders: int | None
    max_pixels: int | None
    max_bytes: int | None
    max_queries: int | None


class BudgetUsed(Response):
    """What was used of a month's budget, live."""

    renders: int
    pixels: int
    bytes: int
    queries: int


class BudgetOutput(BudgetLimits):
    """What holds in this calendar month of the organization: the tighter of its own limits and the operator's."""

    organization_id: str
    time_zone: str
    period: str
    """The month, YYYY-MM."""
    starts_at: Instant
    ends_at: Instant
    """The first moment of the next month: all begins anew then."""
    used: BudgetUsed
    own: BudgetLimits
    """What the organization's admins have set."""
    ceiling: BudgetLimits
    """What the operator of the installation has set."""


class BudgetOutlook(Response):
    """How far a unit that has a limit is, and where it will be at the end of the month at the present rate."""

    unit: str
    limit: int
    used: int
    forecast: int
    reached_on: date | None
    """The day in the organization's time zone on which the limit is reached; null: not in this month."""
