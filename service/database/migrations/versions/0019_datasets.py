"""What is known of items that are archives of tiles, or features."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("items", sa.Column("dataset", sa.JSON(), nullable=True))
