"""Ending many links at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.accounts.api_keys import Scope
from service.accounts.members import Role
from service.errors import BadInput, Conflict, TilegateError
from service.identifiers import ItemId
from service.operations.catalogue.items import projects_for
from service.operations.core.operation import Bucket, Context, Effect, Operation
from service.operations.links.batches.models import (
    BatchRevoked,
    BatchStatus,
    LinkBatchRevoke,
    LinkBatchRevoked,
    Outcome,
)
from service.operations.links.change import revoke_link
from service.operations.links.create import link_for
from service.operations.links.models import LinkRevoke

if TYPE_CHECKING:
    from collections.abc import Sequence

ATTEMPTS = 3


async def revoke_batch(context: Context, request: LinkBatchRevoke) -> LinkBatchRevoked:
    """End several links for good, each with a report.

    Saying it again changes nothing. By target, project or recipient it finds links that were not revoked yet; where
    these are more than one call may revoke, `more` is true.
    """
    link_ids, more = await _chosen(context, request)
    reports = [await _report(context, link_id, request) for link_id in link_ids]
    return LinkBatchRevoked(status=_status(reports), dry_run=request.dry_run, links=tuple(reports), more=more)


async def _chosen(context: Context, request: LinkBatchRevoke) -> tuple[Sequence[str], bool]:
    """Return the ids of the links, and whether there are more. Raises BadInput, NotFound."""
    most = context.services.settings.batch_links
    is_search = any((request.target_id, request.project_id, request.recipient))
    if request.link_ids and is_search:
        raise BadInput(
            "field_invalid",
            "Give link_ids, or fields to search by (target_id, project_id, recipient), not both.",
            field="link_ids",
        )
    if len(request.link_ids) > most:
        raise BadInput(
            "field_invalid", f"One call revokes at most {most} links; split it into several calls.", field="link_ids"
        )
    if request.link_ids:
        return list(dict.fromkeys(request.link_ids)), False
    if not is_search:
        detail = "Give link_ids, or one of target_id, project_id and recipient."
        raise BadInput("field_missing", detail, field="link_ids")
    found = await context.services.links.store.list(
        await projects_for(context, request.project_id),
        target_id=ItemId(request.target_id) if request.target_id else None,
        recipient=request.recipient,
        but_revoked=True,
        limit=most + 1,
    )
    return [link.id for link in found[:most]], len(found) > most


async def _report(context: Context, link_id: str, request: LinkBatchRevoke) -> BatchRevoked:
    try:
        if request.dry_run:
            link = await link_for(context, link_id, Role.EDITOR)
            return BatchRevoked(status=Outcome.SUCCESS, id=link_id, already_revoked=link.revoked_at is not None)
        return await _revoke(context, LinkRevoke(link_id=link_id, reason=request.reason))
    except TilegateError as exc:
        return BatchRevoked(status=Outcome.ERROR, id=link_id, code=exc.code, detail=exc.detail, field=exc.field)


async def _revoke(context: Context, request: LinkRevoke) -> BatchRevoked:
    """Revoke a link, whoever changes it at the same time. Raises what `revoke_link` raises."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            done = await revoke_link(context, request)
            break
        except Conflict:
            if attempt == ATTEMPTS:
                raise
    return BatchRevoked(
        status=Outcome.SUCCESS,
        id=done.id,
        already_revoked=done.already_revoked,
        effective_at=done.effective_at,
    )


def _status(reports: Sequence[BatchRevoked]) -> BatchStatus:
    failed = sum(report.status is Outcome.ERROR for report in reports)
    if failed == 0:
        return BatchStatus.SUCCESS
    return BatchStatus.ABORTED if failed == len(reports) else BatchStatus.MIXED


OPERATIONS = (
    Operation("share.link.revoke_batch", Scope.SHARES_WRITE, Effect.DESTRUCTIVE, Bucket.UPDATE, revoke_batch),
)
