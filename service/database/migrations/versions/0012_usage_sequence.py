"""One order of all changes of the ledger, for exports of every organization."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "usage_sequence",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_sequence")),
    )
    op.execute("INSERT INTO usage_sequence (id, revision) SELECT 1, COALESCE(MAX(revision), 0) FROM usage_marks")
    op.create_index("ix_usage_ledger_all_changes", "usage_ledger", ["revision"])
