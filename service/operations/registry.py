"""The registry: every operation, once. Routes, index, OpenAPI and clients all come from it."""

from __future__ import annotations

from service.operations import (
    access,
    access_answers,
    accounts,
    activity,
    batch_create,
    batch_revoke,
    claims,
    client_files,
    contents,
    files,
    keys,
    limits,
    link_changes,
    links,
    notices,
    recipients,
    roots,
    uploads,
    usage,
    usage_export,
    values,
)
from service.operations.catalogue import collections
from service.operations.catalogue import items as catalogue
from service.operations.core.operation import Operation

OPERATIONS: dict[str, Operation] = {
    operation.id: operation
    for module in (
        links,
        link_changes,
        batch_create,
        batch_revoke,
        keys,
        activity,
        notices,
        claims,
        access,
        access_answers,
        recipients,
        values,
        contents,
        client_files,
        files,
        uploads,
        catalogue,
        collections,
        accounts,
        roots,
        usage,
        usage_export,
        limits,
    )
    for operation in module.OPERATIONS
}
