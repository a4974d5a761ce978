"""The tables. Times are UTC; identifiers are those of `service.identifiers`."""

from service.database.tables.accounts import (
    api_keys,
    members,
    openid_subjects,
    organizations,
    projects,
    root_grants,
    users,
)
from service.database.tables.answers import first_answers
from service.database.tables.audit import audit_log
from service.database.tables.catalogue import collection_items, collections, items, suspects
from service.database.tables.columns import UtcDateTime, metadata
from service.database.tables.links import (
    access_requests,
    claims,
    drop_totals,
    drop_uploads,
    emails,
    link_events,
    link_keys,
    link_targets,
    links,
    record_changes,
)
from service.database.tables.metering import budgets, usage_epochs, usage_ledger, usage_marks, usage_sequence
from service.database.tables.notices import notices, webhook_deliveries, webhooks

__all__ = [
    "UtcDateTime",
    "access_requests",
    "api_keys",
    "audit_log",
    "budgets",
    "claims",
    "collection_items",
    "collections",
    "drop_totals",
    "drop_uploads",
    "emails",
    "first_answers",
    "items",
    "link_events",
    "link_keys",
    "link_targets",
    "links",
    "members",
    "metadata",
    "notices",
    "openid_subjects",
    "organizations",
    "projects",
    "record_changes",
    "root_grants",
    "suspects",
    "usage_epochs",
    "usage_ledger",
    "usage_marks",
    "usage_sequence",
    "users",
    "webhook_deliveries",
    "webhooks",
]
