"""The tables. Times are UTC; identifiers are those of `service.identifiers`."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.engine import Dialect


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime. SQLite forgets the zone of what it stores; here it is put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the value in UTC. Raises ValueError on a naive one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime was about to be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the stored value as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

organizations = Table(
    "organizations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

projects = Table(
    "projects",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("organization_id", ForeignKey("organizations.id"), nullable=False, index=True),
    Column("name", String(200), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("email", String(320), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

members = Table(
    "members",
    metadata,
    Column("project_id", ForeignKey("projects.id"), primary_key=True),
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("role", String(10), nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("organization_id", ForeignKey("organizations.id"), nullable=False, index=True),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("label", String(200), nullable=False),
    Column("secret_sha256", String(64), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
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
)

items = Table(
    "items",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("name", String(200), nullable=False),
    Column("description", Text, nullable=False),
    Column("root", String(100), nullable=False),
    Column("path", Text, nullable=False),
    Column("raster", JSON),
    Column("content", JSON(none_as_null=True)),  # of what lies in the catalogue itself, such as a map; no file then
    Column("profiles", JSON, nullable=False),
    Column("warnings", JSON, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("deleted_at", UtcDateTime),
    Index("ix_items_listing", "project_id", "created_at", "id"),
)

collections = Table(
    "collections",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("description", Text, nullable=False),
    Column("own_profiles", JSON, nullable=False),  # empty: those that its items share
    Column("profiles", JSON, nullable=False),  # in use
    Column("extent", JSON, nullable=False),
    Column("pixel_selection", String(20), nullable=False, server_default="first"),
    Column("item_count", Integer, nullable=False),
    Column("members", JSON, nullable=False),  # what a mosaic needs of each item, in order: one row for them all
    Column("members_version", Integer, nullable=False),  # the collection's version when they changed last
    Column("version", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("deleted_at", UtcDateTime),
    Index("ix_collections_listing", "project_id", "created_at", "id"),
)

collection_items = Table(
    "collection_items",
    metadata,
    Column("collection_id", ForeignKey("collections.id"), primary_key=True),
    Column("item_id", ForeignKey("items.id"), primary_key=True, index=True),
)
"""Which collections hold an item; their order is in `members`."""

links = Table(
    "links",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("organization_id", ForeignKey("organizations.id"), nullable=False),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("target_type", String(10), nullable=False),
    Column("target_id", String(32), nullable=False, index=True),
    Column("permission", String(10), nullable=False),
    Column("name", String(200), nullable=False),
    Column("description", Text, nullable=False),
    Column("password_hash", String(80), nullable=False),
    Column("rotation", Integer, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("starts_at", UtcDateTime),
    Column("expires_at", UtcDateTime),
    Column("suspended_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    Column("revoke_reason", Text),
    Column("profiles", JSON, nullable=False),
    Column("allowed_origins", JSON, nullable=False),
    Column("max_views", BigInteger),
    Column("max_renders", BigInteger),
    Column("max_bytes", BigInteger),
    Column("min_zoom", Integer),
    Column("max_zoom", Integer),
    Column("targets", JSON, nullable=False),  # beside the one above: the rest of a bundle
    Column("area", JSON(none_as_null=True)),
    Column("watermark", String(200)),
    Column("custom_render", Boolean, nullable=False),
    Column("tile_matrix_sets", JSON, nullable=False),
    Column("recipients", JSON, nullable=False),
    Column("revoked_keys", JSON, nullable=False),  # ids of named keys that would still open it
    Column("created_by", ForeignKey("users.id"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("ix_links_listing", "project_id", "created_at", "id"),
)

link_targets = Table(
    "link_targets",
    metadata,
    Column("link_id", ForeignKey("links.id"), primary_key=True),
    Column("target_id", String(32), primary_key=True, index=True),
)
"""Which links share a target beside their own one; the bundles themselves are in `links.targets`."""

link_keys = Table(
    "link_keys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("link_id", ForeignKey("links.id"), nullable=False, index=True),
    Column("label", String(200), nullable=False),
    Column("generation", Integer, nullable=False),  # the link's, when the key was made
    Column("allowed_origins", JSON, nullable=False),
    Column("created_by", ForeignKey("users.id"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    Column("last_used_at", UtcDateTime),
)
"""Keys that have a name. The others are nowhere but with those who hold them."""

link_events = Table(
    "link_events",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("link_id", ForeignKey("links.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("status", Integer, nullable=False),
    Column("client", String(64), nullable=False),
    Column("user_agent", String(200), nullable=False),
    Column("key_id", String(32)),
    Column("count", BigInteger, nullable=False),  # of alike events in a row that this one stands for
    Index("ix_link_events_listing", "link_id", "at", "id"),
)

emails = Table(
    "emails",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("link_id", ForeignKey("links.id")),
    Column("kind", String(20), nullable=False),
    Column("recipient", String(320), nullable=False),
    Column("reply_to", String(320)),
    Column("subject", String(300), nullable=False),
    Column("body", Text, nullable=False),  # blocks of a letter, as JSON; empty once it was sent or given up
    Column("created_at", UtcDateTime, nullable=False),
    Column("next_attempt_at", UtcDateTime, index=True),  # null: sent, or given up
    Column("attempts", Integer, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("error", String(300)),
    Index("ix_emails_listing", "link_id", "created_at", "id"),
)
"""The outbox of e-mail."""

access_requests = Table(
    "access_requests",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("link_id", ForeignKey("links.id"), nullable=False),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("email", String(320), nullable=False),
    Column("name", String(200), nullable=False),
    Column("message", Text, nullable=False),
    Column("wanted", JSON, nullable=False),
    Column("status", String(10), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("resolved_at", UtcDateTime),
    Column("resolved_by", ForeignKey("users.id")),
    Column("answer", Text),
    Index("ix_access_requests_listing", "project_id", "created_at", "id"),
    Index("ix_access_requests_link", "link_id", "email"),
)

claims = Table(
    "claims",
    metadata,
    Column("link_id", ForeignKey("links.id"), primary_key=True),
    Column("email", String(320), primary_key=True),
    Column("subject", String(200), nullable=False),  # of the session JWT
    Column("claimed_at", UtcDateTime, nullable=False),
)
"""Links that somebody with a confirmed address took."""

usage_ledger = Table(
    "usage_ledger",
    metadata,
    Column("organization_id", ForeignKey("organizations.id"), primary_key=True),
    Column("link_id", String(32), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("epoch", String(32), primary_key=True),  # of the worker whose share this is
    Column("renders", BigInteger, nullable=False),
    Column("cached", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("downloads", BigInteger, nullable=False),
    Column("views", BigInteger, nullable=False),
    Column("last_used_at", UtcDateTime),
    Column("seq", BigInteger, nullable=False),  # the worker's last batch when the row changed
    Column("revision", BigInteger, nullable=False),  # the organization's, when the row changed
    Index("ix_usage_ledger_days", "organization_id", "day"),
    Index("ix_usage_ledger_changes", "organization_id", "revision"),
)

usage_epochs = Table(
    "usage_epochs",
    metadata,
    Column("epoch", String(32), primary_key=True),
    Column("organization_id", ForeignKey("organizations.id"), primary_key=True),
    Column("seq", BigInteger, nullable=False),  # the last batch of the worker that the ledger has
    Column("verdicts", Text, nullable=False),
    Column("used_at", UtcDateTime, nullable=False),
    Index("ix_usage_epochs_recent", "organization_id", "used_at"),
)

usage_marks = Table(
    "usage_marks",
    metadata,
    Column("organization_id", ForeignKey("organizations.id"), primary_key=True),
    Column("revision", BigInteger, nullable=False),  # rises with every change of the organization's ledger
    Column("rev", String(64), nullable=False),  # of the usage hash that was copied last
    Column("settled_at", UtcDateTime, nullable=False),
)

record_changes = Table(
    "record_changes",
    metadata,
    Column("kind", String(10), primary_key=True),
    Column("record_id", String(32), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("spread_at", UtcDateTime, index=True),
)
"""The outbox: records whose last change must still reach Redis, or reached it some minutes ago."""

suspects = Table(
    "suspects",
    metadata,
    Column("version_key", String(32), primary_key=True),  # of one version of a file, whatever items it has
    Column("deaths", Integer, nullable=False),
    Column("blamed_at", UtcDateTime, nullable=False),
)

first_answers = Table(
    "first_answers",
    metadata,
    Column("id", String(64), primary_key=True),  # a digest of who asked, what for, and the Idempotency-Key
    Column("body_digest", String(64), nullable=False),
    Column("begun_at", UtcDateTime, nullable=False, index=True),
    Column("answer", LargeBinary),  # sealed; NULL until there is one
)
