"""Tables of what can be shared, and of files that processes died of."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, Text, text

from service.database.tables.columns import AUDITED, NOT_AUDITED, UtcDateTime, metadata

items = Table(
    "items",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("name", String(200), nullable=False),
    Column("description", Text, nullable=False),
    Column("attribution", String(500), nullable=False, server_default=text("''")),
    Column("license", JSON(none_as_null=True)),
    Column("root", String(100), nullable=False),
    Column("path", Text, nullable=False),
    Column("raster", JSON),
    Column("dataset", JSON(none_as_null=True)),  # of an archive of tiles, or of features
    Column("content", JSON(none_as_null=True)),  # of what lies in the catalogue itself, such as a map; no file then
    Column("datetime", String(80)),  # an instant, or an interval
    Column("profiles", JSON, nullable=False),
    Column("warnings", JSON, nullable=False),
    Column("version", Integer, nullable=False, info=NOT_AUDITED),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False, info=NOT_AUDITED),
    Column("deleted_at", UtcDateTime),
    Index("ix_items_listing", "project_id", "created_at", "id"),
    info=AUDITED,
)

collections = Table(
    "collections",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("description", Text, nullable=False),
    Column("attribution", String(500), nullable=False, server_default=text("''")),
    Column("license", JSON(none_as_null=True)),
    Column("own_profiles", JSON, nullable=False),  # empty: those that its items share
    Column("profiles", JSON, nullable=False),  # in use
    Column("extent", JSON, nullable=False),
    Column("pixel_selection", String(20), nullable=False, server_default="first"),
    Column("item_count", Integer, nullable=False),
    # what a mosaic needs of each item, in order: one row for them all
    Column("members", JSON, nullable=False, info=NOT_AUDITED),
    Column("members_version", Integer, nullable=False),  # the collection's version when they changed last
    Column("version", Integer, nullable=False, info=NOT_AUDITED),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False, info=NOT_AUDITED),
    Column("deleted_at", UtcDateTime),
    Index("ix_collections_listing", "project_id", "created_at", "id"),
    info=AUDITED,
)

collection_items = Table(
    "collection_items",
    metadata,
    Column("collection_id", ForeignKey("collections.id"), primary_key=True),
    Column("item_id", ForeignKey("items.id"), primary_key=True, index=True),
    info=NOT_AUDITED,
)
"""Which collections hold an item; their order is in `members`."""

suspects = Table(
    "suspects",
    metadata,
    Column("version_key", String(32), primary_key=True),  # of one version of a file, whatever items it has
    Column("deaths", Integer, nullable=False),
    Column("blamed_at", UtcDateTime, nullable=False),
    info=NOT_AUDITED,
)
