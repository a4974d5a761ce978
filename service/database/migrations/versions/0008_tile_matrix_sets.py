"""The grids that a link offers its tiles in."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("links", sa.Column("tile_matrix_sets", sa.JSON(), nullable=True))
    links = sa.table("links", sa.column("tile_matrix_sets", sa.JSON()))
    op.execute(links.update().values(tile_matrix_sets=["WebMercatorQuad"]))
    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.alter_column("tile_matrix_sets", existing_type=sa.JSON(), nullable=False)
