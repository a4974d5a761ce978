"""Folders of storage roots that are registered as items."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.catalogue.item import ItemKind
from service.catalogue.storage.entry import EntryKind, parts_of
from service.catalogue.storage.remote_folder import NoSuchObject
from service.delivery.files.storage import Place
from service.errors import BadInput, Gone, NotFound

if TYPE_CHECKING:
    from service.operations.core.services import Services

NO_SUCH_FOLDER = "There is no such folder in this storage root; symbolic links are not followed."


async def find_folder(services: Services, root: str, path: str, kind: ItemKind | None) -> str | None:
    """Return the path of a folder that is to be registered, empty for a whole root; None where it is a file.

    `kind`: what it is said to be. Raises BadInput where there is neither, SourceFailed. In a store a file goes before
    a folder.
    """
    folder = "" if path == "." else path.removesuffix("/") or path
    is_said = kind is ItemKind.DIRECTORY or (kind is None and not folder)
    if is_said or (kind is None and await _is_local_folder(services, root, folder)):
        await _check_folder(services, root, folder)
        return folder
    remote = services.catalogue.roots.remote(root)
    try:
        await services.catalogue.roots.find(root, path)
    except NoSuchObject:
        if kind is None and remote is not None and remote.can_list and await remote.exists(folder):
            return folder
        raise
    return None


async def _is_local_folder(services: Services, root: str, path: str) -> bool:
    if services.catalogue.roots.local(root) is None:
        return False
    try:
        return (await services.files.storage.look(Place(root=root, path=path))).kind is EntryKind.DIRECTORY
    except NotFound:
        return False


async def _check_folder(services: Services, root: str, path: str) -> None:
    """Raise BadInput unless there is such a folder, or such a prefix in a store, that can be listed."""
    if root not in services.catalogue.roots.names:
        detail = f"There is no storage root of this name; available: {services.catalogue.roots.names}."
        raise BadInput("field_invalid", detail, field="root")
    remote = services.catalogue.roots.remote(root)
    if remote is not None and not remote.can_list:
        detail = "Folders of a web server cannot be listed; register its files one by one."
        raise BadInput("field_invalid", detail, field="path")
    try:
        parts_of(path)
        await services.files.storage.page(Place(root=root, path=path), None, 1)
    except (NotFound, Gone) as exc:
        raise BadInput("field_invalid", NO_SUCH_FOLDER, field="path") from exc
