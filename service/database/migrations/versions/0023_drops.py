"""Links that take files and show nothing."""

import sqlalchemy as sa
from alembic import op

from service.database.tables import UtcDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("links", sa.Column("drop_file_bytes", sa.BigInteger(), nullable=True))
    op.add_column("links", sa.Column("drop_total_bytes", sa.BigInteger(), nullable=True))
    op.add_column("links", sa.Column("drop_types", sa.JSON(), nullable=True))
    op.execute(sa.table("links", sa.column("drop_types", sa.JSON())).update().values(drop_types=[]))
    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.alter_column("drop_types", existing_type=sa.JSON(), nullable=False)
    op.create_table(
        "drop_totals",
        sa.Column("link_id", sa.String(length=32), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_drop_totals_link_id_links")),
        sa.PrimaryKeyConstraint("link_id", name=op.f("pk_drop_totals")),
    )
    op.create_table(
        "drop_uploads",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("link_id", sa.String(length=32), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("is_ending", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_drop_uploads_link_id_links")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drop_uploads")),
    )
    op.create_index(op.f("ix_drop_uploads_begun_at"), "drop_uploads", ["begun_at"])
