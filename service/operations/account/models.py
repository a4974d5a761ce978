"""Request and response bodies of the operations on projects, members and API keys."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from service.accounts.api_keys import Scope
from service.accounts.members import Role
from service.operations.core.fields import Identifier, Instant, Name
from service.operations.core.operation import Request, Response

Email = Annotated[
    str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=320, pattern=r"^[^@\s]+@[^@\s]+$")
]
Label = Annotated[Name, Field(min_length=1)]


class Nothing(Request):
    """No fields: send {}."""


class ProjectCreate(Request):
    """You become its admin."""

    name: Label


class ProjectOutput(Response):
    """A project."""

    id: str
    organization_id: str
    name: str


class ProjectPage(Response):
    """The projects that you are a member of, oldest first."""

    projects: tuple[ProjectOutput, ...]


class ProjectRef(Request):
    """Name a project."""

    project_id: Identifier


class MemberSet(Request):
    """Somebody new is added by their e-mail address."""

    project_id: Identifier
    email: Email
    role: Role


class MemberRemove(Request):
    """Name a member by their e-mail address."""

    project_id: Identifier
    email: Email


class MemberRemoved(Response):
    """They have no role on the project any more; without any in the organization, their API keys have ended too."""

    email: str
    ok: bool


class MemberOutput(Response):
    """A member of a project."""

    user_id: str
    email: str
    role: Role


class MemberPage(Response):
    """The members of a project, by address."""

    members: tuple[MemberOutput, ...]


class ApiKeyCreate(Request):
    """The scopes must be ones that you hold."""

    label: Label
    scopes: tuple[Scope, ...] = Field(min_length=1)
    expires_at: Instant | None = None


class ApiKeyOutput(Response):
    """An API key, without its text."""

    id: str
    user_id: str
    email: str
    """Of its owner, without whose role it can do nothing."""
    label: str
    scopes: tuple[Scope, ...]
    created_at: Instant
    expires_at: Instant | None
    revoked_at: Instant | None


class ApiKeyCreated(ApiKeyOutput):
    """A new API key. Its text is shown this once."""

    api_key: str


class ApiKeyPage(Response):
    """The API keys of your organization, oldest first."""

    api_keys: tuple[ApiKeyOutput, ...]


class ApiKeyRef(Request):
    """Name an API key."""

    api_key_id: Identifier
