"""The registry: every operation, once. Routes, index, OpenAPI and clients all come from it."""

from __future__ import annotations

from service.operations.account import (
    accounts,
    activity,
    audit,
    budgets,
    identities,
    limits,
    memberships,
    organizations,
    policies,
    previews,
    roots,
)
from service.operations.account.notices import settings as notice_settings
from service.operations.account.notices import webhooks
from service.operations.account.usage import counters as usage
from service.operations.account.usage import export as usage_export
from service.operations.account.usage import forecast, summary
from service.operations.catalogue import collections, seeds
from service.operations.catalogue import items as catalogue
from service.operations.core.operation import Operation
from service.operations.files import features, root_uploads, uploads
from service.operations.files import listing as files
from service.operations.links import access, access_answers, keys, notices
from service.operations.links import change as link_changes
from service.operations.links import create as links
from service.operations.links.batches import create as batch_create
from service.operations.links.batches import revoke as batch_revoke
from service.operations.links.search import find as link_search
from service.operations.recipient import client_files, contents, recipients, values
from service.operations.recipient.opening import claims, codes

OPERATIONS: dict[str, Operation] = {
    operation.id: operation
    for module in (
        links,
        link_search,
        link_changes,
        batch_create,
        batch_revoke,
        keys,
        activity,
        notices,
        claims,
        codes,
        access,
        access_answers,
        recipients,
        values,
        contents,
        client_files,
        files,
        features,
        uploads,
        root_uploads,
        catalogue,
        seeds,
        previews,
        collections,
        organizations,
        policies,
        memberships,
        accounts,
        identities,
        roots,
        webhooks,
        notice_settings,
        usage,
        forecast,
        usage_export,
        summary,
        budgets,
        audit,
        limits,
    )
    for operation in module.OPERATIONS
}
