"""Tables of usage: the ledger that the counters are copied into."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Index, Integer, String, Table, Text

from service.database.tables.columns import AUDITED, NOT_AUDITED, UtcDateTime, metadata

usage_ledger = Table(
    "usage_ledger",
    metadata,
    Column("organization_id", ForeignKey("organizations.id"), primary_key=True),
    Column("link_id", String(32), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("epoch", String(32), primary_key=True),  # of the worker whose share this is
    Column("renders", BigInteger, nullable=False),
    Column("cached", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("downloads", BigInteger, nullable=False),
    Column("views", BigInteger, nullable=False),
    Column("pixels", BigInteger, nullable=False, server_default="0"),
    Column("queries", BigInteger, nullable=False, server_default="0"),
    Column("last_used_at", UtcDateTime),
    Column("seq", BigInteger, nullable=False),  # the worker's last batch when the row changed
    Column("revision", BigInteger, nullable=False),  # the ledger's, when the row changed
    Index("ix_usage_ledger_days", "organization_id", "day"),
    Index("ix_usage_ledger_changes", "organization_id", "revision"),
    Index("ix_usage_ledger_all_changes", "revision"),
    info=NOT_AUDITED,
)

usage_sequence = Table(
    "usage_sequence",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # one row, 1
    Column("revision", BigInteger, nullable=False),  # rises with every change of the ledger, of whichever organization
    info=NOT_AUDITED,
)

usage_epochs = Table(
    "usage_epochs",
    metadata,
    Column("epoch", String(32), primary_key=True),
    Column("organization_id", ForeignKey("organizations.id"), primary_key=True),
    Column("seq", BigInteger, nullable=False),  # the last batch of the worker that the ledger has
    Column("verdicts", Text, nullable=False),
    Column("used_at", UtcDateTime, nullable=False),
    Index("ix_usage_epochs_recent", "organization_id", "used_at"),
    info=NOT_AUDITED,
)

usage_marks = Table(
    "usage_marks",
    metadata,
    Column("organization_id", ForeignKey("organizations.id"), primary_key=True),
    Column("revision", BigInteger, nullable=False),  # of the last change of the organization's ledger
    Column("rev", String(64), nullable=False),  # of the usage hash that was copied last
    Column("settled_at", UtcDateTime, nullable=False),
    info=NOT_AUDITED,
)

budgets = Table(
    "budgets",
    metadata,
    Column("organization_id", ForeignKey("organizations.id"), primary_key=True),
    Column("version", BigInteger, nullable=False, info=NOT_AUDITED),  # rises with every change
    Column("max_renders", BigInteger),  # what the organization allows itself in a month; NULL for no limit
    Column("max_pixels", BigInteger),
    Column("max_bytes", BigInteger),
    Column("max_queries", BigInteger),
    Column("ceiling_renders", BigInteger),  # what the operator allows it
    Column("ceiling_pixels", BigInteger),
    Column("ceiling_bytes", BigInteger),
    Column("ceiling_queries", BigInteger),
    info=AUDITED,
)
