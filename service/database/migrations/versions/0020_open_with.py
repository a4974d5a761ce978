"""Links that open by a code, and keys that carry a recipient."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("links", sa.Column("open_with", sa.String(length=10), nullable=False, server_default="password"))
    op.add_column("link_keys", sa.Column("recipient", sa.String(length=320), nullable=True))
