"""What a month will come to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from service.accounts.api_keys import Scope
from service.metering.budgets import BUDGETED
from service.metering.months import Month, month_at, zone_named
from service.metering.usage import UNITS, Units
from service.operations.account.budget_models import BudgetOutlook
from service.operations.account.usage.counters import (
    EVERY_ORGANIZATION,
    UsageCurrent,
    UsageOutput,
    UsageTotals,
    amounts,
    days_of,
    organization_of,
)
from service.operations.core.operation import Bucket, Context, Effect, Operation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from service.identifiers import OrganizationId

RATE_DAYS = 6
"""Days beside today whose rate a forecast goes by."""


class UsageForecast(UsageOutput):
    """This UTC month so far, and what it will come to at the rate of the last days."""

    forecast: UsageTotals
    from_day: date
    """The first of the days whose rate is taken: seven, or fewer where nothing was counted before."""
    budget: tuple[BudgetOutlook, ...]
    """Of each unit that has a limit, in this calendar month of the organization's time zone."""


async def forecast(context: Context, request: UsageCurrent) -> UsageForecast:
    """Return what this UTC month will come to, at the rate of the last seven days, and how far the budget will last."""
    organization_id = await organization_of(context, request.organization_id)
    now = datetime.now(UTC)
    first, month = now.date() - timedelta(days=RATE_DAYS), now.date().replace(day=1)
    days = await days_of(context, organization_id, min(first, month), now.date())
    total = sum((units for day, units in days.items() if day >= month), start=Units())
    recent = {day: units for day, units in days.items() if day >= first}
    from_day, rate = rate_of(recent, now)
    ends_at = month_at(now, UTC).ends_at
    return UsageForecast(
        organization_id=organization_id,
        period=f"{month:%Y-%m}",
        **amounts(total),
        forecast=UsageTotals(**amounts(total + rate.over(ends_at - now))),
        from_day=from_day,
        budget=await _outlook(context, organization_id, rate, now),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What was used in some time."""

    units: Units
    elapsed: timedelta

    def over(self, time: timedelta) -> Units:
        """Return what is used in some time at this rate."""
        factor = time / self.elapsed
        return Units(**{unit: round(getattr(self.units, unit) * factor) for unit in UNITS})


def rate_of(recent: Mapping[date, Units], now: datetime) -> tuple[date, Rate]:
    """Return the first day whose rate is taken, and the rate.

    `recent`: the last days up to today, without a gap. Days before the first one that has anything are left out.
    """
    used = (day for day, units in sorted(recent.items()) if units != Units())
    from_day = next(used, now.date())
    elapsed = now - datetime.combine(from_day, time(), UTC)
    return from_day, Rate(units=Units.total(recent.values()), elapsed=max(elapsed, timedelta(hours=1)))


async def _outlook(
    context: Context, organization_id: OrganizationId, rate: Rate, now: datetime
) -> tuple[BudgetOutlook, ...]:
    """Return how far the organization's budget will last; of all organizations together nothing."""
    if organization_id == EVERY_ORGANIZATION:
        return ()
    metering = context.services.metering
    budget = await metering.budgets.get(organization_id)
    month = month_at(now, zone_named(budget.time_zone))
    used = await metering.meter.used(organization_id, month)
    limits = zip(BUDGETED, budget.effective.as_tuple(), strict=True)
    return tuple(outlook(unit, limit, used[unit], rate, month, now) for unit, limit in limits if limit is not None)


def outlook(unit: str, limit: int, used: int, rate: Rate, month: Month, now: datetime) -> BudgetOutlook:
    """Return where a unit will be at the end of a month, and when it reaches its limit."""
    expected, recent = used + getattr(rate.over(month.ends_at - now), unit), getattr(rate.units, unit)
    reached_on = None
    if used >= limit:
        reached_on = now.astimezone(month.ends_at.tzinfo).date()
    elif recent and expected >= limit:
        at = now + (limit - used) / recent * rate.elapsed
        reached_on = min(at, month.ends_at - timedelta(seconds=1)).astimezone(month.ends_at.tzinfo).date()
    return BudgetOutlook(unit=unit, limit=limit, used=used, forecast=expected, reached_on=reached_on)


OPERATIONS = (Operation("usage.forecast", Scope.USAGE_READ, Effect.READ, Bucket.READ, forecast, for_operators=True),)
