"""Whom items and collections are due to, and by which licence they may be used."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("items", "collections"):
        op.add_column(
            table, sa.Column("attribution", sa.String(length=500), nullable=False, server_default=sa.text("''"))
        )
        op.add_column(table, sa.Column("license", sa.JSON(), nullable=True))
