"""Tables of notices: what happened that somebody wants to know, and the webhooks that it is sent to."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from service.database.tables.columns import AUDITED, HIDDEN, NOT_AUDITED, UtcDateTime, metadata

notices = Table(
    "notices",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("cause", String(64), nullable=False, unique=True),  # a digest: what causes one notice causes no second
    Column("type", String(30), nullable=False),
    Column("organization_id", ForeignKey("organizations.id"), nullable=False),
    Column("link_id", String(32)),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("data", JSON, nullable=False),
    info=NOT_AUDITED,
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("organization_id", ForeignKey("organizations.id"), nullable=False, index=True),
    Column("url", Text, nullable=False),
    Column("description", String(200), nullable=False),
    Column("events", JSON, nullable=False),  # types of notices; empty: all
    Column("secret", LargeBinary, nullable=False, info=HIDDEN),  # sealed
    Column("created_by", ForeignKey("users.id"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False, info=NOT_AUDITED),
    Column("failing_since", UtcDateTime, info=NOT_AUDITED),  # null: the last delivery arrived, or there was none
    Column("disabled_at", UtcDateTime),
    Column("disabled_reason", String(300)),
    info=AUDITED,
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("notice_id", ForeignKey("notices.id"), primary_key=True),
    Column("webhook_id", ForeignKey("webhooks.id"), primary_key=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("next_attempt_at", UtcDateTime, index=True),  # null: delivered, or given up
    Column("attempts", Integer, nullable=False),
    Column("delivered_at", UtcDateTime),
    Column("response_status", Integer),  # of the last attempt, where there was an answer
    Column("error", String(300)),
    Index("ix_webhook_deliveries_listing", "webhook_id", "created_at", "notice_id"),
    info=NOT_AUDITED,
)
"""The outbox of webhooks."""
