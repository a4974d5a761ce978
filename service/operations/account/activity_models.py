"""Request and response bodies of what a link was used for, and by whom."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from service.links.events.event import EventKind
from service.operations.account.usage.counters import UsageTotals
from service.operations.core.fields import Cursor, Identifier, Instant, Limit
from service.operations.core.operation import Request, Response


class LinkStatsRequest(Request):
    """Name a link, and how many UTC days back."""

    link_id: Identifier
    days: Annotated[int, Field(ge=1, le=400, description="UTC days, today the last")] = 30


class DayUsage(UsageTotals):
    """What a link was used for on one UTC day."""

    day: date


class LinkStats(Response):
    """What a link was used for: over its life, live, and on each of the last UTC days."""

    id: str
    total: UsageTotals
    last_used_at: Instant | None
    remaining_views: int | None
    """None for no limit."""
    days: tuple[DayUsage, ...]
    """Oldest first; also those on which nothing was used."""


class LinkEventsRequest(Request):
    """Name a link."""

    link_id: Identifier
    kind: EventKind | None = None
    key_id: Identifier | None = Field(None, description="Only by this named key")
    limit: Limit = 50
    cursor: Cursor = None


class LinkEvent(Response):
    """Alike events within a minute."""

    id: str
    at: Instant
    """Of the first one."""
    kind: EventKind
    status: int
    """Of the answers, as HTTP has it."""
    client: str
    """The client's network, /24 or /48, unless the operator keeps whole addresses, or none."""
    user_agent: str
    key_id: str | None
    key_label: str | None
    """Of a named key."""
    count: int


class LinkEvents(Response):
    """Events, newest first. What another worker saw may come some seconds late."""

    events: tuple[LinkEvent, ...]
    next_cursor: str | None
