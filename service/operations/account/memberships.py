"""The organizations that somebody belongs to."""

from __future__ import annotations

from service.accounts.api_keys import Scope
from service.accounts.members import Role
from service.accounts.organization import OrganizationStatus
from service.operations.account.models import Nothing
from service.operations.core.operation import Bucket, Context, Effect, Operation, Response


class MembershipOutput(Response):
    """An organization on whose projects you have a role."""

    organization_id: str
    name: str
    status: OrganizationStatus
    role: Role
    """The highest of your roles on its projects."""
    current: bool
    """Whether this call acts for it."""


class MembershipPage(Response):
    """The organizations that you belong to, the one of your oldest project first."""

    organizations: tuple[MembershipOutput, ...]


async def list_mine(context: Context, request: Nothing) -> MembershipPage:  # noqa: ARG001  (there is nothing in it)
    """List the organizations that you belong to.

    An API key acts for one and lists that one alone. Who signed in chooses by the header `X-Organization`.
    """
    accounts, sharer = context.services.accounts, context.sharer
    found = list[MembershipOutput]()
    for organization_id, role in (await accounts.people.standing(sharer.user_id)).items():
        is_current = organization_id == sharer.organization_id
        organization = await accounts.organizations.get(organization_id)
        if organization is not None and (is_current or context.session is not None):
            found.append(
                MembershipOutput(
                    organization_id=organization_id,
                    name=organization.name,
                    status=organization.status,
                    role=role,
                    current=is_current,
                )
            )
    return MembershipPage(organizations=tuple(found))


OPERATIONS = (Operation("organization.mine", Scope.SHARES_READ, Effect.READ, Bucket.LIST, list_mine),)
