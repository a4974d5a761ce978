"""Budgets of organizations, and the time zones whose months they are for."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

UNITS = ("renders", "pixels", "bytes", "queries")


def upgrade() -> None:
    op.add_column("organizations", sa.Column("time_zone", sa.String(64), nullable=False, server_default="UTC"))
    op.create_table(
        "budgets",
        sa.Column("organization_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        *(sa.Column(f"max_{unit}", sa.BigInteger(), nullable=True) for unit in UNITS),
        *(sa.Column(f"ceiling_{unit}", sa.BigInteger(), nullable=True) for unit in UNITS),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_budgets_organization_id_organizations")
        ),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_budgets")),
    )
