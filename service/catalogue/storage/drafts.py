"""Files on their way into a folder of the disk: hidden until they are whole, then there in one step."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import stat
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from service.catalogue.storage.comparing import are_alike
from service.catalogue.storage.entry import join, no_such_file, parts_of
from service.catalogue.storage.local_folder import entry_of, version_of
from service.errors import BadInput, Conflict, Forbidden, NotFound, SourceFailed, TilegateError, Unavailable
from tiling.files.beneath import FILE_FLAGS, FOLDER_FLAGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from service.catalogue.storage.entry import Entry
    from service.catalogue.storage.local_folder import LocalFolder

PREFIX = ".tilegate-upload-"
"""Hidden from recipients, as all names that begin with a dot."""
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
OLD = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
FULL = {errno.ENOSPC, errno.EDQUOT}
REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}
NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
"""What file systems answer in which a file has one name only."""
IN_THE_WAY = {errno.ENOTDIR, errno.ELOOP, errno.EISDIR, errno.EEXIST}
RETRY_AFTER = 60
LEFT_ALONE = 24 * 3600.0
"""Seconds after which a draft that nobody wrote to is taken for given up."""

logger = logging.getLogger(__name__)


class Drafts:
    """The drafts of one folder. All methods block, and raise errors for the caller.

    A draft lies in the folder itself, so that becoming the file is a rename within one file system.
    """

    def __init__(self, folder: LocalFolder, base: str) -> None:
        self._folder = folder
        self._base = base

    def create(self, name: str) -> int:
        """Return the descriptor of a new draft, locked."""
        with translated_errors(), self._folder.opened(self._base) as base:
            descriptor = os.open(PREFIX + name, NEW, 0o666, dir_fd=base)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor

    def open(self, name: str) -> int:
        """Return the descriptor of a draft, at its end and locked. Raises NotFound, Conflict: it is being written."""
        with self._folder.opened(self._base) as base:
            try:
                descriptor = os.open(PREFIX + name, OLD, dir_fd=base)
            except OSError as exc:
                raise no_such_file() from exc
            try:
                self._lock(descriptor, name)
            except BaseException:
                os.close(descriptor)
                raise
        return descriptor

    def size(self, name: str) -> int:
        """Return how many bytes a draft has. Raises NotFound."""
        return self._status(name).st_size

    def _lock(self, descriptor: int, name: str) -> None:
        """Lock a draft. Raises Conflict where it is being written, NotFound where it has become a file meanwhile."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            detail = "Another request is still writing this upload; try again when it has ended."
            raise Conflict("file_conflict", detail, retry_after=1) from exc
        if self._status(name).st_ino != os.fstat(descriptor).st_ino:
            raise no_such_file()

    def _status(self, name: str) -> os.stat_result:
        with self._folder.opened(self._base) as base:
            try:
                return os.stat(PREFIX + name, dir_fd=base, follow_symlinks=False)
            except OSError as exc:
                raise no_such_file() from exc

    def discard(self, name: str) -> None:
        """Remove a draft, if it is there."""
        with self._folder.opened(self._base) as base, suppress(OSError):
            os.unlink(PREFIX + name, dir_fd=base)

    def same_version(self, name: str, path: str) -> str | None:
        """Return the version of the file at a path below the folder where it has the bytes of a draft, else None."""
        try:
            there, status = self._folder.open_file(join(self._base, path))
        except NotFound:
            return None
        try:
            with self._folder.opened(self._base) as base:
                draft = os.open(PREFIX + name, FILE_FLAGS, dir_fd=base)
            try:
                return version_of(status) if are_alike(draft, there) else None
            finally:
                os.close(draft)
        finally:
            os.close(there)

    def finish(
        self,
        descriptor: int,
        name: str,
        path: str,
        check: Callable[[Entry | None], None],
        same: str | None = None,
    ) -> tuple[Entry, bool]:
        """Have a draft be the file at a path below the folder; return it, and whether there was none before.

        Missing folders are made. `check` is asked about the file that is there, or None, and raises where it may not be
        replaced; nobody else of ours replaces it meanwhile. A file of the version `same` stays, and the draft goes.
        After this returns, the file survives a power cut.
        """
        *above, leaf = parts_of(path)
        with translated_errors(), self._folder.opened(self._base) as base:
            os.fsync(descriptor)
            parent = _make_folders(base, above)
            try:
                fcntl.flock(parent, fcntl.LOCK_EX)
                before = _regular(parent, leaf)
                if before is not None and before.version == same:
                    os.unlink(PREFIX + name, dir_fd=base)
                    return before, False
                check(before)
                os.rename(PREFIX + name, leaf, src_dir_fd=base, dst_dir_fd=parent)
                os.fsync(parent)
            finally:
                os.close(parent)
        return entry_of(leaf, os.fstat(descriptor)), before is None

    def head(self, name: str, size: int) -> bytes:
        """Return how a draft begins: so many bytes, or all of a smaller one. Raises NotFound."""
        with self._folder.opened(self._base) as base:
            try:
                draft = os.open(PREFIX + name, FILE_FLAGS, dir_fd=base)
            except OSError as exc:
                raise no_such_file() from exc
        try:
            return os.pread(draft, size, 0)
        finally:
            os.close(draft)

    def finish_beside(self, descriptor: int, name: str, leaf: str, other_name: Callable[[str], str]) -> Entry:
        """Have a draft be a new file of the folder, under another name where the one wanted is taken by anything.

        Nothing is ever replaced, whoever else writes there. After this returns, the file survives a power cut.
        """
        with translated_errors(), self._folder.opened(self._base) as base:
            os.fsync(descriptor)
            fcntl.flock(base, fcntl.LOCK_EX)
            found = leaf
            while not _linked(base, PREFIX + name, found):
                found = other_name(leaf)
            with suppress(FileNotFoundError):
                os.unlink(PREFIX + name, dir_fd=base)
            os.fsync(base)
        return entry_of(found, os.fstat(descriptor))

    def sweep(self) -> int:
        """Remove drafts that nobody has written to for a day; return how many there were."""
        removed = 0
        with self._folder.opened(self._base) as base, os.scandir(base) as found:
            for each in found:
                if (
                    each.name.startswith(PREFIX)
                    and time.time() - each.stat(follow_symlinks=False).st_mtime > LEFT_ALONE
                ):
                    with suppress(OSError):
                        os.unlink(each.name, dir_fd=base)
                        removed += 1
        return removed


