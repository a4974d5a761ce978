"""A storage root in the file system, opened name by name (`tiling.files.beneath`): nothing outside of it is reached."""

from __future__ import annotations

import heapq
import os
import stat
from collections import deque
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from service.catalogue.storage.entry import Entry, EntryKind, is_visible, join, no_such_file, parts_of
from service.errors import NotFound
from tiling.files.beneath import open_folder, open_regular

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from service.catalogue.storage.entry import Order


class LocalFolder:
    """Looks into one root. All methods block, and raise NotFound `file_not_found` for whatever is doubtful."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def opened(self, path: str) -> Iterator[int]:
        """Yield the descriptor of a folder."""
        descriptor = self.open_folder(path)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def open_folder(self, path: str) -> int:
        """Return the descriptor of a folder."""
        parts = parts_of(path)
        try:
            return open_folder(self._folder, parts)
        except OSError as exc:
            raise no_such_file() from exc

    def open_file(self, path: str) -> tuple[int, os.stat_result]:
        """Return the descriptor of a regular file and what it is."""
        *above, name = parts_of(path) or ("",)
        with self.opened("/".join(above)) as folder:
            try:
                descriptor = open_regular(name, folder)
            except OSError as exc:
                raise no_such_file() from exc
        return descriptor, os.fstat(descriptor)

    def look(self, path: str) -> Entry:
        """Return what a path leads to."""
        *above, name = parts_of(path) or ("",)
        with self.opened("/".join(above)) as folder:
            entry = Entry(name="", kind=EntryKind.DIRECTORY) if name == "" else _look_at(folder, name)
        if entry is None:
            raise no_such_file()
        return entry

    def page(self, path: str, after: Order | None, limit: int) -> list[Entry]:
        """Return the visible entries of a folder that come after one, in their order; at most `limit`."""
        with self.opened(path) as folder:
            later = (entry for entry in _scan(folder) if after is None or entry.order > after)
            page = heapq.nsmallest(limit, later, key=lambda entry: entry.order)
            found = [_look_at(folder, entry.name) for entry in page]
        return [entry for entry in found if entry is not None]

    def walk(self, path: str) -> Iterator[tuple[str, Entry]]:
        """Yield all that is visible below a folder, folders too, each with its path below it."""
        waiting = deque([""])
        while waiting:
            below = waiting.popleft()
            for entry in self._inside(join(path, below), must_exist=not below):
                inner = join(below, entry.name)
                if entry.kind is EntryKind.DIRECTORY:
                    waiting.append(inner)
                yield inner, entry

    def _inside(self, path: str, *, must_exist: bool) -> Iterator[Entry]:
        """Yield the entries of a folder in their order; none where it has gone, or lies deeper than a path may say.

        Each is looked at when its turn comes: whoever has seen enough has not paid for the rest.
        """
        try:
            with self.opened(path) as folder:
                for light in sorted(_scan(folder), key=lambda entry: entry.order):
                    if (entry := _look_at(folder, light.name)) is not None:
                        yield entry
        except NotFound:
            if must_exist:
                raise


def version_of(status: os.stat_result) -> str:
    """Return a text that changes when a file does: inode, size and time of change."""
    return f"{status.st_ino:x}-{status.st_size:x}-{status.st_mtime_ns:x}"


def entry_of(name: str, status: os.stat_result) -> Entry:
    """Return a regular file as an entry."""
    modified = datetime.fromtimestamp(status.st_mtime_ns // 1_000_000_000, UTC)
    return Entry(name=name, kind=EntryKind.FILE, size=status.st_size, modified=modified, version=version_of(status))


def _scan(folder: int) -> Iterator[Entry]:
    """Yield the names and kinds of what is visible in a folder."""
    with os.scandir(folder) as found:
        for each in found:
            if is_visible(each.name) and (kind := _kind(each)) is not None:
                yield Entry(name=each.name, kind=kind)


def _kind(found: os.DirEntry[str]) -> EntryKind | None:
    if found.is_dir(follow_symlinks=False):
        return EntryKind.DIRECTORY
    return EntryKind.FILE if found.is_file(follow_symlinks=False) else None


def _look_at(folder: int, name: str) -> Entry | None:
    """Return an entry of a folder; None where it has gone, or is neither file nor folder."""
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return None
    if stat.S_ISDIR(status.st_mode):
        modified = datetime.fromtimestamp(status.st_mtime_ns // 1_000_000_000, UTC)
        return Entry(name=name, kind=EntryKind.DIRECTORY, modified=modified)
    return entry_of(name, status) if stat.S_ISREG(status.st_mode) else None
