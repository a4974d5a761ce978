"""Whom members are to an OpenID provider."""

import sqlalchemy as sa
from alembic import op

from service.database.tables import UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "openid_subjects",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("organization_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("issuer", sa.String(length=300), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("by_admin", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_openid_subjects_organization_id_organizations")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_openid_subjects_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_openid_subjects")),
        sa.UniqueConstraint(
            "organization_id", "issuer", "subject", name=op.f("uq_openid_subjects_organization_id_issuer_subject")
        ),
        sa.UniqueConstraint("organization_id", "issuer", "user_id", name="uq_openid_subjects_user"),
    )
    op.create_index("ix_openid_subjects_subject", "openid_subjects", ["issuer", "subject"])
