"""Field types that several request and response models share."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, PlainSerializer, StringConstraints

from service.catalogue.credit import MAX_ATTRIBUTION, License, check_attribution
from service.cursors import cursor_text, cursor_values
from service.errors import BadInput


def _written_out(value: object) -> object:
    """Refuse what would be taken for seconds since 1970. Datetimes are dates, too."""
    if isinstance(value, date) or (isinstance(value, str) and "-" in value[1:]):
        return value
    raise ValueError("write it out, as 2026-11-29 or 2026-11-29T18:00:00Z")


Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Description = Annotated[str, Field(max_length=10_000, description="Markdown")]
Attribution = Annotated[
    str,
    AfterValidator(check_attribution),
    Field(max_length=MAX_ATTRIBUTION, description="Whom it is due to: one line of plain text, shown wherever it is"),
]
LicenseOrNone = Annotated[
    License | None, Field(description="An SPDX id, or a title and a url; null in an update takes it away")
]
Identifier = Annotated[str, Field(min_length=1, max_length=64)]
Token = Annotated[str, Field(max_length=200, description="The link's token: the last part of its address")]
Count = Annotated[int, Field(ge=1, le=2**53)]
Zoom = Annotated[int, Field(ge=0, le=30)]
Limit = Annotated[int, Field(ge=1, le=200, description="How many at most")]
Cursor = Annotated[str | None, Field(max_length=300, description="`next_cursor` of the page before")]
Day = Annotated[date, BeforeValidator(_written_out)]
Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_written_out),
    PlainSerializer(lambda value: value.astimezone(UTC).isoformat().replace("+00:00", "Z"), when_used="json"),
]


def write_cursor(created_at: datetime, identifier: str) -> str:
    """Return a cursor that points behind a row."""
    return cursor_text(created_at.isoformat(), identifier)


def read_cursor(cursor: str | None) -> tuple[datetime, str] | None:
    """Return `(created_at, id)` of the row that a cursor points behind. Raises BadInput."""
    if cursor is None:
        return None
    try:
        created_at, identifier = cursor_values(cursor, str, str)
        return datetime.fromisoformat(created_at).astimezone(UTC), identifier
    except (ValueError, OverflowError) as exc:
        raise invalid_cursor() from exc


def invalid_cursor() -> BadInput:
    """Return the error for a cursor that we have not made, or not for this list."""
    detail = "The cursor is invalid: use the one that the previous page returned."
    return BadInput("field_invalid", detail, field="cursor")
