"""The table of first answers, for calls that are sent again."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, String, Table

from service.database.tables.columns import NOT_AUDITED, UtcDateTime, metadata

first_answers = Table(
    "first_answers",
    metadata,
    Column("id", String(64), primary_key=True),  # a digest of who asked, what for, and the Idempotency-Key
    Column("body_digest", String(64), nullable=False),
    Column("begun_at", UtcDateTime, nullable=False, index=True),
    Column("answer", LargeBinary),  # sealed; NULL until there is one
    info=NOT_AUDITED,
)
