"""Budgets: what an organization may use in a calendar month."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from service.accounts.api_keys import Scope
from service.errors import BadInput, NotFound
from service.identifiers import OrganizationId
from service.metering.budgets import LIMITS, Limits
from service.metering.months import month_at, zone_named
from service.operations.account.budget_models import (
    BudgetCeilingSet,
    BudgetLimits,
    BudgetOutput,
    BudgetRef,
    BudgetSet,
    BudgetUsed,
)
from service.operations.account.usage.counters import EVERY_ORGANIZATION, organization_of
from service.operations.core.operation import Bucket, Context, Effect, Operation

if TYPE_CHECKING:
    from service.metering.budgets import Budget


async def get_budget(context: Context, request: BudgetRef) -> BudgetOutput:
    """Return what an organization may use in this calendar month, and what it has used of it, live."""
    organization_id = await _organization_of(context, request)
    return await _output(context, organization_id, await context.services.metering.budgets.get(organization_id))


async def set_budget(context: Context, request: BudgetSet) -> BudgetOutput:
    """Limit what an organization uses in a calendar month; beyond, its links answer 403 `budget_exhausted`.

    It replaces the limits that were set before, and holds at once on all servers, for this month too. No limit may be
    above the operator's.
    """
    organization_id, metering = OrganizationId(request.organization_id), context.services.metering
    context.services.accounts.access.require_organization(context.sharer, organization_id)
    limits = _limits(request)
    _require_within(limits, (await metering.budgets.get(organization_id)).ceiling)
    _require_zone(request.time_zone)
    budget = await metering.budgets.set_own(organization_id, limits, request.time_zone)
    await metering.meter.set_budget(organization_id, budget)
    return await _output(context, organization_id, budget)


async def set_ceiling(context: Context, request: BudgetCeilingSet) -> BudgetOutput:
    """Set the most that an organization's own budget may be, and that it may use without one: for the operator."""
    services, organization_id = context.services, OrganizationId(request.organization_id)
    if not await services.accounts.store.has_organization(organization_id):
        raise NotFound("organization_not_found", "There is no such organization.", field="organization_id")
    budget = await services.metering.budgets.set_ceiling(organization_id, _limits(request))
    await services.metering.meter.set_budget(organization_id, budget)
    return await _output(context, organization_id, budget)


async def _organization_of(context: Context, request: BudgetRef) -> OrganizationId:
    """Return the caller's organization; to operators any one. Raises NotFound."""
    found = await organization_of(context, request.organization_id)
    if found == EVERY_ORGANIZATION:
        raise NotFound("organization_not_found", "Name one organization.", field="organization_id")
    return found


def _limits(request: BudgetCeilingSet) -> Limits:
    return Limits(**{name: getattr(request, name) for name in LIMITS})


def _require_within(limits: Limits, ceiling: Limits) -> None:
    """Raise BadInput where a limit is above the operator's."""
    for name in LIMITS:
        limit, most = getattr(limits, name), getattr(ceiling, name)
        if limit is not None and most is not None and limit > most:
            detail = f"{name} must be at most {most}: the operator of this installation has set it."
            raise BadInput("field_invalid", detail, field=name)


def _require_zone(name: str | None) -> None:
    """Raise BadInput unless a time zone is known. Blocks briefly the first time."""
    try:
        zone_named(name or "")
    except ValueError as exc:
        detail = "time_zone must be a name of the IANA time zone database, as Europe/Berlin or UTC."
        raise BadInput("field_invalid", detail, field="time_zone") from exc


async def _output(context: Context, organization_id: OrganizationId, budget: Budget) -> BudgetOutput:
    month = month_at(datetime.now(UTC), zone_named(budget.time_zone))
    used = await context.services.metering.meter.used(organization_id, month)
    return BudgetOutput(
        **_words(budget.effective),
        organization_id=organization_id,
        time_zone=budget.time_zone,
        period=month.name,
        starts_at=month.starts_at,
        ends_at=month.ends_at,
        used=BudgetUsed(**used),
        own=BudgetLimits(**_words(budget.own)),
        ceiling=BudgetLimits(**_words(budget.ceiling)),
    )


def _words(limits: Limits) -> dict[str, int | None]:
    return {name: getattr(limits, name) for name in LIMITS}


OPERATIONS = (
    Operation("budget.get", Scope.USAGE_READ, Effect.READ, Bucket.READ, get_budget, for_operators=True),
    Operation("budget.set", Scope.ADMIN, Effect.WRITE, Bucket.UPDATE, set_budget),
    Operation("budget.ceiling.set", Scope.OPERATOR, Effect.WRITE, Bucket.UPDATE, set_ceiling),
)
