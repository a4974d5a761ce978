"""Request and response bodies of the operations on organizations."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from service.accounts.organization import OrganizationStatus
from service.operations.account.models import Email, Label
from service.operations.account.policy_models import PolicyFields
from service.operations.core.fields import Cursor, Identifier, Instant, Limit, Name
from service.operations.core.operation import Request, Response

FIRST_KEY_HOURS = 7 * 24
Reason = Annotated[str | None, Field(max_length=1000, description="For operators; recipients are not told")]


class OrganizationCreate(Request):
    """Who pays, and who administers it."""

    name: Label
    admin_email: Email
    admin_name: Name = ""
    project_name: Label = Field("First project", description="Of the project that it begins with")
    ceiling: PolicyFields = Field(PolicyFields(), description="What its links may be; its admins may be stricter")
    first_key_hours: int = Field(
        FIRST_KEY_HOURS,
        ge=0,
        le=366 * 24,
        description="How long the admin's first API key lives; 0: none is made, as people sign in",
    )


class OrganizationRef(Request):
    """Name an organization."""

    organization_id: Identifier


class OrganizationList(Request):
    """All organizations of the installation."""

    limit: Limit = 50
    cursor: Cursor = None


class OrganizationUpdate(Request):
    """What is left out stays as it is."""

    organization_id: Identifier
    name: Label | None = None
    ceiling: PolicyFields | None = Field(None, description="Takes the place of the one before: what its links may be")


class OrganizationSuspend(Request):
    """Name an organization, and say why."""

    organization_id: Identifier
    reason: Reason = None


class OrganizationOutput(Response):
    """An organization, and nothing of what it has."""

    id: str
    name: str
    status: OrganizationStatus
    created_at: Instant
    suspended_at: Instant | None
    suspend_reason: str | None
    ceiling: PolicyFields
    """What its links may be, as an operator set it."""


class OrganizationCreated(OrganizationOutput):
    """A new organization, its project and its admin."""

    project_id: str
    admin_id: str
    admin_email: str
    api_key: str | None
    """The admin's first key, for them to make their own with and to revoke then. It is shown this once."""
    api_key_id: str | None
    api_key_expires_at: Instant | None


class OrganizationPage(Response):
    """Organizations, oldest first."""

    organizations: tuple[OrganizationOutput, ...]
    next_cursor: str | None
