"""Putting files into storage roots, as their sharers do: what a project may register, its editors may add."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from service.accounts.api_keys import Scope
from service.accounts.members import Role
from service.accounts.root_grants import EVERY_ROOT, plain_path
from service.catalogue.grants import require_grant
from service.delivery.files.conditions import precondition_failed
from service.delivery.files.destinations import Destination, Finish
from service.delivery.files.storage import Place
from service.errors import BadInput
from service.identifiers import ProjectId
from service.operations.catalogue.items import projects_for
from service.operations.core.operation import Bucket, Context, Effect, Operation
from service.operations.files.root_upload_models import (
    RootFolder,
    RootFolderPage,
    RootFolders,
    RootUpload,
    RootUploadBegun,
)
from service.operations.files.uploads import REORDERS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from service.catalogue.storage.entry import Entry
    from service.delivery.files.destinations import Written

PARTS = "/v1/root/upload/parts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where an upload goes, as whoever sends a part says it."""

    project_id: str
    root: str
    path: str


async def list_folders(context: Context, request: RootFolders) -> RootFolderPage:
    """List the folders of storage roots whose files your projects may register."""
    services, found = context.services, list[RootFolder]()
    for project_id in await projects_for(context, request.project_id):
        project = await services.accounts.store.get_project(project_id)
        if project is None:
            continue
        for grant in await services.accounts.store.root_grants.of_project(project):
            roots = services.catalogue.roots.names if grant.root == EVERY_ROOT else [grant.root]
            found += [
                RootFolder(project_id=project.id, project_name=project.name, root=root, prefix=grant.prefix)
                for root in roots
            ]
    return RootFolderPage(folders=tuple(dict.fromkeys(found)))


async def upload_to_root(context: Context, request: RootUpload) -> RootUploadBegun:
    """Begin to put a new file into a storage root, in parts that can be resumed.

    It may lie where the project may register files. None replaces another.
    """
    target = Target(project_id=request.project_id, root=request.root, path=request.path)
    uploads = context.services.files.uploads
    upload_id = await uploads.begin(await destination(context, target))
    query = {"project_id": target.project_id, "root": target.root, "path": target.path, "upload": upload_id}
    url = f"{context.services.settings.base_url}{PARTS}?{urlencode(query)}"
    return RootUploadBegun(upload_url=url, max_bytes=uploads.max_bytes)


async def append(
    context: Context, target: Target, upload_id: str, offset: int, chunks: AsyncIterator[bytes], *, is_last: bool
) -> int | Written:
    """Go on with an upload; return how much has come, or the file. Raises as `destination`, and OffsetMismatch."""
    to = await destination(context, target)

    async def confirm() -> None:
        await destination(context, target)

    finish = Finish(confirm=confirm, check=_must_be_new, keeps_same=True) if is_last else None
    return await context.services.files.uploads.append(to, upload_id, offset, chunks, finish)


async def destination(context: Context, target: Target) -> Destination:
    """Return where a file goes. Raises NotFound, Forbidden, BadInput where the caller's project may not have it there.

    The draft lies in the root itself: the folders on the way need not be there yet.
    """
    services = context.services
    context.sharer.require(Scope.ITEMS_WRITE)
    project = await services.accounts.access.project_for(context.sharer, ProjectId(target.project_id), Role.EDITOR)
    grants = await services.accounts.store.root_grants.of_project(project)
    await require_grant(grants, services.catalogue.roots, target.root, target.path)
    if target.root not in services.catalogue.roots.names:
        raise BadInput("field_invalid", "There is no storage root of this name.", field="root")
    path = plain_path(target.path)
    if not path or REORDERS.search(path) or any(part.startswith(".") for part in path.split("/")):
        raise BadInput("field_invalid", "Give the file a plain name that does not begin with a dot.", field="path")
    return Destination(folder=Place(root=target.root, path=""), path=path, link_id=f"project:{project.id}")


def _must_be_new(there: Entry | None) -> None:
    if there is not None:
        raise precondition_failed("There is a file of this name already; give yours another name.")


OPERATIONS = (
    Operation("root.folders", Scope.ITEMS_READ, Effect.READ, Bucket.LIST, list_folders),
    Operation("root.upload", Scope.ITEMS_WRITE, Effect.WRITE, Bucket.UPDATE, upload_to_root),
)
