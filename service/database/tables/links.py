"""Tables of links, and of what happens around them: keys, events, e-mail, requests, claims."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from service.database.tables.columns import AUDITED, AUDITED_ADDITIONS, HIDDEN, NOT_AUDITED, UtcDateTime, metadata

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
    Column("password_hash", String(80), nullable=False, info=HIDDEN),
    Column("rotation", Integer, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("version", Integer, nullable=False, info=NOT_AUDITED),
    Column("starts_at", UtcDateTime),
    Column("expires_at", UtcDateTime, index=True),
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
    Column("open_with", String(10), nullable=False, server_default="password"),
    Column("notices", Boolean, nullable=False, server_default="1"),  # whether its maker gets e-mail of what happens
    Column("public_name", Boolean, nullable=False, server_default="0"),
    Column("drop_file_bytes", BigInteger),
    Column("drop_total_bytes", BigInteger),
    Column("drop_types", JSON, nullable=False),
    Column("created_by", ForeignKey("users.id"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False, info=NOT_AUDITED),
    Index("ix_links_listing", "project_id", "created_at", "id"),
    info=AUDITED,
)

link_targets = Table(
    "link_targets",
    metadata,
    Column("link_id", ForeignKey("links.id"), primary_key=True),
    Column("target_id", String(32), primary_key=True, index=True),
    info=NOT_AUDITED,
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
    Column("last_used_at", UtcDateTime, info=NOT_AUDITED),
    Column("recipient", String(320)),  # whose address was confirmed; null: whoever it was given to
    info=AUDITED,
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
    info=NOT_AUDITED,
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
    # blocks of a letter, as JSON; empty once it was sent or given up
    Column("body", Text, nullable=False, info=HIDDEN),
    Column("created_at", UtcDateTime, nullable=False),
    Column("next_attempt_at", UtcDateTime, index=True),  # null: sent, or given up
    Column("attempts", Integer, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("error", String(300)),
    Index("ix_emails_listing", "link_id", "created_at", "id"),
    info=AUDITED_ADDITIONS,
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
    info=AUDITED,
)

claims = Table(
    "claims",
    metadata,
    Column("link_id", ForeignKey("links.id"), primary_key=True),
    Column("email", String(320), primary_key=True),
    Column("subject", String(200), nullable=False),  # of the session JWT
    Column("claimed_at", UtcDateTime, nullable=False),
    info=AUDITED,
)
"""Links that somebody with a confirmed address took."""

drop_totals = Table(
    "drop_totals",
    metadata,
    Column("link_id", ForeignKey("links.id"), primary_key=True),
    Column("bytes", BigInteger, nullable=False),
    info=NOT_AUDITED,
)
"""How much was dropped by a link, and is on its way."""

drop_uploads = Table(
    "drop_uploads",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("link_id", ForeignKey("links.id"), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("begun_at", UtcDateTime, nullable=False, index=True),
    Column("is_ending", Boolean, nullable=False),  # all of it has come, and it is becoming a file
    info=NOT_AUDITED,
)
"""What is on its way into a folder by a link that shows nothing of it: the room that it was promised."""

record_changes = Table(
    "record_changes",
    metadata,
    Column("kind", String(10), primary_key=True),
    Column("record_id", String(32), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("spread_at", UtcDateTime, index=True),
    info=NOT_AUDITED,
)
"""The outbox: records whose last change must still reach Redis, or reached it some minutes ago."""
