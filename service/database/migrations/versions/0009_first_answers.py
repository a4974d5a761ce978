"""First answers to requests with an Idempotency-Key."""

import sqlalchemy as sa
from alembic import op

from service.database.tables import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "first_answers",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("body_digest", sa.String(length=64), nullable=False),
        sa.Column("begun_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_first_answers")),
    )
    op.create_index(op.f("ix_first_answers_begun_at"), "first_answers", ["begun_at"])
