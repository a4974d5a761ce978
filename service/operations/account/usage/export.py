"""The export of usage, as billing jobs read it."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field
from redis.exceptions import RedisError

from service.accounts.api_keys import Scope
from service.errors import BadInput
from service.identifiers import OrganizationId
from service.metering.export import Grouping, Mark
from service.metering.usage import UNITS
from service.operations.account.usage.counters import (
    EVERY_ORGANIZATION,
    OrganizationOrAll,
    UsageTotals,
    amounts,
    organization_of,
)
from service.operations.core.fields import Day, Instant
from service.operations.core.operation import Bucket, Context, Effect, Operation, Request, Response, Table

MAX_ROWS = 10_000
CLOSING = timedelta(minutes=1)
"""After the end of a UTC day, for what was counted in its last second."""


class UsageExportRequest(Request):
    """Name an organization, and the mark of the last export. A mark of all organizations goes with all of them."""

    organization_id: OrganizationOrAll
    since: Annotated[
        str | None, Field(max_length=300, description="`high_water_mark` of the export before; none: from the start")
    ] = None
    by: Annotated[Grouping, Field(description="What a row is the total of, on each UTC day")] = Grouping.LINK
    first_day: Annotated[Day | None, Field(description="Only UTC days from this one on")] = None
    last_day: Annotated[Day | None, Field(description="Only UTC days up to this one")] = None
    limit: Annotated[int, Field(ge=1, le=MAX_ROWS, description="How many rows at most")] = 1000
    format: Annotated[Literal["json", "csv"], Field(description="csv: a table with a header line")] = "json"


class UsageExportRow(UsageTotals):
    """All that was counted on a UTC day: a total, which replaces the one that was exported before."""

    day: date
    organization_id: str
    project_id: str | None
    link_id: str | None
    last_used_at: Instant | None


class UsageExportOutput(Response):
    """The rows that changed since the mark, in the order of their changes."""

    organization_id: str
    by: Grouping
    rows: tuple[UsageExportRow, ...]
    high_water_mark: str
    """Send it as `since` next time, once the rows are stored."""
    more: bool
    """Whether there are more rows already."""
    settled_at: Instant | None
    """Everything that was counted before is in the ledger."""
    complete_through: date | None
    """The last UTC day that has ended and is in the ledger."""


async def export(context: Context, request: UsageExportRequest) -> UsageExportOutput:
    """Return what changed since a mark, for a billing job.

    Each row is a whole total of a UTC day: store it in place of the one before. Asked with the mark that it gave last,
    the export gives every row that changed since, and misses none.
    """
    services = context.services
    organization_id = await organization_of(context, request.organization_id)
    since = _mark(request.since)
    settled_at = await _settle(context, organization_id)
    rows = await services.metering.export.rows(
        None if organization_id == EVERY_ORGANIZATION else organization_id,
        request.by,
        since,
        first_day=request.first_day,
        last_day=request.last_day,
        limit=request.limit + 1,
    )
    page = rows[: request.limit]
    return UsageExportOutput(
        organization_id=organization_id,
        by=request.by,
        rows=tuple(
            UsageExportRow(
                day=row.day,
                organization_id=row.organization_id,
                project_id=row.project_id,
                link_id=row.link_id,
                last_used_at=row.last_used_at,
                **amounts(row.units),
            )
            for row in page
        ),
        high_water_mark=(page[-1].mark if page else since).text(),
        more=len(rows) > len(page),
        settled_at=settled_at,
        complete_through=settled_at and (settled_at - CLOSING).date() - timedelta(days=1),
    )


async def _settle(context: Context, organization_id: OrganizationId) -> datetime | None:
    """Bring the ledger up to date where that is possible; return the moment before which it has all."""
    metering, began = context.services.metering, datetime.now(UTC)
    if organization_id != EVERY_ORGANIZATION:
        with suppress(RedisError, OSError):  # what is settled is available without it
            await metering.ledger.settle(organization_id)
        return await metering.export.settled_at(organization_id)
    try:
        await metering.ledger.settle_all()
    except (RedisError, OSError):
        return None
    return began


def table(request: UsageExportRequest, output: UsageExportOutput) -> Table | None:
    """Return the rows as CSV where they are asked for so; the mark goes into headers."""
    if request.format == "json":
        return None
    text, told = io.StringIO(), output.model_dump(mode="json")
    columns = ["day", "organization_id", "project_id", "link_id", *UNITS, "last_used_at"]
    writer = csv.DictWriter(text, columns, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(told["rows"])
    headers = {"X-High-Water-Mark": output.high_water_mark, "X-More": str(int(output.more))}
    if output.settled_at is not None:
        headers["X-Settled-At"] = told["settled_at"]
        headers["X-Complete-Through"] = told["complete_through"]
    return Table(csv=text.getvalue(), headers=headers)


def _mark(text: str | None) -> Mark:
    try:
        return Mark.parse(text) if text else Mark()
    except ValueError as exc:
        raise BadInput(
            "field_invalid", "since is invalid: use the mark that the previous export returned.", field="since"
        ) from exc


OPERATIONS = (
    Operation(
        "usage.export",
        Scope.USAGE_READ,
        Effect.READ,
        Bucket.LIST,
        export,
        table=table,
        for_operators=True,
        exports=lambda _: True,
    ),
)
