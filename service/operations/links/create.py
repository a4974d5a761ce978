"""Links, as their sharer makes and finds them."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from service.accounts.api_keys import Scope
from service.accounts.members import Role
from service.errors import NotFound
from service.identifiers import CollectionId, ItemId, LinkId, TargetId, new_id
from service.links.link import Link, TargetRef, TargetType
from service.links.share_policy import check_policy, defaults_told, with_defaults
from service.mail.store import putting
from service.metering.usage import LinkUsage
from service.operations.catalogue.items import projects_for
from service.operations.core import mailing
from service.operations.core.fields import read_cursor, write_cursor
from service.operations.core.operation import Bucket, Context, Effect, Operation
from service.operations.core.own_organization import own_organization
from service.operations.links.cost import cost_of
from service.operations.links.grids import offered_sets
from service.operations.links.models import (
    LinkCreate,
    LinkDetail,
    LinkList,
    LinkOutput,
    LinkPage,
    LinkRef,
    LinkTerms,
)
from service.operations.links.notice_models import ClaimOutput, LinkOverview
from service.operations.links.opening import check_codes, password_hash_of
from service.operations.links.rules import check_link, expiry_of, warnings_of
from service.operations.links.targets import further_targets, target_for
from service.operations.links.views import link_detail, link_output, mail_output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from service.accounts.organization import Organization
    from service.catalogue.collection import LinkTarget

SCAN_PAGES = 20
MAILS_SHOWN = 100
CARRIED = frozenset(LinkTerms.model_fields) & {field.name for field in fields(Link)} - {
    "name",
    "expires_at",
    "tile_matrix_sets",
}
"""Terms that a link has as they were asked for; the others are worked out."""


async def create_link(context: Context, request: LinkCreate) -> LinkOutput:
    """Make a password-protected, expiring link.

    A refused field, the password among them, leaves no link behind.
    """
    services, organization = context.services, await own_organization(context)
    check_codes(context, request.open_with, request.recipients)
    if request.notify:
        mailing.check_notify(context, request.recipients)
    main = TargetRef(target_type=request.target_type, target_id=ItemId(request.target_id))
    targets = [await target_for(context, main), *await further_targets(context, main, request.targets)]
    refs = (main, *request.targets)
    draft = await services.threads.cpu.run(
        draft_link, context, organization, request, refs, targets, request.recipients
    )
    password_hash = await password_hash_of(services, organization, request.password, request.open_with)
    link = replace(draft, password_hash=password_hash)
    if not request.dry_run:
        mails = await mailing.sharing_mails(context, link, request.recipients) if request.notify else []
        await services.links.store.add(link, *putting(mails))
        mailing.wake(context)
    cost = await services.threads.cpu.run(cost_of, link, targets) if request.dry_run else None
    warnings = warnings_of(link, targets, services.settings.watermark_font)
    warnings += defaults_told(link, request.model_fields_set)
    return link_output(services, link, LinkUsage(), warnings, cost)


def draft_link(
    context: Context,
    organization: Organization,
    terms: LinkTerms,
    refs: Sequence[TargetRef],
    targets: Sequence[LinkTarget],
    recipients: tuple[str, ...],
) -> Link:
    """Return a new link to some targets, all checked but the password, which it has not yet.

    Raises BadInput where the terms contradict each other or the targets, Forbidden where the organization's share
    policy does not allow them. Blocks.
    """
    now, (main, *further) = datetime.now(UTC), refs
    link = Link(
        id=LinkId(new_id("lnk")),
        organization_id=context.sharer.organization_id,
        project_id=targets[0].project_id,
        target_type=main.target_type,
        target_id=main.target_id,
        name=terms.name or targets[0].name,
        password_hash="",
        rotation=0,
        generation=1,
        version=1,
        created_by=context.sharer.user_id,
        created_at=now,
        updated_at=now,
        expires_at=expiry_of(context.services.settings, terms, now),
        tile_matrix_sets=offered_sets(context.services.images.grids, terms.tile_matrix_sets, targets),
        targets=tuple(further),
        **{name: getattr(terms, name) for name in CARRIED},
        recipients=recipients,
    )
    link = with_defaults(organization, link, terms.model_fields_set)
    check_link(link, targets)
    check_policy(organization, link, now)
    return link


async def get_link(context: Context, request: LinkRef) -> LinkOverview:
    """Return a link with its limits and usage, who took it, and its letters."""
    services = context.services
    link = await link_for(context, request.link_id, Role.VIEWER)
    detail = await detail_of(context, link)
    return LinkOverview(
        **dict(detail),
        claims=tuple(
            ClaimOutput(email=claim.email, subject=claim.subject, claimed_at=claim.claimed_at)
            for claim in await services.links.claims.of_link(link.id)
        ),
        mails=tuple(mail_output(mail) for mail in await services.mail.store.of_link(link.id, MAILS_SHOWN)),
    )


async def list_links(context: Context, request: LinkList) -> LinkPage:
    """List links by target, project or status.

    A status is looked for row by row, over at most some thousand rows a page.
    """
    services, now = context.services, datetime.now(UTC)
    project_ids = await projects_for(context, request.project_id)
    target_id: TargetId | None = ItemId(request.target_id) if request.target_id else None
    after, page, more = read_cursor(request.cursor), list[Link](), True
    for _ in range(SCAN_PAGES):
        found = await services.links.store.list(
            project_ids, target_id=target_id, recipient=request.recipient, after=after, limit=request.limit + 1
        )
        more = len(found) > request.limit
        for link in found[: request.limit]:
            after = (link.created_at, link.id)
            if request.status in {None, link.status(now)}:
                page.append(link)
            if len(page) == request.limit:
                more = more or link is not found[-1]
                break
        if not more or len(page) == request.limit:
            break
    usage = await _usage(context, page)
    links = tuple(link_detail(services, link, usage[link.id]) for link in page)
    return LinkPage(links=links, next_cursor=write_cursor(*after) if more and after else None)


async def link_for(context: Context, link_id: str, role: Role) -> Link:
    """Return a link on whose project the caller has the role. Raises NotFound `share_not_found`, Forbidden."""
    missing = NotFound("share_not_found", "There is no such link, or you are not a member of its project.")
    link = await context.services.links.store.get(LinkId(link_id))
    if link is None:
        raise missing
    try:
        await context.services.accounts.access.project_for(context.sharer, link.project_id, role)
    except NotFound as exc:
        raise missing from exc
    return link


async def targets_of(context: Context, link: Link) -> list[LinkTarget]:
    """Return what a link points at, also what was deleted."""
    services = context.services
    found: list[LinkTarget | None] = []
    for ref in (link.main, *link.targets):
        if ref.target_type is TargetType.COLLECTION:
            found.append(await services.catalogue.collections.get(CollectionId(ref.target_id)))
        else:
            found.append(await services.catalogue.items.get(ItemId(ref.target_id)))
    return [target for target in found if target is not None]


async def detail_of(context: Context, link: Link) -> LinkDetail:
    """Return a link as its sharer sees it, with its limits and usage."""
    usage = await _usage(context, [link])
    return link_detail(context.services, link, usage[link.id])


async def _usage(context: Context, links: list[Link]) -> dict[LinkId, LinkUsage]:
    """Return the usage of links; they may be of one organization only, as a caller's are."""
    organization_id = context.sharer.organization_id
    return await context.services.metering.meter.link_usage(organization_id, [link.id for link in links])


OPERATIONS = (
    Operation(
        "share.link.create",
        Scope.SHARES_WRITE,
        Effect.EXPORT,
        Bucket.CREATE,
        create_link,
        location=lambda output: output.url,
    ),
    Operation("share.link.get", Scope.SHARES_READ, Effect.READ, Bucket.READ, get_link),
    Operation("share.link.list", Scope.SHARES_READ, Effect.READ, Bucket.LIST, list_links),
)
