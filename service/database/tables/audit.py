"""The table of the audit log. Its triggers refuse to change a row, and to remove one that is still to be kept."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, String, Table

from service.database.tables.columns import NOT_AUDITED, UtcDateTime, metadata

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("keep_until", UtcDateTime, nullable=False, index=True),
    Column("organization_id", String(32)),  # whose record was changed; null: nobody's, as of a user
    Column("operation", String(60), nullable=False),
    Column("actor_type", String(10), nullable=False),
    Column("actor_id", String(210), nullable=False),
    Column("api_key_id", String(32)),
    Column("client", String(64), nullable=False),  # as much of the address as is kept
    Column("target_type", String(40), nullable=False),
    Column("target_id", String(400), nullable=False),
    Column("before", JSON(none_as_null=True)),
    Column("after", JSON(none_as_null=True)),
    Index("ix_audit_log_listing", "organization_id", "at", "id"),
    Index("ix_audit_log_actors", "organization_id", "actor_id", "at"),
    Index("ix_audit_log_targets", "organization_id", "target_id", "at"),
    info=NOT_AUDITED,
)
