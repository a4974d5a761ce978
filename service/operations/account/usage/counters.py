"""Usage: what an organization's links were used for."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from pydantic import Field
from redis.exceptions import RedisError

from service.accounts.api_keys import Scope
from service.errors import BadInput, NotFound
from service.identifiers import LinkId, OrganizationId
from service.metering.usage import UNITS, Units
from service.operations.core.fields import Day, Identifier
from service.operations.core.operation import Bucket, Context, Effect, Operation, Request, Response

MAX_DAYS = 400


EVERY_ORGANIZATION = "*"
"""In place of an organization's id, for operators: all of them together."""
OrganizationOrAll = Annotated[Identifier, Field(description="Yours; for operators any one, or * for all")]


class UsageCurrent(Request):
    """Name an organization."""

    organization_id: OrganizationOrAll


class UsageHistory(Request):
    """Name an organization and UTC days, both included."""

    organization_id: OrganizationOrAll
    first_day: Day | None = Field(None, description="Default: the first day of this month")
    last_day: Day | None = Field(None, description="Default: today")
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


class UsageRow(UsageTotals):
    """What one link was used for on one UTC day; of all organizations, what all links were used for."""

    day: date
    link_id: str | None


class UsageHistoryOutput(Response):
    """The rows of each day and link, and their sum."""

    organization_id: str
    first_day: date
    last_day: date
    total: UsageTotals
    rows: tuple[UsageRow, ...]


async def current(context: Context, request: UsageCurrent) -> UsageOutput:
    """Return this UTC month's counters, live."""
    organization_id = await organization_of(context, request.organization_id)
    today = datetime.now(UTC).date()
    total = sum((await days_of(context, organization_id, today.replace(day=1), today)).values(), start=Units())
    return UsageOutput(organization_id=organization_id, period=f"{today:%Y-%m}", **amounts(total))


async def history(context: Context, request: UsageHistory) -> UsageHistoryOutput:
    """Return the counters of each UTC day and link, up to now."""
    organization_id = await organization_of(context, request.organization_id)
    today = datetime.now(UTC).date()
    last = request.last_day or today
    first = request.first_day or last.replace(day=1)
    if not timedelta(0) <= last - first < timedelta(days=MAX_DAYS):
        raise BadInput(
            "field_invalid",
            f"last_day must be on or after first_day, and at most {MAX_DAYS} days later.",
            field="last_day",
        )
    rows = await _rows(context, organization_id, first, last, LinkId(request.link_id) if request.link_id else None)
    return UsageHistoryOutput(
        organization_id=organization_id,
        first_day=first,
        last_day=last,
        total=UsageTotals(**amounts(sum(rows.values(), start=Units()))),
        rows=tuple(UsageRow(day=day, link_id=link_id, **amounts(units)) for (day, link_id), units in rows.items()),
    )


async def _rows(
    context: Context, organization_id: OrganizationId, first: date, last: date, link_id: LinkId | None
) -> dict[tuple[date, LinkId | None], Units]:
    """Return the settled totals of each UTC day and link; of all organizations those of each day."""
    ledger = context.services.metering.ledger
    if organization_id != EVERY_ORGANIZATION:
        await ledger.settle(organization_id)
        found = await ledger.history(organization_id, first, last, link_id)
        return {(day, link): units for (day, link), units in found.items()}
    if link_id is not None:
        raise BadInput("field_invalid", "Name the organization of the link.", field="organization_id")
    return {(day, None): units for day, units in (await days_of(context, organization_id, first, last)).items()}


async def days_of(context: Context, organization_id: OrganizationId, first: date, last: date) -> dict[date, Units]:
    """Return the totals of each UTC day, live; of all organizations those that the ledger has, settled for this."""
    metering = context.services.metering
    if organization_id != EVERY_ORGANIZATION:
        return await metering.meter.organization_usage(organization_id, first, last)
    with suppress(RedisError, OSError):  # what is settled is available without it
        await metering.ledger.settle_all()
    return await metering.ledger.all_days(first, last)


async def organization_of(context: Context, organization_id: str) -> OrganizationId:
    """Return the id of an organization that the caller belongs to; to operators of any, or `*`. Raises NotFound."""
    accounts, found = context.services.accounts, OrganizationId(organization_id)
    if Scope.OPERATOR not in context.sharer.scopes:
        accounts.access.require_organization(context.sharer, found)
    elif found != EVERY_ORGANIZATION and not await accounts.store.has_organization(found):
        raise NotFound("organization_not_found", "There is no such organization.", field="organization_id")
    return found


def amounts(units: Units) -> dict[str, int]:
    """Return the amounts by their names."""
    return {unit: getattr(units, unit) for unit in UNITS}


OPERATIONS = (
    Operation("usage.current", Scope.USAGE_READ, Effect.READ, Bucket.READ, current, for_operators=True),
    Operation("usage.history", Scope.USAGE_READ, Effect.READ, Bucket.LIST, history, for_operators=True),
)
