"""To whom storage roots belong. Who registered files in a root before goes on; the first project has all roots."""

import base64
import secrets
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from service.database.tables import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "root_grants",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("root", sa.String(length=100), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.String(length=32), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=True),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_root_grants_organization_id_organizations")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_root_grants_project_id_projects")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_root_grants")),
    )
    op.create_index(op.f("ix_root_grants_organization_id"), "root_grants", ["organization_id"], unique=False)
    _grant_what_was_used()


def _grant_what_was_used() -> None:
    connection = op.get_bind()
    first = sa.text(
        "SELECT projects.id, projects.organization_id FROM projects JOIN members ON members.project_id = projects.id "
        "WHERE members.role = 'admin' ORDER BY projects.created_at, projects.id LIMIT 1"
    )
    used = sa.text(
        "SELECT DISTINCT projects.id, projects.organization_id, items.root FROM items "
        "JOIN projects ON items.project_id = projects.id WHERE items.root <> '' AND items.deleted_at IS NULL"
    )
    owner = connection.execute(first).one_or_none()
    granted = [] if owner is None else [(owner.id, owner.organization_id, "*")]
    others = connection.execute(used).all()
    granted += [tuple(row) for row in others if owner is None or row.id != owner.id]
    names = ("id", "root", "prefix", "organization_id", "project_id")
    table = sa.table("root_grants", *map(sa.column, names), sa.column("created_at", UtcDateTime()))
    for project_id, organization_id, root in granted:
        values = {
            "id": f"rgr_{base64.urlsafe_b64encode(secrets.token_bytes(15)).decode()}",
            "root": root,
            "prefix": "",
            "organization_id": organization_id,
            "project_id": project_id,
            "created_at": datetime.now(UTC),
        }
        connection.execute(table.insert().values(values))
