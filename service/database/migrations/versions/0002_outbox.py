"""outbox of changed records."""

import sqlalchemy as sa
from alembic import op

from service.database.tables import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "record_changes",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("record_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("spread_at", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("kind", "record_id", name=op.f("pk_record_changes")),
    )
    op.create_index(op.f("ix_record_changes_spread_at"), "record_changes", ["spread_at"], unique=False)
