"""The organization that a sharer acts for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from service.accounts.organization import Organization
    from service.operations.core.operation import Context


async def own_organization(context: Context) -> Organization:
    """Return the organization that a sharer acts for, as SQL has it."""
    organization = await context.services.accounts.organizations.get(context.sharer.organization_id)
    if organization is None:
        raise RuntimeError("a principal of no organization")
    return organization
