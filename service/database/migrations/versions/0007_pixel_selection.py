"""Which pixel a collection shows where several rasters lie."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("collections", schema=None) as batch_op:
        batch_op.add_column(sa.Column("pixel_selection", sa.String(length=20), server_default="first", nullable=False))
