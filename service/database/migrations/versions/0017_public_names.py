"""Whether the name of a link is said to who has but its address."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("links", sa.Column("public_name", sa.Boolean(), nullable=False, server_default="0"))
