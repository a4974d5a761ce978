"""Files that were being read when a process died."""

import sqlalchemy as sa
from alembic import op

from service.database.tables import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "suspects",
        sa.Column("version_key", sa.String(length=32), nullable=False),
        sa.Column("deaths", sa.Integer(), nullable=False),
        sa.Column("blamed_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version_key", name=op.f("pk_suspects")),
    )
