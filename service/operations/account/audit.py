"""The audit log: who made, changed, revoked and exported what, and who signed in."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from service.accounts.api_keys import Scope
from service.database.audit.log import Wanted
from service.database.audit.scope import ActorType
from service.identifiers import OrganizationId
from service.operations.core.fields import Cursor, Identifier, Instant, read_cursor, write_cursor
from service.operations.core.operation import Bucket, Context, Effect, Operation, Request, Response, Table

if TYPE_CHECKING:
    from service.database.audit.log import Record

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection)."""


class AuditListRequest(Request):
    """Name an organization, and which rows of its log."""

    organization_id: Identifier
    actor_id: Annotated[str | None, Field(max_length=200, description="Only what this user did: usr_…")] = None
    target_id: Annotated[
        str | None, Field(max_length=400, description="Only what was done to this link, item, key, project …")
    ] = None
    operation: Annotated[str | None, Field(max_length=60, description="Only by this operation, or `sign_in`")] = None
    since: Annotated[Instant | None, Field(description="Only from this time on")] = None
    until: Annotated[Instant | None, Field(description="Only before this time")] = None
    limit: Annotated[int, Field(ge=1, le=1000, description="How many rows at most")] = 100
    cursor: Cursor = None
    format: Annotated[Literal["json", "csv"], Field(description="csv: a table with a header line")] = "json"


class AuditRow(Response):
    """What was done to one thing by one call."""

    id: str
    at: Instant
    operation: str
    """Its id; `sign_in` for the first call of a user, key and network on a UTC day; `tilegate …` for a command."""
    actor_type: ActorType
    actor_id: str
    """A user's id; of who only signed in, the subject of their token; of a command, who ran it."""
    actor_email: str | None
    api_key_id: str | None
    client: str
    """The client's network, /24 or /48, unless the operator keeps whole addresses, or none."""
    target_type: str
    target_id: str
    """Of what is part of something, both ids with a slash between them: project and user of a member."""
    before: dict[str, Any] | None
    """The fields that were changed, as they were. Secrets are never shown: `set`, and after it `changed`."""
    after: dict[str, Any] | None
    """As they are then. Of a call that changed no record, such as an export: what it was asked for."""


class AuditPage(Response):
    """Rows of the log, newest first."""

    organization_id: str
    rows: tuple[AuditRow, ...]
    next_cursor: str | None


async def list_audit(context: Context, request: AuditListRequest) -> AuditPage:
    """List who made, changed, revoked or exported what in an organization, and who signed in.

    The log is written in the same transaction as the change, and nobody can change it. What an operator does to an
    organization is in its log and in that of the operator's own.
    """
    organization_id = OrganizationId(request.organization_id)
    context.services.accounts.access.require_organization(context.sharer, organization_id)
    wanted = Wanted(
        actor_id=request.actor_id,
        target_id=request.target_id,
        operation=request.operation,
        since=request.since,
        until=request.until,
    )
    found = await context.services.accounts.audit.list(
        organization_id, wanted, before=read_cursor(request.cursor), limit=request.limit + 1
    )
    page = found[: request.limit]
    more = write_cursor(page[-1].at, page[-1].id) if len(found) > request.limit else None
    return AuditPage(organization_id=organization_id, rows=tuple(_row(record) for record in page), next_cursor=more)


def table(request: AuditListRequest, output: AuditPage) -> Table | None:
    """Return the rows as CSV where they are asked for so; the cursor goes into a header."""
    if request.format == "json":
        return None
    text = io.StringIO()
    writer = csv.DictWriter(text, list(AuditRow.model_fields), lineterminator="\r\n")
    writer.writeheader()
    for row in output.model_dump(mode="json")["rows"]:
        writer.writerow({name: _cell(value) for name, value in row.items()})
    headers = {} if output.next_cursor is None else {"X-Next-Cursor": output.next_cursor}
    return Table(csv=text.getvalue(), headers={"X-More": str(int(output.next_cursor is not None)), **headers})


def _cell(value: object) -> str:
    """Return a value as a cell that no spreadsheet takes for a formula; fields are a JSON object."""
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(FORMULA) else text


def _row(record: Record) -> AuditRow:
    return AuditRow(**{name: getattr(record, name) for name in AuditRow.model_fields})


OPERATIONS = (
    Operation(
        "audit.list",
        Scope.ADMIN,
        Effect.READ,
        Bucket.LIST,
        list_audit,
        table=table,
        exports=lambda request: request.format == "csv",
    ),
)
