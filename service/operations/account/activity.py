"""What a link was used for, and by whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from service.accounts.api_keys import Scope
from service.accounts.members import Role
from service.metering.usage import Units
from service.operations.account.activity_models import (
    DayUsage,
    LinkEvent,
    LinkEvents,
    LinkEventsRequest,
    LinkStats,
    LinkStatsRequest,
)
from service.operations.account.usage.counters import UsageTotals, amounts
from service.operations.core.fields import read_cursor, write_cursor
from service.operations.core.operation import Bucket, Context, Effect, Operation
from service.operations.links.create import link_for
from service.operations.links.views import remaining_views


async def link_stats(context: Context, request: LinkStatsRequest) -> LinkStats:
    """Return what a link was used for: views, renders, pixels, bytes, downloads, queries, in all and by UTC day."""
    services = context.services
    link = await link_for(context, request.link_id, Role.VIEWER)
    last = datetime.now(UTC).date()
    first = last - timedelta(days=request.days - 1)
    await services.metering.ledger.settle(link.organization_id)
    rows = await services.metering.ledger.history(link.organization_id, first, last, link.id)
    usage = (await services.metering.meter.link_usage(link.organization_id, [link.id]))[link.id]
    days = (first + timedelta(days=n) for n in range(request.days))
    return LinkStats(
        id=link.id,
        total=UsageTotals(**amounts(usage.units)),
        last_used_at=usage.last_used_at,
        remaining_views=remaining_views(link, usage),
        days=tuple(DayUsage(day=day, **amounts(rows.get((day, link.id), Units()))) for day in days),
    )


async def link_events(context: Context, request: LinkEventsRequest) -> LinkEvents:
    """List who used a link: when, what, with which outcome, from where, by which named key."""
    services = context.services
    link = await link_for(context, request.link_id, Role.EDITOR)
    await services.events.log.flush()
    found = await services.events.store.list(
        link.id,
        kind=request.kind,
        key_id=request.key_id,
        before=read_cursor(request.cursor),
        limit=request.limit + 1,
    )
    page = found[: request.limit]
    labels = await services.links.named_keys.labels(sorted({event.key_id for event in page if event.key_id}))
    more = write_cursor(page[-1].at, page[-1].id) if len(found) > request.limit else None
    events = tuple(
        LinkEvent(
            id=event.id,
            at=event.at,
            kind=event.kind,
            status=event.status,
            client=event.client,
            user_agent=event.user_agent,
            key_id=event.key_id,
            key_label=labels.get(event.key_id or ""),
            count=event.count,
        )
        for event in page
    )
    return LinkEvents(events=events, next_cursor=more)


OPERATIONS = (
    Operation("share.link.stats", Scope.SHARES_READ, Effect.READ, Bucket.LIST, link_stats),
    Operation("share.link.events", Scope.SHARES_READ, Effect.READ, Bucket.LIST, link_events),
)
