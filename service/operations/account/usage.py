"""Usage: what an organization's links were used for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from pydantic import Field

from service.accounts.api_keys import Scope
from service.errors import BadInput
from service.identifiers import LinkId, OrganizationId
from service.metering.usage import UNITS, Units
from service.operations.core.fields import Identifier
from service.operations.core.operation import Bucket, Context, Effect, Operation, Request, Response

MAX_DAYS = 400
RATE_DAYS = 6
"""Days beside today whose rate a forecast goes by."""


class UsageCurrent(Request):
    """Name an organization."""

    organization_id: Identifier


class UsageHistory(Request):
    """Name an organization and UTC days, both included."""

    organization_id: Identifier
    first_day: date | None = Field(None, description="Default: the first day of this month")
    last_day: date | None = Field(None, description="Default: today")
    link_id: Annotated[Identifier | None, Field(description="Only this link")] = None


class UsageTotals(Response):
    """Counters of everything that is metered."""

    renders: int
    cached: int
    bytes: int
    downloads: int
    views: int
    pixels: int
    queries: int


class UsageOutput(UsageTotals):
    """This UTC month so far, live."""

    organization_id: str
    period: str


class UsageForecast(UsageOutput):
    """This UTC month so far, and what it will come to at the rate of the last days."""

    forecast: UsageTotals
    from_day: date
    """The first of the days whose rate is taken: seven, or fewer where nothing was counted before."""


class UsageRow(UsageTotals):
    """What one link was used for on one UTC day."""

    day: date
    link_id: str


class UsageHistoryOutput(Response):
    """The rows of each day and link, and their sum."""

    organization_id: str
    first_day: date
    last_day: date
    total: UsageTotals
    rows: tuple[UsageRow, ...]


async def current(context: Context, request: UsageCurrent) -> UsageOutput:
    """Return this UTC month's counters, live."""
    organization_id = organization_of(context, request.organization_id)
    today = datetime.now(UTC).date()
    days = await context.services.metering.meter.organization_usage(organization_id, today.replace(day=1), today)
    total = sum(days.values(), start=Units())
    return UsageOutput(organization_id=organization_id, period=f"{today:%Y-%m}", **amounts(total))


async def forecast(context: Context, request: UsageCurrent) -> UsageForecast:
    """Return what this UTC month will come to, at the rate of the last seven days."""
    organization_id = organization_of(context, request.organization_id)
    now = datetime.now(UTC)
    first, month = now.date() - timedelta(days=RATE_DAYS), now.date().replace(day=1)
    meter = context.services.metering.meter
    days = await meter.organization_usage(organization_id, min(first, month), now.date())
    total = sum((units for day, units in days.items() if day >= month), start=Units())
    recent = {day: units for day, units in days.items() if day >= first}
    from_day, expected = extrapolated(total, recent, now)
    return UsageForecast(
        organization_id=organization_id,
        period=f"{month:%Y-%m}",
        **amounts(total),
        forecast=UsageTotals(**amounts(expected)),
        from_day=from_day,
    )


def extrapolated(total: Units, recent: Mapping[date, Units], now: datetime) -> tuple[date, Units]:
    """Return the first day whose rate is taken, and a month's total at that rate; never less than it is already.

    `recent`: the last days up to today, without a gap. Days before the first one that has anything are left out.
    """
    used = (day for day, units in sorted(recent.items()) if units != Units())
    from_day = next(used, now.date())
    elapsed = now - datetime.combine(from_day, time(), UTC)
    next_month = (now.replace(day=1) + timedelta(days=31)).date().replace(day=1)
    left = datetime.combine(next_month, time(), UTC) - now
    factor = left / max(elapsed, timedelta(hours=1))
    rate = Units.total(recent.values())
    return from_day, total + Units(**{unit: round(getattr(rate, unit) * factor) for unit in UNITS})


async def history(context: Context, request: UsageHistory) -> UsageHistoryOutput:
    """Return the counters of each UTC day and link, up to now."""
    organization_id = organization_of(context, request.organization_id)
    today = datetime.now(UTC).date()
    last = request.last_day or today
    first = request.first_day or last.replace(day=1)
    if not timedelta(0) <= last - first < timedelta(days=MAX_DAYS):
        raise BadInput(
            "field_invalid",
            f"last_day must be on or after first_day, and at most {MAX_DAYS} days later.",
            field="last_day",
        )
    ledger = context.services.metering.ledger
    await ledger.settle(organization_id)
    rows = await ledger.history(organization_id, first, last, LinkId(request.link_id) if request.link_id else None)
    return UsageHistoryOutput(
        organization_id=organization_id,
        first_day=first,
        last_day=last,
        total=UsageTotals(**amounts(sum(rows.values(), start=Units()))),
        rows=tuple(UsageRow(day=day, link_id=link_id, **amounts(units)) for (day, link_id), units in rows.items()),
    )


def organization_of(context: Context, organization_id: str) -> OrganizationId:
    """Return the id of an organization that the caller belongs to. Raises NotFound."""
    context.services.accounts.access.require_organization(context.sharer, OrganizationId(organization_id))
    return OrganizationId(organization_id)


def amounts(units: Units) -> dict[str, int]:
    """Return the amounts by their names."""
    return {unit: getattr(units, unit) for unit in UNITS}


OPERATIONS = (
    Operation("usage.current", Scope.USAGE_READ, Effect.READ, Bucket.READ, current),
    Operation("usage.forecast", Scope.USAGE_READ, Effect.READ, Bucket.READ, forecast),
    Operation("usage.history", Scope.USAGE_READ, Effect.READ, Bucket.LIST, history),
)
