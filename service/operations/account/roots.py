"""Storage roots: to whom they belong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.accounts.api_keys import Scope
from service.accounts.root_grants import EVERY_ROOT, RootGrant, new_grant, plain_path
from service.errors import BadInput, Conflict, Forbidden, NotFound
from service.identifiers import OrganizationId, ProjectId, RootGrantId
from service.operations.account.models import Nothing
from service.operations.account.root_models import (
    RootGrantCreate,
    RootGrantOutput,
    RootGrantPage,
    RootGrantRevoke,
    RootGrantRevoked,
)
from service.operations.catalogue.items import remove_item
from service.operations.core.operation import Bucket, Context, Effect, Operation

if TYPE_CHECKING:
    from service.accounts.members import Project
    from service.catalogue.item import Item


async def grant_root(context: Context, request: RootGrantCreate) -> RootGrantOutput:
    """Let an organization or a project register the files of a storage root, or of a folder in it.

    Only operators may do so, and admins of the installation's first project, which `tilegate bootstrap` made. Saying it
    again changes nothing.
    """
    await context.services.accounts.access.require_operator(context.sharer)
    prefix = plain_path(request.prefix)
    if prefix is None or (prefix and request.root == EVERY_ROOT):
        raise BadInput("field_invalid", "prefix must be a folder below the root, without .. in it.", field="prefix")
    if request.root not in {*context.services.catalogue.roots.names, EVERY_ROOT}:
        detail = f"There is no storage root of this name; available: {context.services.catalogue.roots.names}."
        raise BadInput("field_invalid", detail, field="root")
    organization_id, project_id = await _grantee(context, request)
    added = await context.services.accounts.store.root_grants.add(
        new_grant(request.root, prefix, organization_id, project_id)
    )
    return _output(added)


async def list_grants(context: Context, request: Nothing) -> RootGrantPage:  # noqa: ARG001  (there is nothing in it)
    """List what your organization may register; for the operator: what everybody may."""
    services, sharer = context.services, context.sharer
    try:
        await services.accounts.access.require_operator(sharer)
    except Forbidden:
        found = await services.accounts.store.root_grants.list(sharer.organization_id)
        return RootGrantPage(grants=tuple(map(_output, found)), roots=())
    found = await services.accounts.store.root_grants.list(None)
    return RootGrantPage(grants=tuple(map(_output, found)), roots=tuple(services.catalogue.roots.names))


async def revoke_grant(context: Context, request: RootGrantRevoke) -> RootGrantRevoked:
    """Take a grant back: nothing can be registered by it any more.

    Where items lie in the folder that no other grant covers, this answers 409 `root_grant_in_use` and changes nothing.
    With `force` they are deleted, and their links answer 410. Who may grant may revoke.
    """
    services, grant_id = context.services, RootGrantId(request.grant_id)
    await services.accounts.access.require_operator(context.sharer)
    grant = await services.accounts.store.root_grants.get(grant_id)
    if grant is None:
        raise NotFound("root_grant_not_found", "There is no such grant.", field="grant_id")
    items = await _without(context, grant)
    if items and not request.force:
        detail = f"{len(items)} items need this grant; set force to delete them and to end their links."
        raise Conflict("root_grant_in_use", detail, field="grant_id")
    deleted = await _delete(context, items)
    await services.accounts.store.root_grants.remove(grant_id)
    deleted += await _delete(context, await _without(context, grant))  # registered since they were looked up
    return RootGrantRevoked(id=grant_id, ok=True, deleted_items=deleted)


async def _grantee(context: Context, request: RootGrantCreate) -> tuple[OrganizationId, ProjectId | None]:
    """Return who is granted something. Raises BadInput, NotFound."""
    accounts = context.services.accounts.store
    if (request.organization_id is None) == (request.project_id is None):
        raise BadInput("field_missing", "Give either organization_id or project_id.", field="organization_id")
    if request.project_id is not None:
        project = await accounts.get_project(ProjectId(request.project_id))
        if project is None:
            raise NotFound("project_not_found", "There is no such project.", field="project_id")
        return project.organization_id, project.id
    organization_id = OrganizationId(request.organization_id or "")
    if not await accounts.has_organization(organization_id):
        raise NotFound("organization_not_found", "There is no such organization.", field="organization_id")
    return organization_id, None


async def _without(context: Context, grant: RootGrant) -> list[Item]:
    """Return the items that would be covered by nothing without a grant."""
    accounts, found = context.services.accounts.store, list["Item"]()
    for project in await _projects(context, grant):
        left = [other for other in await accounts.root_grants.of_project(project) if other.id != grant.id]
        for item in await context.services.catalogue.items.in_files(project.id):
            path = plain_path(item.path) or ""
            if grant.covers(item.root, path) and not any(other.covers(item.root, path) for other in left):
                found.append(item)
    return found


async def _projects(context: Context, grant: RootGrant) -> list[Project]:
    accounts = context.services.accounts.store
    if grant.project_id is None:
        return await accounts.all_projects_of(grant.organization_id)
    project = await accounts.get_project(grant.project_id)
    return [] if project is None else [project]


async def _delete(context: Context, items: list[Item]) -> int:
    for item in items:
        await remove_item(context, item)
    return len(items)


def _output(grant: RootGrant) -> RootGrantOutput:
    return RootGrantOutput(**{name: getattr(grant, name) for name in RootGrantOutput.model_fields})


OPERATIONS = (
    Operation("root.grant", Scope.ADMIN, Effect.EXPORT, Bucket.CREATE, grant_root, for_operators=True),
    Operation("root.list", Scope.ADMIN, Effect.READ, Bucket.LIST, list_grants, for_operators=True),
    Operation("root.revoke", Scope.ADMIN, Effect.DESTRUCTIVE, Bucket.UPDATE, revoke_grant, for_operators=True),
)
