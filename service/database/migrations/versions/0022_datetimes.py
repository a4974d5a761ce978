"""When that was which an item shows."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("items", sa.Column("datetime", sa.String(80), nullable=True))
