"""For whom a link is and what it shares: bundles, areas, named keys, events, e-mail, requests; items without a file."""

import sqlalchemy as sa
from alembic import op

from service.database.tables import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _widen_links()
    op.add_column("items", sa.Column("content", sa.JSON(), nullable=True))
    op.create_table(
        "access_requests",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("link_id", sa.String(length=32), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.String(length=32), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_access_requests_link_id_links")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_access_requests_project_id_projects")),
        sa.ForeignKeyConstraint(["resolved_by"], ["users.id"], name=op.f("fk_access_requests_resolved_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_requests")),
    )
    op.create_index("ix_access_requests_link", "access_requests", ["link_id", "email"], unique=False)
    op.create_index("ix_access_requests_listing", "access_requests", ["project_id", "created_at", "id"], unique=False)

    op.create_table(
        "claims",
        sa.Column("link_id", sa.String(length=32), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("claimed_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_claims_link_id_links")),
        sa.PrimaryKeyConstraint("link_id", "email", name=op.f("pk_claims")),
    )
    op.create_table(
        "emails",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("link_id", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("recipient", sa.String(length=320), nullable=False),
        sa.Column("reply_to", sa.String(length=320), nullable=True),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("next_attempt_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_emails_link_id_links")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emails")),
    )
    op.create_index("ix_emails_listing", "emails", ["link_id", "created_at", "id"], unique=False)
    op.create_index(op.f("ix_emails_next_attempt_at"), "emails", ["next_attempt_at"], unique=False)

    op.create_table(
        "link_events",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("link_id", sa.String(length=32), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("user_agent", sa.String(length=200), nullable=False),
        sa.Column("key_id", sa.String(length=32), nullable=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_link_events_link_id_links")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_events")),
    )
    op.create_index("ix_link_events_listing", "link_events", ["link_id", "at", "id"], unique=False)
    op.create_index(op.f("ix_link_events_at"), "link_events", ["at"], unique=False)

    op.create_table(
        "link_keys",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("link_id", sa.String(length=32), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("allowed_origins", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.String(length=32), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_link_keys_created_by_users")),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_link_keys_link_id_links")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_keys")),
    )
    op.create_index(op.f("ix_link_keys_link_id"), "link_keys", ["link_id"], unique=False)

    op.create_table(
        "link_targets",
        sa.Column("link_id", sa.String(length=32), nullable=False),
        sa.Column("target_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_link_targets_link_id_links")),
        sa.PrimaryKeyConstraint("link_id", "target_id", name=op.f("pk_link_targets")),
    )
    op.create_index(op.f("ix_link_targets_target_id"), "link_targets", ["target_id"], unique=False)


def _widen_links() -> None:
    op.add_column("links", sa.Column("targets", sa.JSON(), nullable=True))
    op.add_column("links", sa.Column("area", sa.JSON(), nullable=True))
    op.add_column("links", sa.Column("watermark", sa.String(length=200), nullable=True))
    op.add_column("links", sa.Column("custom_render", sa.Boolean(), nullable=True))
    op.add_column("links", sa.Column("recipients", sa.JSON(), nullable=True))
    op.add_column("links", sa.Column("revoked_keys", sa.JSON(), nullable=True))
    links = sa.table(
        "links",
        *(sa.column(name, sa.JSON()) for name in ("targets", "recipients", "revoked_keys")),
        sa.column("custom_render", sa.Boolean()),
    )
    op.execute(links.update().values(targets=[], recipients=[], revoked_keys=[], custom_render=False))
    with op.batch_alter_table("links", schema=None) as batch_op:
        for name in ("targets", "recipients", "revoked_keys"):
            batch_op.alter_column(name, existing_type=sa.JSON(), nullable=False)
        batch_op.alter_column("custom_render", existing_type=sa.Boolean(), nullable=False)
