"""Storage roots: the folders and object stores that an operator allows. Nothing outside a root is ever opened."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from service.catalogue.storage.entry import MAX_PATH
from service.catalogue.storage.local_folder import LocalFolder, version_of
from service.catalogue.storage.remote_folder import NO_SUCH_FILE, RemoteFolder, RemoteObject
from service.errors import BadInput, Gone
from tiling.files.rooted_file import look_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from service.storage_root import RemoteRoot
    from tiling.files.rooted_file import RootedFile

STORE_SECONDS = 5.0


class StorageRoots:
    """Resolves `root` and `path` to a file inside the root. Fails closed: whatever is doubtful is not there."""

    def __init__(self, roots: Mapping[str, Path | RemoteRoot], store_seconds: float = STORE_SECONDS) -> None:
        """Raise Misconfigured. `store_seconds`: how long an object store may take for one answer."""
        self._roots = {name: root for name, root in roots.items() if isinstance(root, Path)}
        self._remote = {
            name: RemoteFolder(name, root, store_seconds) for name, root in roots.items() if not isinstance(root, Path)
        }

    @property
    def names(self) -> list[str]:
        """The names of the roots."""
        return [*self._roots, *self._remote]

    @property
    def folders(self) -> list[Path]:
        """The roots that are local folders."""
        return list(self._roots.values())

    def remote(self, root: str) -> RemoteFolder | None:
        """Return a root that is no local folder."""
        return self._remote.get(root)

    async def find(self, root: str, path: str) -> RootedFile | RemoteObject:
        """Return the file's present version.

        Raises BadInput with the field at fault; SourceFailed where a store does not answer.
        """
        remote = self.remote(root)
        if remote is None:
            return await asyncio.to_thread(self.look, root, path)
        if not _is_plain_key(path):
            raise BadInput("field_invalid", NO_SUCH_FILE, field="path")
        return await remote.look(path)

    def look(self, root: str, path: str) -> RootedFile:
        """Return a regular file in a local folder as it is now. Blocks. Raises BadInput with the field at fault.

        Symbolic links that stay within the root are resolved here, once: whatever opens the file follows none. Absolute
        paths, `..`, NUL, and links that lead out of the root are all reported as "no such file".
        """
        folder = self._roots.get(root)
        if folder is None:
            raise BadInput(
                "field_invalid", f"There is no storage root of this name; available: {self.names}.", field="root"
            )
        missing = BadInput("field_invalid", NO_SUCH_FILE, field="path")
        if not _is_plain(path):
            raise missing
        try:
            base = folder.resolve(strict=True)
            found = (base / path).resolve(strict=True)
            if not found.is_relative_to(base) or found == base:
                raise missing
            return look_at(str(base), found.relative_to(base).parts)
        except (OSError, RuntimeError, UnicodeEncodeError) as exc:
            raise missing from exc

    def real_path(self, root: str, path: str) -> str:
        """Return the path of a file of a local folder without symbolic links. Blocks. Raises BadInput as `look`."""
        return "/".join(self.look(root, path).names)

    def local(self, root: str) -> LocalFolder | None:
        """Return a root that is a local folder."""
        folder = self._roots.get(root)
        return None if folder is None else LocalFolder(folder)

    def contains(self, path: Path) -> tuple[str, str] | None:
        """Return the root's name and the relative path of a file, or None where it is in no root. Blocks."""
        real = path.resolve()
        for name, folder in self._roots.items():
            if real.is_relative_to(folder.resolve()):
                return name, str(real.relative_to(folder.resolve()))
        return None

    def folder(self, root: str) -> Path:
        """Return the folder of a local root. Raises KeyError."""
        return self._roots[root]


def _is_plain(path: str) -> bool:
    """Whether a path is relative, goes down only, and ends in a file's name."""
    parts = path.split("/")
    is_down = parts[0] != "" and ".." not in parts and parts[-1] not in {"", "."}
    return is_down and len(path) <= MAX_PATH and "\0" not in path


def _is_plain_key(path: str) -> bool:
    """Whether a path names one object in one way: no part that a server might resolve, nothing unprintable."""
    parts = path.split("/")
    return _is_plain(path) and "" not in parts and "." not in parts and "\\" not in path and path.isprintable()


def file_version(path: Path) -> str:
    """Return a text that changes when the file does: inode, size and time of change. Blocks.

    Raises Gone `target_gone` where the file is no longer there.
    """
    try:
        status = os.stat(path)  # noqa: PTH116  (half the time of Path.stat, and on the way of a tile)
    except OSError as exc:
        raise Gone("target_gone", "The shared file is no longer there.") from exc
    return version_of(status)
