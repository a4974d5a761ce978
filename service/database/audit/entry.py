"""What the log says of a changed row: its fields before and after, and nothing of a secret."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from service.database.tables.columns import AUDIT, Audited

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Column, Table

Fields: TypeAlias = dict[str, Any]

SET, CHANGED = "set", "changed"
"""What is written in place of a value that is not shown."""
SECRET = re.compile(r"secret|passw|token|hash|sealed|digest|signature|(^|_)(key|code)$|(^|_)content$", re.IGNORECASE)
"""Names of fields whose values are shown to nobody, whether or not they were declared so."""
LONGEST_VALUE = 16_000
"""Characters of a value as JSON; a longer one, such as the area of a link, is not kept twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What was done to one thing."""

    target_type: str
    """What it is, as the table of such things is named, in the singular: `link`, `api_key`."""
    target_id: str
    before: Fields | None = None
    """The fields that have changed, as they were; None of what is new."""
    after: Fields | None = None
    """As they are now; None of what is gone."""


def entry_of(table: Table, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Entry | None:
    """Return what to write of a row that was as `before` and is as `after`; None where nothing has changed."""
    row = after if after is not None else before
    if row is None:
        return None
    columns = audited_columns(table)
    if before is not None and after is not None:
        columns = [column for column in columns if before[column.name] != after[column.name]]
        if not columns:
            return None
    is_change = before is not None and after is not None
    return Entry(
        target_type=table.name.removesuffix("s"),
        target_id="/".join(str(row[column.name]) for column in table.primary_key),
        before=_fields(columns, before, SET, keep_none=is_change),
        after=_fields(columns, after, CHANGED if is_change else SET, keep_none=is_change),
    )


def audited_columns(table: Table) -> list[Column[Any]]:
    """Return the columns of which the log has something."""
    return [column for column in table.columns if column.info.get(AUDIT) is not Audited.NOTHING]


def shown_fields(values: Mapping[str, Any]) -> Fields:
    """Return the fields of a request as they are written down."""
    return {
        name: SET if SECRET.search(name) else _plain(value, SET) for name, value in values.items() if value is not None
    }


def _fields(
    columns: Sequence[Column[Any]], row: Mapping[str, Any] | None, hidden: str, *, keep_none: bool
) -> Fields | None:
    if row is None:
        return None
    values = {column.name: _shown(column, row[column.name], hidden) for column in columns}
    return {name: value for name, value in values.items() if keep_none or value is not None}


def _shown(column: Column[Any], value: object, hidden: str) -> object:
    if value is None:
        return None
    is_hidden = column.info.get(AUDIT) is Audited.HIDDEN or (SECRET.search(column.name) and not column.primary_key)
    return hidden if is_hidden else _plain(value, hidden)


def _plain(value: object, instead: str) -> object:
    """Return a value as JSON takes it; `instead` of what is too long, or no text."""
    if isinstance(value, bytes):
        return instead
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    text = json.dumps(value, default=str)
    return instead if len(text) > LONGEST_VALUE else json.loads(text)
