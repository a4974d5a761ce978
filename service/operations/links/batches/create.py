"""Many links at once: targets times recipients, with a report for each of them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from service.accounts.api_keys import Scope
from service.errors import BadInput, TilegateError
from service.identifiers import LinkId, new_id
from service.links.credentials.passwords import check_new_password
from service.links.credentials.readable_password import readable_password
from service.links.link import OpenWith
from service.links.share_policy import shortest_password
from service.mail.store import putting
from service.operations.core import mailing
from service.operations.core.operation import Bucket, Context, Effect, Operation
from service.operations.core.own_organization import own_organization
from service.operations.links.batches.models import BatchMode, LinkBatch, LinkBatchCreate
from service.operations.links.batches.views import Draft, Findings, batch_answer
from service.operations.links.create import draft_link
from service.operations.links.models import Email
from service.operations.links.opening import check_codes, check_given, password_hash_of
from service.operations.links.targets import target_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from service.accounts.organization import Organization
    from service.catalogue.collection import LinkTarget
    from service.links.link import TargetRef

HASHED_AT_ONCE = 2
"""Passwords of a batch that are hashed at a time, so that nobody who opens a link waits long behind them."""
EMAIL: TypeAdapter[str] = TypeAdapter(Email)


async def create_batch(context: Context, request: LinkBatchCreate) -> LinkBatch:
    """Make links for several recipients to several targets.

    It counts against the rate for as many calls as it makes links. Terms that no link can have, such as an expiry that
    is past, refuse it as a whole; then, as where `stop_on_error` finds anything, no link is made.
    """
    organization = await own_organization(context)
    _check_size(context, request)
    await _check_password(context, organization, request)
    if request.notify:
        mailing.check_notify(context, request.recipients)
    findings = Findings()
    drafts = await _drafts(context, organization, request, findings)
    if request.stop_on_error and findings.errors:
        drafts = []
    if drafts and not request.dry_run:
        drafts = await _made(context, organization, request, drafts)
    return batch_answer(context, request, drafts, findings)


def _check_size(context: Context, request: LinkBatchCreate) -> None:
    is_bundle = request.mode is BatchMode.BUNDLE_PER_RECIPIENT
    count = (1 if is_bundle else len(request.targets)) * max(1, len(request.recipients))
    most = context.services.settings.batch_links
    if count > most:
        detail = f"This call would make {count} links; at most {most} are allowed. Split it into several calls."
        raise BadInput("field_invalid", detail, field="recipients" if request.recipients else "targets")


async def _check_password(context: Context, organization: Organization, request: LinkBatchCreate) -> None:
    if request.generate_passwords and request.password is not None:
        raise BadInput("field_invalid", "Give a password or generate_passwords, not both.", field="generate_passwords")
    if request.generate_passwords and request.open_with is OpenWith.CODE:
        detail = "A link that opens by a code alone has no password; leave it out."
        raise BadInput("field_invalid", detail, field="generate_passwords")
    check_codes(context, request.open_with, request.recipients)
    if not request.generate_passwords:
        check_given(context.services, organization, request.password, request.open_with)
    if request.password is not None:
        check_new_password(request.password)


async def _drafts(
    context: Context, organization: Organization, request: LinkBatchCreate, findings: Findings
) -> list[Draft]:
    """Return all links that can be made, without their passwords; note what is wrong with the others."""
    found = await _targets(context, request.targets, findings)
    return await context.services.threads.cpu.run(_drafts_of, context, organization, request, found, findings)


def _drafts_of(
    context: Context,
    organization: Organization,
    request: LinkBatchCreate,
    found: dict[TargetRef, LinkTarget],
    findings: Findings,
) -> list[Draft]:
    """Check addresses and links. Blocks."""
    for text in request.recipients:
        try:
            findings.addresses[text] = EMAIL.validate_python(text)
        except ValidationError:
            findings.errors[text] = BadInput("field_invalid", "This is not an e-mail address.", field="recipients")
    if not found or (request.recipients and not findings.addresses):
        return []
    if request.mode is BatchMode.BUNDLE_PER_RECIPIENT:
        models = [_draft(context, organization, request, found)]
    else:
        each = (_draft_of_one(context, organization, request, one, findings) for one in found.items())
        models = [draft for draft in each if draft]
    addresses = dict.fromkeys(findings.addresses.values())
    return [_meant_for(model, address) for address in addresses for model in models] or models


async def _targets(context: Context, refs: Sequence[TargetRef], findings: Findings) -> dict[TargetRef, LinkTarget]:
    found: dict[TargetRef, LinkTarget] = {}
    for ref in dict.fromkeys(refs):
        if any(ref.target_id == other.target_id for other in found):
            raise BadInput("field_invalid", "A target is listed twice, with two types.", field="targets")
        try:
            found[ref] = await target_for(context, ref)
        except TilegateError as exc:
            findings.errors[ref.target_id] = exc
    return found


def _draft(
    context: Context, organization: Organization, request: LinkBatchCreate, found: dict[TargetRef, LinkTarget]
) -> Draft:
    targets = tuple(found.values())
    return Draft(link=draft_link(context, organization, request, tuple(found), targets, ()), targets=targets)


def _draft_of_one(
    context: Context,
    organization: Organization,
    request: LinkBatchCreate,
    one: tuple[TargetRef, LinkTarget],
    findings: Findings,
) -> Draft | None:
    """Return a link to one target, or note that it has not the profiles. Raises BadInput for what no link can be."""
    try:
        return _draft(context, organization, request, dict([one]))
    except BadInput as exc:
        if exc.field not in {"profiles", "tile_matrix_sets"}:
            raise
        findings.errors[one[0].target_id] = exc
        return None


async def _made(
    context: Context, organization: Organization, request: LinkBatchCreate, drafts: list[Draft]
) -> list[Draft]:
    """Store links with their passwords and letters, all or none."""
    services = context.services
    await services.metering.rates.hit(
        context.caller, Bucket.CREATE, services.settings.rate_create, cost=len(drafts) - 1
    )
    drafts = await _with_passwords(context, organization, request, drafts)
    links = [draft.link for draft in drafts]
    mails = [
        mail for link in links if request.notify for mail in await mailing.sharing_mails(context, link, link.recipients)
    ]
    await services.links.store.add_all(links, *putting(mails))
    mailing.wake(context)
    return drafts


def _meant_for(model: Draft, address: str) -> Draft:
    return replace(model, link=replace(model.link, id=LinkId(new_id("lnk")), recipients=(address,)))


async def _with_passwords(
    context: Context, organization: Organization, request: LinkBatchCreate, drafts: list[Draft]
) -> list[Draft]:
    """Return the links with their passwords: one hash where all have the same."""
    if not request.generate_passwords:
        password_hash = await password_hash_of(context.services, organization, request.password, request.open_with)
        return [replace(draft, link=replace(draft.link, password_hash=password_hash)) for draft in drafts]
    turn = asyncio.Semaphore(HASHED_AT_ONCE)

    async def with_own(draft: Draft) -> Draft:
        password = readable_password(shortest_password(organization))
        async with turn:
            password_hash = await context.services.links.passwords.hash(password)
        return replace(draft, link=replace(draft.link, password_hash=password_hash), password=password)

    return await asyncio.gather(*map(with_own, drafts))


OPERATIONS = (Operation("share.link.create_batch", Scope.SHARES_WRITE, Effect.EXPORT, Bucket.CREATE, create_batch),)
