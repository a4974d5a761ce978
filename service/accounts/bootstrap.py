"""The first organization, project, user and API key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.accounts.api_keys import ALL_SCOPES
from service.accounts.members import Role
from service.accounts.root_grants import EVERY_ROOT, new_grant

if TYPE_CHECKING:
    from service.accounts.store import AccountStore
    from service.identifiers import OrganizationId, ProjectId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who a sharer is: what `bootstrap` made or found."""

    organization_id: OrganizationId
    project_id: ProjectId
    user_id: UserId


async def find_account(store: AccountStore) -> Account | None:
    """Return the first account of this installation, or None before `bootstrap`."""
    found = await store.first_account()
    return found and Account(organization_id=found[0], project_id=found[1], user_id=found[2])


async def bootstrap(store: AccountStore, *, organization: str, project: str, email: str, name: str) -> Account:
    """Make an organization with one project, whose admin is the user of `email`.

    The first project of an installation is its operator's: it may register files of every storage root.
    """
    is_first = await find_account(store) is None
    organization_id = await store.create_organization(organization)
    project_id = await store.create_project(organization_id, project)
    user_id = await store.create_user(email, name)
    await store.set_member(project_id, user_id, Role.ADMIN)
    if is_first:
        await store.root_grants.add(new_grant(EVERY_ROOT, "", organization_id, project_id))
    return Account(organization_id=organization_id, project_id=project_id, user_id=user_id)


async def issue_key(store: AccountStore, account: Account, label: str) -> str:
    """Return a new API key with every scope; its text cannot be shown again."""
    _, text = await store.create_api_key(account.organization_id, account.user_id, label=label, scopes=ALL_SCOPES)
    return text
