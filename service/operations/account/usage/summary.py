"""What an organization's links were used for, in sums: month by month, and link by link."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

from pydantic import Field
from redis.exceptions import RedisError

from service.accounts.api_keys import Scope
from service.errors import BadInput
from service.operations.account.usage.counters import EVERY_ORGANIZATION, UsageTotals, amounts, organization_of
from service.operations.catalogue.items import projects_for
from service.operations.core.fields import Identifier
from service.operations.core.operation import Bucket, Context, Effect, Operation, Request, Response

if TYPE_CHECKING:
    from service.identifiers import LinkId

MONTHS = 12
MONTH = r"^2[0-9]{3}-(0[1-9]|1[0-2])$"


class UsageSummaryRequest(Request):
    """Name an organization, and a month."""

    organization_id: Annotated[Identifier, Field(description="Yours; for operators any one")]
    month: Annotated[str | None, Field(pattern=MONTH, description="Whose links: 2026-11. Default: this UTC month")] = (
        None
    )
    limit: Annotated[int, Field(ge=1, le=200, description="Links at most")] = 100


class MonthUsage(UsageTotals):
    """The totals of a month of UTC days."""

    month: str


class LinkUsageInMonth(UsageTotals):
    """The totals of a link in the month that was asked for."""

    link_id: str
    name: str | None
    """None where you may not see the link."""


class UsageSummary(Response):
    """Sums, up to now."""

    organization_id: str
    months: tuple[MonthUsage, ...]
    """Those of the last twelve in which anything was used, the newest first."""
    month: str
    links: tuple[LinkUsageInMonth, ...]
    """Of that month, those with most renders first."""
    more: bool
    """Whether there are more links than that."""


async def summary(context: Context, request: UsageSummaryRequest) -> UsageSummary:
    """Return the sums of the last twelve months, and of the links that were used most in one."""
    organization_id = await organization_of(context, request.organization_id)
    if organization_id == EVERY_ORGANIZATION:
        raise BadInput("field_invalid", "Name one organization.", field="organization_id")
    metering, today = context.services.metering, datetime.now(UTC).date()
    with suppress(RedisError, OSError):  # what is settled is available without it
        await metering.ledger.settle(organization_id)
    first = first_day(request.month or f"{today:%Y-%m}")
    months = await metering.sums.months(organization_id, _months_before(today, MONTHS - 1), today)
    links = await metering.sums.links(organization_id, first, last_day(first), request.limit + 1)
    shown = list(links)[: request.limit]
    names = await _names(context, shown)
    return UsageSummary(
        organization_id=organization_id,
        months=tuple(MonthUsage(month=month, **amounts(units)) for month, units in months.items()),
        month=f"{first:%Y-%m}",
        links=tuple(LinkUsageInMonth(link_id=one, name=names.get(one), **amounts(links[one])) for one in shown),
        more=len(links) > len(shown),
    )


async def _names(context: Context, link_ids: list[LinkId]) -> dict[LinkId, str]:
    """Return the names of those links that the caller may see."""
    if not context.sharer.holds(Scope.SHARES_READ):
        return {}
    projects = set(await projects_for(context, None))
    links = await context.services.links.store.get_all(link_ids)
    return {link.id: link.name for link in links if link.project_id in projects}


def first_day(month: str) -> date:
    """Return the first day of a month, named as `MONTH` has it."""
    return date(int(month[:4]), int(month[5:]), 1)


def last_day(first: date) -> date:
    """Return the last day of a month."""
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _months_before(today: date, months: int) -> date:
    """Return the first day of the month so many months before."""
    index = today.year * 12 + today.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)


OPERATIONS = (Operation("usage.summary", Scope.USAGE_READ, Effect.READ, Bucket.LIST, summary, for_operators=True),)
