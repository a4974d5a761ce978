"""Answering what was asked for: by the present link, by a new one, or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from service.accounts.api_keys import Scope
from service.accounts.members import Role
from service.errors import BadInput, Conflict, Gone, NotFound
from service.identifiers import LinkId, new_id
from service.links.access_requests import AccessKind, AccessRequest, AccessStatus, resolving
from service.links.link import Link, LinkStatus, Permission
from service.links.share_policy import HELD, check_policy
from service.mail.mail import Mail, MailKind, new_mail
from service.mail.store import putting
from service.operations.core import mailing
from service.operations.core.letters import denied_letter, granted_letter
from service.operations.core.operation import Bucket, Context, Effect, Operation
from service.operations.core.own_organization import own_organization
from service.operations.links.access import access_output
from service.operations.links.access_models import AccessResolve, AccessResolved, Decision
from service.operations.links.create import detail_of, link_for, targets_of
from service.operations.links.models import LinkUpdate
from service.operations.links.opening import password_hash_of
from service.operations.links.rules import check_link, expiry_of

if TYPE_CHECKING:
    from service.mail.letter import Letter

MOST_RECIPIENTS = 1000
USABLE = {LinkStatus.ACTIVE, LinkStatus.SCHEDULED}


async def resolve_request(context: Context, request: AccessResolve) -> AccessResolved:
    """Grant or deny what somebody asked for, and notify them by e-mail.

    To grant makes them a recipient of the link, with more time or a higher permission where that is said, or gives
    them a new link of their own.
    """
    asked, link = await _open_request(context, request.request_id)
    now = datetime.now(UTC)
    answered = replace(
        asked,
        status=AccessStatus.GRANTED if request.decision is Decision.GRANT else AccessStatus.DENIED,
        resolved_at=now,
        resolved_by=context.sharer.user_id,
        answer=request.answer,
    )
    granted = None
    if request.decision is Decision.DENY:
        await _deny(context, link, answered, request)
    elif request.new_link:
        granted = await _grant_by_new_link(context, link, answered, request)
    else:
        granted = await _grant_by_link(context, link, answered, request)
    mailing.wake(context)
    return AccessResolved(
        request=access_output(answered),
        link=granted and await detail_of(context, granted),
        mailed=context.services.mail.worker is not None,
    )


async def _open_request(context: Context, request_id: str) -> tuple[AccessRequest, Link]:
    missing = NotFound(
        "access_request_not_found", "There is no such access request, or it is not for one of your links."
    )
    asked = await context.services.links.access_requests.get(request_id)
    if asked is None:
        raise missing
    try:
        link = await link_for(context, asked.link_id, Role.EDITOR)
    except NotFound as exc:
        raise missing from exc
    if asked.status is not AccessStatus.OPEN:
        raise Conflict("already_changed", f"This request was already answered: {asked.status}.")
    return asked, link


async def _deny(context: Context, link: Link, answered: AccessRequest, request: AccessResolve) -> None:
    said = request.model_fields_set - {"request_id", "decision", "answer"}
    if said:
        raise BadInput("field_invalid", "This field applies only when access is granted; remove it.", field=min(said))
    letter = denied_letter(answered, await mailing.writer(context))
    mails = _mails(context, MailKind.ACCESS_DENIED, letter, link)
    await context.services.links.access_requests.resolve(answered, putting(mails))


async def _grant_by_link(context: Context, link: Link, answered: AccessRequest, request: AccessResolve) -> Link:
    services = context.services
    if link.revoked_at is not None or link.suspended_at is not None:
        detail = "The link is revoked or suspended: resume it first, or grant by new_link."
        raise Conflict("link_not_active", detail)
    if request.password is not None:
        raise BadInput(
            "field_invalid",
            "password applies only with new_link; share.link.update changes the password of a link.",
            field="password",
        )
    organization, now = await own_organization(context), datetime.now(UTC)
    changed = replace(
        link,
        recipients=_with(link.recipients, answered.email),
        permission=_permission(link, answered, request),
        expires_at=_expiry(context, link, answered, request),
    )
    said = {name for name in HELD if getattr(changed, name) != getattr(link, name)}
    check_policy(organization, changed, now, said)
    letter = granted_letter(changed, answered, await mailing.writer(context), is_new=False)
    mails = _mails(context, MailKind.ACCESS_GRANTED, letter, link)
    services.records.outbox.wake()
    saved = await services.links.store.save(changed, resolving(answered), *putting(mails))
    await services.records.outbox.spread(saved)
    return saved


async def _grant_by_new_link(context: Context, link: Link, answered: AccessRequest, request: AccessResolve) -> Link:
    services, now = context.services, datetime.now(UTC)
    organization = await own_organization(context)
    made = replace(
        link,
        id=LinkId(new_id("lnk")),
        recipients=(answered.email,),
        permission=_permission(link, answered, request),
        expires_at=expiry_of(services.settings, _times(link, request), now),
        password_hash=await password_hash_of(services, organization, request.password, link.open_with),
        rotation=0,
        generation=1,
        version=1,
        created_by=context.sharer.user_id,
        created_at=now,
        updated_at=now,
        starts_at=None,
        suspended_at=None,
        revoked_at=None,
        revoke_reason=None,
        revoked_keys=(),
    )
    targets = await targets_of(context, link)
    if not targets or targets[0].id != link.target_id or targets[0].is_gone:
        raise Gone("target_gone", "What this link shared is no longer there.")
    await services.threads.cpu.run(check_link, made, targets)
    check_policy(organization, made, now)
    letter = granted_letter(made, answered, await mailing.writer(context), is_new=True)
    mails = _mails(context, MailKind.ACCESS_GRANTED, letter, made)
    await services.links.store.add(made, resolving(answered), *putting(mails))
    return made


def _with(recipients: tuple[str, ...], email: str) -> tuple[str, ...]:
    if email in recipients:
        return recipients
    if len(recipients) >= MOST_RECIPIENTS:
        raise BadInput("field_invalid", f"A link has at most {MOST_RECIPIENTS} recipients; grant by new_link.")
    return (*recipients, email)


def _permission(link: Link, answered: AccessRequest, request: AccessResolve) -> Permission:
    """Return what is allowed from now on: never less than before. Who drops files is shown none by the same link."""
    order = list(Permission)
    if link.is_drop and not request.new_link:
        if request.permission in {None, Permission.DROP} and answered.kind in {AccessKind.ACCESS, AccessKind.MORE_TIME}:
            return Permission.DROP
        detail = "This link takes files and shows nothing; grant more by new_link."
        raise BadInput("field_invalid", detail, field="permission")
    wanted = request.permission
    if wanted is None:
        by_kind = {AccessKind.DOWNLOAD: Permission.DOWNLOAD, AccessKind.WRITE: Permission.WRITE}
        return max(link.permission, by_kind.get(answered.kind, Permission.VIEW), key=order.index)
    if order.index(wanted) < order.index(link.permission) and not request.new_link:
        detail = f"The link already allows {link.permission}; a grant cannot narrow it."
        raise BadInput("field_invalid", detail, field="permission")
    return wanted


def _expiry(context: Context, link: Link, answered: AccessRequest, request: AccessResolve) -> datetime | None:
    """Return when the present link ends from now on: never earlier than before."""
    now = datetime.now(UTC)
    if request.expires_at is None and request.expires_in_hours is None:
        if answered.kind is AccessKind.MORE_TIME or link.status(now) not in USABLE:
            raise BadInput("field_missing", "Give expires_at or expires_in_hours.", field="expires_at")
        return link.expires_at
    expires_at = expiry_of(context.services.settings, _times(link, request), now)
    if link.expires_at is None or (expires_at is not None and expires_at < link.expires_at):
        raise BadInput("field_invalid", "The link already expires later than that.", field="expires_at")
    return expires_at


def _times(link: Link, request: AccessResolve) -> LinkUpdate:
    return LinkUpdate(link_id=link.id, expires_at=request.expires_at, expires_in_hours=request.expires_in_hours)


def _mails(context: Context, kind: MailKind, letter: Letter, link: Link) -> list[Mail]:
    if context.services.mail.worker is None:
        return []
    return [new_mail(kind, letter, link.id, datetime.now(UTC))]


OPERATIONS = (Operation("share.access.resolve", Scope.SHARES_WRITE, Effect.EXPORT, Bucket.UPDATE, resolve_request),)