def sweep_quietly(drafts: Drafts) -> int:
    """Do as `sweep` does; a folder that is gone has none. Blocks."""
    try:
        return drafts.sweep()
    except (TilegateError, OSError) as exc:
        logger.debug("folder not swept: %s", type(exc).__name__)
        return 0


def write(descriptor: int, data: bytes, keep_free: int) -> None:
    """Write all of some bytes; `keep_free`: bytes that the file system must have left. Blocks."""
    with translated_errors():
        space = os.fstatvfs(descriptor)
        if space.f_bavail * space.f_frsize < keep_free + len(data):
            raise OSError(errno.ENOSPC, "kept free")
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]


@contextmanager
def translated_errors() -> Iterator[None]:
    """Translate errors of the system into errors for the caller."""
    try:
        yield
    except TilegateError:
        raise
    except OSError as exc:
        raise _translated(exc) from exc


def _translated(exc: OSError) -> TilegateError:
    if exc.errno in FULL:
        return Unavailable(
            "storage_full", "There is not enough space on the disk for this file.", retry_after=RETRY_AFTER
        )
    if exc.errno in REFUSED:
        return Forbidden(
            "permission_denied", "The service has no permission to write into the shared folder; ask its operator."
        )
    if exc.errno in IN_THE_WAY:
        return Conflict(
            "file_conflict",
            "A folder or special file of this name exists, and cannot be replaced; choose another name.",
        )
    if exc.errno == errno.ENAMETOOLONG:
        return BadInput("field_invalid", "A name in this path is too long; choose a shorter one.", field="path")
    return SourceFailed(
        "source_unreadable", "The storage cannot be written; try again in a few seconds.", retry_after=RETRY_AFTER
    )


def _make_folders(base: int, names: list[str]) -> int:
    """Return the descriptor of a folder below another; those that are missing are made."""
    descriptor = os.dup(base)
    for name in names:
        try:
            with suppress(FileExistsError):
                os.mkdir(name, dir_fd=descriptor)
                os.fsync(descriptor)
            inner = os.open(name, FOLDER_FLAGS, dir_fd=descriptor)
        finally:
            os.close(descriptor)
        descriptor = inner
    return descriptor


def _linked(folder: int, draft: str, name: str) -> bool:
    """Give a draft a name too, or that name alone where a file has one only; return False where it is taken."""
    try:
        os.link(draft, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError as exc:
        if exc.errno not in NO_LINKS:
            raise
        with suppress(FileNotFoundError):
            os.stat(name, dir_fd=folder, follow_symlinks=False)
            return False
        os.rename(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
    return True


def _regular(folder: int, name: str) -> Entry | None:
    """Return the file of a name; None where there is nothing. Raises Conflict where it is no file."""
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(status.st_mode):
        raise Conflict(
            "file_conflict",
            "A folder or special file of this name exists, and cannot be replaced; choose another name.",
        )
    return entry_of(name, status)
