"""The share policy of an organization, within the ceiling that an operator set."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from service.accounts.api_keys import Scope
from service.errors import BadInput, Forbidden
from service.links.watermark_text import check_text
from service.operations.account.models import Nothing
from service.operations.account.policy_models import PolicyOutput, PolicySet, policy_fields
from service.operations.core.operation import Bucket, Context, Effect, Operation
from service.operations.core.own_organization import own_organization
from tiling.watermark import cleaned

if TYPE_CHECKING:
    from service.accounts.organization import Organization
    from service.accounts.share_policy import SharePolicy


async def get_policy(context: Context, request: Nothing) -> PolicyOutput:  # noqa: ARG001  (there is nothing in it)
    """Return what links of your organization have to keep: the operator's ceiling, and what admins set."""
    return _output(await own_organization(context))


async def set_policy(context: Context, request: PolicySet) -> PolicyOutput:
    """Say what links of your organization may be, within the operator's ceiling.

    Links that are there stay as they are, until they are rotated or the field at fault is changed.
    """
    services, organization = context.services, await own_organization(context)
    policy = request.policy()
    check_watermark(policy, "watermark")
    check_within(policy, organization.ceiling)
    changed = replace(organization, policy=policy)
    if changed != organization:
        changed = await services.accounts.organizations.save(changed)
    await services.records.outbox.spread(changed)
    return _output(changed)


def check_watermark(policy: SharePolicy, field: str) -> None:
    """Raise BadInput where nothing of a policy's watermark can be seen."""
    if policy.watermark is not None:
        check_text(policy.watermark, field)
    if policy.watermark is not None and not cleaned(policy.watermark):
        raise BadInput("field_invalid", "The watermark has no visible characters.", field=field)


def check_within(policy: SharePolicy, ceiling: SharePolicy) -> None:
    """Raise Forbidden `not_allowed_by_policy` where a policy allows what the ceiling does not."""
    longest, shortest = ceiling.max_lifetime_hours, ceiling.min_password_length
    if longest is not None and (policy.max_lifetime_hours or 0) > longest:
        raise _beyond("max_lifetime_hours", f"{longest:g}")
    if shortest is not None and (policy.min_password_length or shortest) < shortest:
        raise _beyond("min_password_length", f"{shortest}")
    if ceiling.permissions is not None and not set(policy.permissions or ()) <= set(ceiling.permissions):
        raise _beyond("permissions", ", ".join(ceiling.permissions))
    if ceiling.allowed_origins and not set(policy.allowed_origins) <= set(ceiling.allowed_origins):
        raise _beyond("allowed_origins", ", ".join(ceiling.allowed_origins))


def _beyond(field: str, value: str) -> Forbidden:
    detail = f"The ceiling that the operator of this installation set is stricter: {field} is {value}."
    return Forbidden("not_allowed_by_policy", detail, field=field)


def _output(organization: Organization) -> PolicyOutput:
    return PolicyOutput(
        organization_id=organization.id,
        ceiling=policy_fields(organization.ceiling),
        policy=policy_fields(organization.policy),
    )


OPERATIONS = (
    Operation("organization.policy.get", Scope.SHARES_READ, Effect.READ, Bucket.READ, get_policy),
    Operation("organization.policy.set", Scope.ADMIN, Effect.WRITE, Bucket.UPDATE, set_policy),
)
