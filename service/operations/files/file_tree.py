"""The files that a link shares, as one tree: whatever it points at, a path in it leads to a file or a folder."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from service.catalogue.collection import Collection
from service.catalogue.item import ItemKind
from service.catalogue.storage.entry import is_visible, join, no_such_file, visible_parts
from service.delivery.files.storage import Place
from service.operations.admission.select_target import shared_targets
from service.operations.files.mount import Mount
from service.operations.files.rules import require_no_area
from service.operations.files.seed_mounts import seed_mounts

if TYPE_CHECKING:
    from collections.abc import Container

    from service.catalogue.collection import LinkTarget
    from service.catalogue.item import Item
    from service.links.admission import Admission
    from service.links.link import Link
    from service.operations.core.operation import Context

MAX_NAME = 80
NOT_IN_NAMES = re.compile(r"[/\\\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Tree:
    """The mounts by their paths. A folder at the path "" is the whole tree."""

    mounts: dict[str, Mount] = field(default_factory=dict)

    @property
    def only_file(self) -> str:
        """The path of the one file that there is; empty where there are none, several, or folders."""
        own = [(path, mount) for path, mount in self.mounts.items() if not mount.is_seed]
        path, mount = own[0] if len(own) == 1 else ("", None)
        return path if mount is not None and not mount.is_folder else ""

    def find(self, path: str) -> tuple[Mount, str] | None:
        """Return the mount that a path leads into, and the path below it; None where it leads into none.

        Raises NotFound `file_not_found` for a path that is nobody's to see.
        """
        if path in self.mounts:
            return self.mounts[path], ""
        parts = visible_parts(path)
        for length in range(len(parts)):
            mount = self.mounts.get("/".join(parts[:length]))
            if mount is not None and mount.is_folder:
                return mount, "/".join(parts[length:])
        return None

    def inside(self, path: str) -> dict[str, Mount | None]:
        """Return what lies in a folder that is only in the tree, by name; None for another such folder.

        Raises NotFound where there is no such folder.
        """
        prefix = f"{path}/" if path else ""
        found: dict[str, Mount | None] = {}
        for name, mount in self.mounts.items():
            if name.startswith(prefix) and name:
                first, slash, _ = name[len(prefix) :].partition("/")
                found[first] = None if slash else mount
        if path and not found:
            raise no_such_file()
        return found


def has_files(admission: Admission) -> bool:
    """Whether there may be anything in the tree of what a caller was admitted to."""
    target = admission.target
    if admission.link.area is not None or admission.is_layer:
        return False
    is_folder = isinstance(target, Collection) or target.kind is ItemKind.DIRECTORY or bool(target.path)
    return is_folder or _is_bundle(admission)


async def tree_of(context: Context, admission: Admission) -> Tree:
    """Return the tree of what a caller was admitted to: of all that the link shares, or of the one that was picked.

    Raises Forbidden `outside_share_area` where the link has an area: what lies in a folder is not asked where it lies.
    """
    require_no_area(admission.link)
    if admission.is_layer:
        return Tree()
    if not _is_bundle(admission):
        return Tree(await _mounts_of(context, admission.link, admission.target))
    mounts: dict[str, Mount] = {}
    for shared in await shared_targets(context, admission):
        target, tops = shared.target, {path.partition("/")[0] for path in mounts}
        own = await _mounts_of(context, admission.link, target)
        if isinstance(target, Collection) or target.kind is ItemKind.DIRECTORY:
            top = _free(_shown(target.name), tops)
            mounts |= {join(top, path): mount for path, mount in own.items()}
        else:
            mounts |= {_free(path, tops): mount for path, mount in own.items()}
    return Tree(mounts)


def _is_bundle(admission: Admission) -> bool:
    return bool(admission.link.targets) and admission.target.id == admission.link.target_id


async def _mounts_of(context: Context, link: Link, target: LinkTarget) -> dict[str, Mount]:
    """Return the mounts of a target that is shared alone."""
    if isinstance(target, Collection):
        members = (await context.services.images.mosaics.members(target)).members
        named: dict[str, Mount] = {}
        for member in members:
            place = Place(root=member.root, path=member.path)
            named[_free(_file_name(member.path), named)] = Mount(place=place, is_folder=False, is_raster=True)
        return named
    if target.kind is ItemKind.DIRECTORY:
        return {"": _mount(target)}
    if not target.path:
        return {}
    name = _file_name(target.path)
    return {name: _mount(target), **await seed_mounts(context, link, target, name)}


def _mount(item: Item) -> Mount:
    return Mount(
        place=Place(root=item.root, path=item.path),
        is_folder=item.kind is ItemKind.DIRECTORY,
        is_raster=item.kind in {ItemKind.RASTER, ItemKind.PMTILES},
    )


def _free(name: str, taken: Container[str]) -> str:
    """Return a name that is not taken yet: of two that are called alike the second one is numbered."""
    free, number, whole = name, 1, PurePosixPath(name)
    while free in taken:
        number += 1
        free = f"{whole.stem} ({number}){whole.suffix}"
    return free


def _file_name(path: str) -> str:
    """Return the last name of a path, as it can be shown."""
    name = path.rpartition("/")[2]
    return name if is_visible(name.lstrip(".")) else "file"


def _shown(name: str) -> str:
    """Return what a person called something, as the name of a folder."""
    return NOT_IN_NAMES.sub("_", name).strip().lstrip(".")[:MAX_NAME] or "folder"
