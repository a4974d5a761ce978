"""Projects, their members, and API keys."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from service.accounts.api_keys import ApiKey, Scope
from service.accounts.members import Role
from service.errors import BadInput, Forbidden, NotFound
from service.identifiers import ApiKeyId, ProjectId
from service.operations.fields import Identifier, Instant, Name
from service.operations.operation import Bucket, Context, Effect, Operation, Request, Response

Email = Annotated[
    str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=320, pattern=r"^[^@\s]+@[^@\s]+$")
]
Label = Annotated[Name, Field(min_length=1)]


class Nothing(Request):
    """No fields: send {}."""


class ProjectCreate(Request):
    """Add a project to your organization; you become its admin."""

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
    """Give somebody a role on a project."""

    project_id: Identifier
    email: Email
    role: Role


class MemberOutput(Response):
    """A member of a project."""

    user_id: str
    email: str
    role: Role


class MemberPage(Response):
    """The members of a project, by address."""

    members: tuple[MemberOutput, ...]


class ApiKeyCreate(Request):
    """Make an API key for yourself, with scopes that you hold."""

    label: Label
    scopes: tuple[Scope, ...] = Field(min_length=1)
    expires_at: Instant | None = None


class ApiKeyOutput(Response):
    """An API key, without its text."""

    id: str
    label: str
    scopes: tuple[Scope, ...]
    created_at: Instant
    expires_at: Instant | None
    revoked_at: Instant | None


class ApiKeyCreated(ApiKeyOutput):
    """A new API key. Its text is shown this once."""

    api_key: str


class ApiKeyPage(Response):
    """Your API keys, oldest first."""

    api_keys: tuple[ApiKeyOutput, ...]


class ApiKeyRef(Request):
    """Name an API key."""

    api_key_id: Identifier


async def create_project(context: Context, request: ProjectCreate) -> ProjectOutput:
    """Add a project."""
    accounts, sharer = context.services.accounts, context.sharer
    project_id = await accounts.create_project(sharer.organization_id, request.name)
    await accounts.set_member(project_id, sharer.user_id, Role.ADMIN)
    return ProjectOutput(id=project_id, organization_id=sharer.organization_id, name=request.name)


async def list_projects(context: Context, _request: Nothing) -> ProjectPage:
    """Return the caller's projects."""
    sharer = context.sharer
    found = await context.services.accounts.projects_of(sharer.user_id, sharer.organization_id)
    projects = (
        ProjectOutput(id=project.id, organization_id=project.organization_id, name=project.name) for project in found
    )
    return ProjectPage(projects=tuple(projects))


async def set_member(context: Context, request: MemberSet) -> MemberOutput:
    """Give a user a role."""
    services = context.services
    project = await services.access.project_for(context.sharer, ProjectId(request.project_id), Role.ADMIN)
    user_id = await services.accounts.create_user(request.email, request.email)
    await services.accounts.set_member(project.id, user_id, request.role)
    return MemberOutput(user_id=user_id, email=request.email, role=request.role)


async def list_members(context: Context, request: ProjectRef) -> MemberPage:
    """Return a project's members."""
    services = context.services
    project = await services.access.project_for(context.sharer, ProjectId(request.project_id), Role.VIEWER)
    found = await services.accounts.members_of(project.id)
    return MemberPage(
        members=tuple(MemberOutput(user_id=user_id, email=email, role=role) for user_id, email, role in found)
    )


async def create_api_key(context: Context, request: ApiKeyCreate) -> ApiKeyCreated:
    """Make a key that can do no more than its maker."""
    sharer = context.sharer
    beyond = sorted(set(request.scopes) - sharer.scopes)
    if beyond and Scope.ADMIN not in sharer.scopes:
        raise Forbidden("scope_missing", f"You do not hold {', '.join(beyond)} yourself.", field="scopes")
    if request.expires_at is not None and request.expires_at <= datetime.now(UTC):
        raise BadInput("field_invalid", "This moment is past.", field="expires_at")
    key, text = await context.services.accounts.create_api_key(
        sharer.organization_id,
        sharer.user_id,
        label=request.label,
        scopes=request.scopes,
        expires_at=request.expires_at,
    )
    return ApiKeyCreated(**_output(key).model_dump(), api_key=text)


async def list_api_keys(context: Context, _request: Nothing) -> ApiKeyPage:
    """Return the caller's keys."""
    sharer = context.sharer
    found = await context.services.accounts.api_keys_of(sharer.user_id, sharer.organization_id)
    return ApiKeyPage(api_keys=tuple(_output(key) for key in found))


async def revoke_api_key(context: Context, request: ApiKeyRef) -> ApiKeyOutput:
    """End one of the caller's keys; saying it again changes nothing."""
    accounts, key_id = context.services.accounts, ApiKeyId(request.api_key_id)
    key = await accounts.get_api_key(key_id)
    if key is None or key.user_id != context.sharer.user_id:
        raise NotFound("api_key_not_found", "You have no such API key.", field="api_key_id")
    await accounts.revoke_api_key(key_id, datetime.now(UTC))
    return _output(await accounts.get_api_key(key_id) or key)


def _output(key: ApiKey) -> ApiKeyOutput:
    return ApiKeyOutput(
        id=key.id,
        label=key.label,
        scopes=tuple(sorted(key.scopes)),
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
    )


OPERATIONS = (
    Operation(
        id="project.create",
        scope=Scope.ADMIN,
        effect=Effect.WRITE,
        bucket=Bucket.CREATE,
        summary="Add a project to your organization",
        request=ProjectCreate,
        response=ProjectOutput,
        function=create_project,
    ),
    Operation(
        id="project.list",
        scope=Scope.ITEMS_READ,
        effect=Effect.READ,
        bucket=Bucket.LIST,
        summary="List your projects",
        request=Nothing,
        response=ProjectPage,
        function=list_projects,
    ),
    Operation(
        id="member.set",
        scope=Scope.ADMIN,
        effect=Effect.WRITE,
        bucket=Bucket.UPDATE,
        summary="Give somebody a role on a project",
        request=MemberSet,
        response=MemberOutput,
        function=set_member,
    ),
    Operation(
        id="member.list",
        scope=Scope.ITEMS_READ,
        effect=Effect.READ,
        bucket=Bucket.LIST,
        summary="List a project's members",
        request=ProjectRef,
        response=MemberPage,
        function=list_members,
    ),
    Operation(
        id="api_key.create",
        scope=Scope.ADMIN,
        effect=Effect.WRITE,
        bucket=Bucket.CREATE,
        summary="Make an API key; its text is shown once",
        request=ApiKeyCreate,
        response=ApiKeyCreated,
        function=create_api_key,
    ),
    Operation(
        id="api_key.list",
        scope=Scope.ADMIN,
        effect=Effect.READ,
        bucket=Bucket.LIST,
        summary="List your API keys",
        request=Nothing,
        response=ApiKeyPage,
        function=list_api_keys,
    ),
    Operation(
        id="api_key.revoke",
        scope=Scope.ADMIN,
        effect=Effect.DESTRUCTIVE,
        bucket=Bucket.UPDATE,
        summary="End an API key",
        request=ApiKeyRef,
        response=ApiKeyOutput,
        function=revoke_api_key,
    ),
)
