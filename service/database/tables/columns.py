"""What all tables are made with: aware UTC times, and names of indexes and constraints."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import DateTime, MetaData, TypeDecorator
from sqlalchemy.engine import Dialect

AUDIT = "audit"


class Audited(StrEnum):
    """What the audit log has of a table or a column. Each table says one of the first three, in its `info`."""

    CHANGES = "changes"
    ADDITIONS = "additions"
    NOTHING = "nothing"
    HIDDEN = "hidden"
    """Of a column: that its value was set or has changed, and not what it is."""


AUDITED = {AUDIT: Audited.CHANGES}
"""Each row that is made, changed or removed."""
AUDITED_ADDITIONS = {AUDIT: Audited.ADDITIONS}
"""Each row that is made: what becomes of it is the service's own work, as with letters in an outbox."""
NOT_AUDITED = {AUDIT: Audited.NOTHING}
"""Counters, caches, outboxes and other books of the service. A column: what changes by itself."""
HIDDEN = {AUDIT: Audited.HIDDEN}
"""A secret, or too much to be kept twice."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime. SQLite forgets the zone of what it stores; here it is put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the value in UTC. Raises ValueError on a naive one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime was about to be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the stored value as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
