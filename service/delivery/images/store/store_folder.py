"""The folder of the tile store: two generations of it, and which of them is the newest."""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from service.delivery.images.store.file_system import network_file_system
from service.delivery.images.store.generation import BROKEN, Generation, StoreError
from service.delivery.images.store.pages import Torn
from service.delivery.images.store.store_files import generations, number_of, path_of, remove

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GENERATIONS = 2
LEAST_BYTES = 16 * 2**20
"""Of a generation: less is not worth a file."""

logger = logging.getLogger(__name__)


class StoreUnusable(Exception):
    """The folder cannot hold a store. The message says why."""


class StoreFolder:
    """Files of ours in a folder that several processes use. Blocks; used by one thread of a process.

    `held`: the generations that this process has open, the newest first. A generation that is full is followed by an
    empty one, and the oldest is removed; processes that have it open notice when they look (`refresh`).
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        """Open what is there. Raises StoreUnusable."""
        self.folder = folder
        self._max_bytes = max(LEAST_BYTES, max_bytes // GENERATIONS)
        self.held: tuple[Generation, ...] = ()
        try:
            _make_private(folder)
            shared = network_file_system(folder)
            if shared is not None:
                raise StoreUnusable(f"it lies on {shared}, and mapped files hold on local file systems only")
            self.refresh()
        except (OSError, StoreError) as exc:
            raise StoreUnusable(str(exc)) from exc
        if not self.held:
            raise StoreUnusable("it holds no generation")

    def refresh(self) -> bool:
        """Open what other processes have begun, and let go of what they removed; return whether anything changed.

        Those let go of are not closed: who reads does that. Raises OSError, StoreError.
        """
        if self.held and [each.path for each in self.held] == self._paths():
            return False
        with self._locked():
            held = {each.path: each for each in self.held}
            found = [generation for path in self._paths() if (generation := self._opened(path, held)) is not None]
            if not found:
                found = [self._begin()]
            self.held = tuple(found)
        return True

    def follow(self, full: Generation) -> None:
        """Begin the generation that comes after one, unless another process did. Raises OSError, StoreError."""
        with self._locked():
            if self._paths()[:1] == [full.path]:
                self._begin()
                for path in generations(self.folder)[GENERATIONS:]:
                    remove(path)
        self.refresh()

    def discard(self, broken: Generation, reason: str) -> None:
        """Throw a generation away that cannot be read or written. Raises OSError, StoreError."""
        logger.warning("%s of the tile store is thrown away: %s", broken.path.name, reason)
        with self._locked():
            remove(broken.path)
        self.refresh()

    def free_bytes(self) -> int:
        """Return how much room the disk has. Raises OSError."""
        return shutil.disk_usage(self.folder).free

    def _opened(self, path: Path, held: dict[Path, Generation]) -> Generation | None:
        """Return a generation, newly opened or not; None for one that is thrown away."""
        if path in held:
            return held[path]
        try:
            status = path.lstat()
            if (
                not stat.S_ISREG(status.st_mode)
                or status.st_uid != os.geteuid()
                or path != path_of(self.folder, number_of(path), status)
            ):
                raise Torn("it is a copy, or somebody else's")
            if status.st_size > self._max_bytes + LEAST_BYTES:
                raise Torn("it is larger than it may be by now")
            return Generation.open(path, self._max_bytes)
        except BROKEN as exc:
            logger.warning("%s of the tile store is thrown away: %s", path.name, exc)
            remove(path)
            return None

    def _begin(self) -> Generation:
        """Make the next generation, empty. The lock must be held."""
        number = max((number_of(path) for path in generations(self.folder)), default=0) + 1
        draft = self.folder / "draft"
        draft.unlink(missing_ok=True)  # of a process that was killed
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
        path = path_of(self.folder, number, draft.stat())
        draft.rename(path)
        return Generation.open(path, self._max_bytes)

    def _paths(self) -> list[Path]:
        """Return the files in use, the newest first."""
        return generations(self.folder)[:GENERATIONS]

    @contextmanager
    def _locked(self) -> Iterator[None]:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(self.folder / "lock", flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _make_private(folder: Path) -> None:
    """Raise StoreUnusable, OSError where the folder is not ours alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        raise StoreUnusable("it is not a folder of the user that runs the service")
    if status.st_mode & 0o077:
        folder.chmod(0o700)
    if not os.access(folder, os.W_OK):
        raise StoreUnusable("it is read-only")
