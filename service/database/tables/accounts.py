"""Tables of organizations, projects, people and their keys."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from service.database.tables.columns import AUDITED, HIDDEN, NOT_AUDITED, UtcDateTime, metadata

organizations = Table(
    "organizations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False, server_default="1", info=NOT_AUDITED),
    Column("suspended_at", UtcDateTime),
    Column("suspend_reason", Text, info=HIDDEN),  # for operators alone
    Column("ceiling", JSON),  # null: limits nothing
    Column("policy", JSON),
    Column("time_zone", String(64), nullable=False, server_default="UTC"),  # IANA name: when its months begin
    Index("ix_organizations_listing", "created_at", "id"),
    info=AUDITED,
)

projects = Table(
    "projects",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("organization_id", ForeignKey("organizations.id"), nullable=False, index=True),
    Column("name", String(200), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    info=AUDITED,
)

users = Table(
    "users",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("email", String(320), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("notices", Boolean, nullable=False, server_default="1"),  # whether they get e-mail of what happens
    info=AUDITED,
)

members = Table(
    "members",
    metadata,
    Column("project_id", ForeignKey("projects.id"), primary_key=True),
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("role", String(10), nullable=False),
    info=AUDITED,
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("organization_id", ForeignKey("organizations.id"), nullable=False, index=True),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("label", String(200), nullable=False),
    Column("secret_sha256", String(64), nullable=False, info=HIDDEN),
    Column("scopes", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    info=AUDITED,
)

openid_subjects = Table(  # whom people are to the OpenID provider: each organization says it for its own members
    "openid_subjects",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("organization_id", ForeignKey("organizations.id"), nullable=False),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("issuer", String(300), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("by_admin", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("organization_id", "issuer", "subject"),
    UniqueConstraint("organization_id", "issuer", "user_id", name="uq_openid_subjects_user"),
    Index("ix_openid_subjects_subject", "issuer", "subject"),
    info=AUDITED,
)

root_grants = Table(
    "root_grants",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("root", String(100), nullable=False),  # "*": every root
    Column("prefix", Text, nullable=False),
    Column("organization_id", ForeignKey("organizations.id"), nullable=False, index=True),
    Column("project_id", ForeignKey("projects.id")),
    Column("created_at", UtcDateTime, nullable=False),
    info=AUDITED,
)
