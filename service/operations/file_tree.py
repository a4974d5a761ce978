"""The files that a link shares, as one tree: whatever it points at, a path in it leads to a file or a folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from service.catalogue.collection import Collection
from service.catalogue.entry import is_visible, join, no_such_file, visible_parts
from service.catalogue.item import ItemKind
from service.delivery.files import Place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from service.catalogue.collection import Member
    from service.catalogue.item import Item
    from service.links.admission import Admission
    from service.operations.operation import Context

MAX_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A file or a folder of a storage root, hung into the tree."""

    place: Place
    is_folder: bool
    is_raster: bool = False


@dataclass(frozen=True, slots=True)
class Tree:
    """The mounts by their paths. A folder at the path "" is the whole tree."""

    mounts: dict[str, Mount] = field(default_factory=dict)

    @property
    def only_file(self) -> str:
        """The path of the one file that there is; empty where there are none, several, or folders."""
        path, mount = next(iter(self.mounts.items()), ("", None))
        return path if len(self.mounts) == 1 and mount is not None and not mount.is_folder else ""

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
    """Whether there is anything in the tree of what a caller was admitted to."""
    target = admission.target
    return isinstance(target, Collection) or target.kind is ItemKind.DIRECTORY or bool(target.path)


async def tree_of(context: Context, admission: Admission) -> Tree:
    """Return the tree of what a caller was admitted to."""
    target = admission.target
    if isinstance(target, Collection):
        return Tree(_named(await _members(context, target)))
    if target.kind is ItemKind.DIRECTORY:
        return Tree({"": _mount(target)})
    return Tree({_file_name(target.path): _mount(target)} if target.path else {})


async def _members(context: Context, collection: Collection) -> list[tuple[str, Mount]]:
    members = (await context.services.mosaics.members(collection)).members
    return [(_file_name(member.path), _raster_mount(member)) for member in members]


def _mount(item: Item) -> Mount:
    return Mount(
        place=Place(root=item.root, path=item.path),
        is_folder=item.kind is ItemKind.DIRECTORY,
        is_raster=item.kind is ItemKind.RASTER,
    )


def _raster_mount(member: Member) -> Mount:
    return Mount(place=Place(root=member.root, path=member.path), is_folder=False, is_raster=True)


def _named(mounts: Iterable[tuple[str, Mount]], above: str = "") -> dict[str, Mount]:
    """Return mounts by their paths; of two with the same name the second one is numbered."""
    named: dict[str, Mount] = {}
    counts: dict[str, int] = {}
    for name, mount in mounts:
        path, stem = join(above, name), PurePosixPath(name)
        while path in named:
            counts[name] = counts.get(name, 1) + 1
            path = join(above, f"{stem.stem} ({counts[name]}){stem.suffix}")
        named[path] = mount
    return named


def _file_name(path: str) -> str:
    """Return the last name of a path, as it can be shown; what has no such name is called "file"."""
    name = path.rpartition("/")[2]
    return name if is_visible(name.lstrip(".")) and name else "file"
