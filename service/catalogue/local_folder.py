"""A storage root in the file system, opened name by name: no symbolic link is followed, nothing outside is reached.

Each step is an `openat` of one name below the descriptor of the step before, with O_NOFOLLOW. So a path can only go
down, whatever is renamed or linked meanwhile; it is what `openat2` with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS does,
and works where a kernel or the seccomp profile of a container has no such call.
"""

from __future__ import annotations

import heapq
import os
import stat
from collections import deque
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from service.catalogue.entry import Entry, EntryKind, is_visible, join, no_such_file, parts_of
from service.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from service.catalogue.entry import Order

FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
"""Not blocking: to open a pipe would wait for somebody who writes."""


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
            descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            for part in parts:
                descriptor = _step(descriptor, part)
        except OSError as exc:
            raise no_such_file() from exc
        return descriptor

    def open_file(self, path: str) -> tuple[int, os.stat_result]:
        """Return the descriptor of a regular file and what it is."""
        *above, name = parts_of(path) or ("",)
        with self.opened("/".join(above)) as folder:
            try:
                descriptor = os.open(name, FILE_FLAGS, dir_fd=folder)
            except OSError as exc:
                raise no_such_file() from exc
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            raise no_such_file()
        return descriptor, status

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

    def _inside(self, path: str, *, must_exist: bool) -> list[Entry]:
        """Return the entries of a folder in their order; none where it has gone, or lies deeper than a path may say."""
        try:
            with self.opened(path) as folder:
                found = [_look_at(folder, light.name) for light in _scan(folder)]
        except NotFound:
            if must_exist:
                raise
            return []
        return sorted((entry for entry in found if entry is not None), key=lambda entry: entry.order)


def version_of(status: os.stat_result) -> str:
    """Return a text that changes when a file does: inode, size and time of change."""
    return f"{status.st_ino:x}-{status.st_size:x}-{status.st_mtime_ns:x}"


def entry_of(name: str, status: os.stat_result) -> Entry:
    """Return a regular file as an entry."""
    modified = datetime.fromtimestamp(status.st_mtime_ns // 1_000_000_000, UTC)
    return Entry(name=name, kind=EntryKind.FILE, size=status.st_size, modified=modified, version=version_of(status))


def _step(descriptor: int, name: str) -> int:
    """Go one folder down; the descriptor of the one above is closed."""
    try:
        return os.open(name, FOLDER_FLAGS, dir_fd=descriptor)
    finally:
        os.close(descriptor)


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
