"""Changing and ending links. A change is answered when no server serves the link as it was before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from service.accounts.api_keys import Scope
from service.accounts.members import Role
from service.errors import Conflict
from service.links.credentials.tokens import MAX_ROTATION
from service.links.link import Link, LinkStatus
from service.links.share_policy import check_password, check_policy
from service.operations.core.operation import Bucket, Context, Effect, Operation
from service.operations.core.own_organization import own_organization
from service.operations.links.create import detail_of, link_for, targets_of
from service.operations.links.grids import offered_sets
from service.operations.links.models import LinkDetail, LinkRef, LinkRevoke, LinkRevoked, LinkUpdate
from service.operations.links.opening import changed_hash, check_codes
from service.operations.links.rules import check_link, ends_keys, expiry_of
from service.operations.links.targets import further_targets

NOT_COLUMNS = frozenset({"link_id", "password", "expires_at", "expires_in_hours", "tile_matrix_sets"})


async def update_link(context: Context, request: LinkUpdate) -> LinkDetail:
    """Change a link; narrowing it or a new password ends its keys."""
    services, now = context.services, datetime.now(UTC)
    link, organization = await _changeable_link(context, request.link_id), await own_organization(context)
    changes = {name: getattr(request, name) for name in request.model_fields_set - NOT_COLUMNS}
    if request.model_fields_set & {"expires_at", "expires_in_hours"}:
        changes["expires_at"] = expiry_of(services.settings, request, now)
    changed = replace(link, **changes)
    await further_targets(context, changed.main, changed.targets, known=link.targets)
    targets = await targets_of(context, changed)
    if "tile_matrix_sets" in request.model_fields_set:
        asked = request.tile_matrix_sets
        changed = replace(
            changed,
            tile_matrix_sets=await services.threads.cpu.run(offered_sets, services.images.grids, asked, targets),
        )
    await services.threads.cpu.run(check_link, changed, targets)
    check_policy(organization, changed, now, changes)
    if {"open_with", "recipients"} & changes.keys():
        check_codes(context, changed.open_with, changed.recipients)
    changed = replace(changed, password_hash=await changed_hash(services, organization, link, changed, request))
    if ends_keys(link, changed):
        changed = replace(changed, generation=link.generation + 1)
    return await detail_of(context, await _save(context, link, changed))


async def suspend_link(context: Context, request: LinkRef) -> LinkDetail:
    """Suspend a link; it answers 410 until it is resumed.

    Keys and passwords stay as they are and work again then: rotate the link, or change its password, to end them.
    """
    link = await _changeable_link(context, request.link_id)
    suspended_at = link.suspended_at or datetime.now(UTC)
    done = "The link is suspended"
    return await detail_of(context, await _save(context, link, replace(link, suspended_at=suspended_at), done))


async def resume_link(context: Context, request: LinkRef) -> LinkDetail:
    """Open a suspended link again; its keys work again."""
    link = await _changeable_link(context, request.link_id)
    return await detail_of(context, await _save(context, link, replace(link, suspended_at=None)))


async def rotate_link(context: Context, request: LinkRef) -> LinkDetail:
    """Give a link a new token.

    The old address is unknown from then on, and all keys end. The password, the limits and the usage stay. A link that
    the organization's share policy does not allow any more is refused.
    """
    link = await _changeable_link(context, request.link_id)
    if link.rotation == MAX_ROTATION:
        raise Conflict("link_not_active", "This link cannot be rotated any more; make a new link.")
    organization = await own_organization(context)
    check_policy(organization, link, datetime.now(UTC))
    if link.is_open:
        check_password(organization, None)
    rotated = replace(link, rotation=link.rotation + 1, generation=link.generation + 1)
    return await detail_of(context, await _save(context, link, rotated, "The link has a new token"))


async def revoke_link(context: Context, request: LinkRevoke) -> LinkRevoked:
    """End a link for good.

    Saying it again spreads it again and changes nothing.
    """
    link = await link_for(context, request.link_id, Role.EDITOR)
    now, already = datetime.now(UTC), link.revoked_at is not None
    revoked = link
    if not already:
        revoked = replace(link, revoked_at=now, revoke_reason=request.reason, generation=link.generation + 1)
    link = await _save(context, link, revoked, "The link is revoked")
    return LinkRevoked(id=link.id, ok=True, effective_at=link.revoked_at or now, already_revoked=already)


async def _changeable_link(context: Context, link_id: str) -> Link:
    link = await link_for(context, link_id, Role.EDITOR)
    if link.status(datetime.now(UTC)) is LinkStatus.REVOKED:
        raise Conflict("link_not_active", "A revoked link cannot be changed; make a new link.")
    return link


async def _save(context: Context, old: Link, new: Link, done: str = "The change is saved") -> Link:
    """Save what changed, and return when it is known everywhere. Raises Unavailable where it is not yet.

    What did not change is spread all the same: the last change may have been answered so, and is sent again.
    """
    services = context.services
    services.records.outbox.wake()
    saved = old if new == old else await services.links.store.save(new)
    await services.records.outbox.spread(saved, done=done)
    return saved


OPERATIONS = (
    Operation("share.link.update", Scope.SHARES_WRITE, Effect.EXPORT, Bucket.UPDATE, update_link),
    Operation("share.link.suspend", Scope.SHARES_WRITE, Effect.WRITE, Bucket.UPDATE, suspend_link),
    Operation("share.link.resume", Scope.SHARES_WRITE, Effect.EXPORT, Bucket.UPDATE, resume_link),
    Operation(
        "share.link.rotate",
        Scope.SHARES_WRITE,
        Effect.EXPORT,
        Bucket.UPDATE,
        rotate_link,
        location=lambda output: output.url,
    ),
    Operation("share.link.revoke", Scope.SHARES_WRITE, Effect.DESTRUCTIVE, Bucket.UPDATE, revoke_link),
)
