"""Organizations: who pays. An operator founds, renames, suspends and resumes them, and sees nothing of their data."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from service.accounts.api_keys import OF_ONE_ORGANIZATION, ApiKey, Scope, new_key
from service.accounts.organizations import new_organization
from service.errors import NotFound
from service.identifiers import OrganizationId
from service.operations.account.organization_models import (
    OrganizationCreate,
    OrganizationCreated,
    OrganizationList,
    OrganizationOutput,
    OrganizationPage,
    OrganizationRef,
    OrganizationSuspend,
    OrganizationUpdate,
)
from service.operations.account.policies import check_watermark
from service.operations.account.policy_models import policy_fields
from service.operations.core.fields import read_cursor, write_cursor
from service.operations.core.operation import Bucket, Context, Effect, Operation

if TYPE_CHECKING:
    from service.accounts.organization import Organization
    from service.identifiers import UserId


async def create_organization(context: Context, request: OrganizationCreate) -> OrganizationCreated:
    """Add an organization with a project and its first admin.

    The admin signs in with their confirmed e-mail address, or gets the API key of the answer from you: with it they
    make their own, and revoke it. It expires after a week where you do not say otherwise. The organization can register
    files once it was given a storage root (root.grant).
    """
    check_watermark(request.ceiling.policy(), "ceiling")
    organization = replace(new_organization(request.name), ceiling=request.ceiling.policy())
    texts = list[tuple[ApiKey, str]]()

    def first_key(admin_id: UserId) -> ApiKey:
        expires_at = organization.created_at + timedelta(hours=request.first_key_hours)
        scopes, label = OF_ONE_ORGANIZATION, "first key"
        texts.append(new_key(organization.id, admin_id, label=label, scopes=scopes, expires_at=expires_at))
        return texts[0][0]

    founded = await context.services.accounts.organizations.found(
        organization,
        project=request.project_name,
        email=request.admin_email,
        name=request.admin_name or request.admin_email,
        first_key=first_key if request.first_key_hours else None,
    )
    key, text = texts[0] if texts else (None, None)
    return OrganizationCreated(
        **dict(_output(organization)),
        project_id=founded.project_id,
        admin_id=founded.admin_id,
        admin_email=request.admin_email,
        api_key=text,
        api_key_id=key and key.id,
        api_key_expires_at=key and key.expires_at,
    )


async def get_organization(context: Context, request: OrganizationRef) -> OrganizationOutput:
    """Return an organization."""
    return _output(await _organization(context, request.organization_id))


async def list_organizations(context: Context, request: OrganizationList) -> OrganizationPage:
    """List the organizations of this installation."""
    after = read_cursor(request.cursor)
    found = await context.services.accounts.organizations.list(after=after, limit=request.limit + 1)
    page = found[: request.limit]
    more = write_cursor(page[-1].created_at, page[-1].id) if len(found) > request.limit else None
    return OrganizationPage(organizations=tuple(map(_output, page)), next_cursor=more)


async def update_organization(context: Context, request: OrganizationUpdate) -> OrganizationOutput:
    """Change an organization's name, or the ceiling of what its links may be.

    Links that are there stay as they are, until they are rotated or the field at fault is changed.
    """
    organization = await _organization(context, request.organization_id)
    ceiling = organization.ceiling if request.ceiling is None else request.ceiling.policy()
    check_watermark(ceiling, "ceiling")
    changed = replace(organization, name=request.name or organization.name, ceiling=ceiling)
    return await _save(context, organization, changed)


async def suspend_organization(context: Context, request: OrganizationSuspend) -> OrganizationOutput:
    """Suspend an organization: within a second all its links answer 410 `organization_suspended`.

    Its members can still read what it has and what it used; all that changes something answers 410 too. Links, keys and
    passwords stay as they are.
    """
    organization = await _organization(context, request.organization_id)
    suspended = replace(organization, suspended_at=datetime.now(UTC), suspend_reason=request.reason)
    if organization.suspended_at is not None:
        suspended = organization
    return await _save(context, organization, suspended, "The organization is suspended")


async def resume_organization(context: Context, request: OrganizationRef) -> OrganizationOutput:
    """Open a suspended organization again; its links and keys work as before."""
    organization = await _organization(context, request.organization_id)
    resumed = replace(organization, suspended_at=None, suspend_reason=None)
    return await _save(context, organization, resumed, "The organization is resumed")


async def _organization(context: Context, organization_id: str) -> Organization:
    organization = await context.services.accounts.organizations.get(OrganizationId(organization_id))
    if organization is None:
        raise NotFound("organization_not_found", "There is no such organization.", field="organization_id")
    return organization


async def _save(
    context: Context, old: Organization, new: Organization, done: str = "The change is saved"
) -> OrganizationOutput:
    """Save what changed, and answer when every worker is told of it. Raises Unavailable where they are not yet.

    What did not change is spread all the same: the last change may have been answered so, and is sent again.
    """
    services = context.services
    services.records.outbox.wake()
    saved = old if new == old else await services.accounts.organizations.save(new)
    await services.records.outbox.spread(saved, done=done)
    return _output(saved)


def _output(organization: Organization) -> OrganizationOutput:
    plain = {name: getattr(organization, name) for name in OrganizationOutput.model_fields}
    return OrganizationOutput(**plain | {"ceiling": policy_fields(organization.ceiling)})


OPERATIONS = (
    Operation("organization.create", Scope.OPERATOR, Effect.WRITE, Bucket.CREATE, create_organization),
    Operation("organization.get", Scope.OPERATOR, Effect.READ, Bucket.READ, get_organization),
    Operation("organization.list", Scope.OPERATOR, Effect.READ, Bucket.LIST, list_organizations),
    Operation("organization.update", Scope.OPERATOR, Effect.WRITE, Bucket.UPDATE, update_organization),
    Operation("organization.suspend", Scope.OPERATOR, Effect.DESTRUCTIVE, Bucket.UPDATE, suspend_organization),
    Operation("organization.resume", Scope.OPERATOR, Effect.EXPORT, Bucket.UPDATE, resume_organization),
)
