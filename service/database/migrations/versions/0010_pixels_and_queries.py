"""Pixels and queries in the ledger.

Rows of before have none of them: they were not counted.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for unit in ("pixels", "queries"):
        column = sa.Column(unit, sa.BigInteger(), nullable=False, server_default="0")
        op.add_column("usage_ledger", column)
