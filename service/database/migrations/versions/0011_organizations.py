"""Organizations that can be suspended, and listed in pages."""

import sqlalchemy as sa
from alembic import op

from service.database.tables import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("organizations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("suspended_at", UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("suspend_reason", sa.Text(), nullable=True))
    op.create_index("ix_organizations_listing", "organizations", ["created_at", "id"])
