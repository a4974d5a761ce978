"""Projects, their members, and API keys."""

from __future__ import annotations

from datetime import UTC, datetime

from service.accounts.api_keys import ApiKey, Scope
from service.accounts.members import Role
from service.errors import BadInput, Forbidden, NotFound
from service.identifiers import ApiKeyId, ProjectId
from service.operations.account.models import (
    ApiKeyCreate,
    ApiKeyCreated,
    ApiKeyOutput,
    ApiKeyPage,
    ApiKeyRef,
    MemberOutput,
    MemberPage,
    MemberRemove,
    MemberRemoved,
    MemberSet,
    Nothing,
    ProjectCreate,
    ProjectOutput,
    ProjectPage,
    ProjectRef,
)
from service.operations.core.operation import Bucket, Context, Effect, Operation


async def create_project(context: Context, request: ProjectCreate) -> ProjectOutput:
    """Add a project to your organization."""
    accounts, sharer = context.services.accounts.store, context.sharer
    project_id = await accounts.create_project(sharer.organization_id, request.name)
    await accounts.set_member(project_id, sharer.user_id, Role.ADMIN)
    return ProjectOutput(id=project_id, organization_id=sharer.organization_id, name=request.name)


async def list_projects(context: Context, request: Nothing) -> ProjectPage:  # noqa: ARG001  (there is nothing in it)
    """List your projects."""
    sharer = context.sharer
    found = await context.services.accounts.store.projects_of(sharer.user_id, sharer.organization_id)
    projects = (
        ProjectOutput(id=project.id, organization_id=project.organization_id, name=project.name) for project in found
    )
    return ProjectPage(projects=tuple(projects))


async def set_member(context: Context, request: MemberSet) -> MemberOutput:
    """Give somebody a role on a project, in place of any other; the last admin stays one."""
    services = context.services
    project = await services.accounts.access.project_for(context.sharer, ProjectId(request.project_id), Role.ADMIN)
    user_id = await services.accounts.store.create_user(request.email, request.email)
    await services.accounts.store.memberships.set(project.id, user_id, request.role)
    return MemberOutput(user_id=user_id, email=request.email, role=request.role)


async def remove_member(context: Context, request: MemberRemove) -> MemberRemoved:
    """Take somebody's role on a project away.

    Their keys and sessions can do nothing there from then on. Who has no other project of the organization loses their
    API keys of it for good. The last admin cannot be removed.
    """
    services = context.services
    project = await services.accounts.access.project_for(context.sharer, ProjectId(request.project_id), Role.ADMIN)
    person = await services.accounts.people.by_email(request.email)
    if person is None or not await services.accounts.store.memberships.remove(project, person.id, datetime.now(UTC)):
        raise NotFound("member_not_found", "The project has no member with this e-mail address.", field="email")
    return MemberRemoved(email=request.email, ok=True)


async def list_members(context: Context, request: ProjectRef) -> MemberPage:
    """List a project's members."""
    services = context.services
    project = await services.accounts.access.project_for(context.sharer, ProjectId(request.project_id), Role.VIEWER)
    found = await services.accounts.store.members_of(project.id)
    return MemberPage(
        members=tuple(MemberOutput(user_id=user_id, email=email, role=role) for user_id, email, role in found)
    )


async def create_api_key(context: Context, request: ApiKeyCreate) -> ApiKeyCreated:
    """Make an API key that can do no more than you; its text is shown this once.

    What it can do falls with your role: at no time is it more than you may do then.
    """
    sharer = context.sharer
    beyond = sorted(set(request.scopes) - sharer.scopes)
    if beyond and (Scope.OPERATOR in beyond or Scope.ADMIN not in sharer.scopes):
        raise Forbidden(
            "scope_missing", f"You cannot give scopes that you do not have: {', '.join(beyond)}.", field="scopes"
        )
    if request.expires_at is not None and request.expires_at <= datetime.now(UTC):
        raise BadInput("field_invalid", "expires_at must be in the future.", field="expires_at")
    key, text = await context.services.accounts.store.create_api_key(
        sharer.organization_id,
        sharer.user_id,
        label=request.label,
        scopes=request.scopes,
        expires_at=request.expires_at,
    )
    person = await context.services.accounts.people.get(sharer.user_id)
    return ApiKeyCreated(**_output(key, "" if person is None else person.email).model_dump(), api_key=text)


async def list_api_keys(context: Context, request: Nothing) -> ApiKeyPage:  # noqa: ARG001  (there is nothing in it)
    """List the API keys of your organization: whose they are and what they may do."""
    found = await context.services.accounts.store.api_keys_of(context.sharer.organization_id)
    return ApiKeyPage(api_keys=tuple(_output(key, email) for key, email in found))


async def revoke_api_key(context: Context, request: ApiKeyRef) -> ApiKeyOutput:
    """End an API key of your organization, yours or somebody else's; saying it again changes nothing."""
    services, key_id = context.services, ApiKeyId(request.api_key_id)
    key = await services.accounts.store.get_api_key(key_id)
    if key is None or key.organization_id != context.sharer.organization_id:
        raise NotFound("api_key_not_found", "Your organization has no such API key.", field="api_key_id")
    await services.accounts.store.revoke_api_key(key_id, datetime.now(UTC))
    person = await services.accounts.people.get(key.user_id)
    return _output(await services.accounts.store.get_api_key(key_id) or key, "" if person is None else person.email)


def _output(key: ApiKey, email: str) -> ApiKeyOutput:
    return ApiKeyOutput(
        id=key.id,
        user_id=key.user_id,
        email=email,
        label=key.label,
        scopes=tuple(sorted(key.scopes)),
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
    )


OPERATIONS = (
    Operation("project.create", Scope.ADMIN, Effect.WRITE, Bucket.CREATE, create_project),
    Operation("project.list", Scope.ITEMS_READ, Effect.READ, Bucket.LIST, list_projects),
    Operation("member.set", Scope.ADMIN, Effect.WRITE, Bucket.UPDATE, set_member),
    Operation("member.remove", Scope.ADMIN, Effect.DESTRUCTIVE, Bucket.UPDATE, remove_member),
    Operation("member.list", Scope.ITEMS_READ, Effect.READ, Bucket.LIST, list_members),
    Operation("api_key.create", Scope.ADMIN, Effect.WRITE, Bucket.CREATE, create_api_key),
    Operation("api_key.list", Scope.ADMIN, Effect.READ, Bucket.LIST, list_api_keys),
    Operation("api_key.revoke", Scope.ADMIN, Effect.DESTRUCTIVE, Bucket.UPDATE, revoke_api_key),
)
