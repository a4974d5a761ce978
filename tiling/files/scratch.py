"""Names of our own for descriptors, where GDAL has to find one file beside another.

GDAL finds an `.ovr` or `.msk` by the raster's name, and so do the masks of overviews. So both get names in a folder
that nobody but this process writes to, and each name leads to a descriptor that is held: whatever GDAL looks for there,
it finds what was opened and checked, or nothing.
"""

import atexit
import fcntl
import os
import shutil
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

_RASTER: Final = "r.tif"
PREFIX: Final = ".tilegate-names-"
_FOLDER_FLAGS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


class Scratch:
    """A private folder (0700) of this process in the folder for temporary files; it goes when the process ends.

    A process that is killed leaves its folder behind. Each holds a lock on its own as long as it lives, so the next
    process finds the folders that nobody holds, whatever their processes' ids, and removes them.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: tuple[int, Path] | None = None

    @property
    def folder(self) -> Path:
        """The folder, made at the first use. Blocks. Raises OSError."""
        with self._lock:
            process = os.getpid()
            if self._made is None or self._made[0] != process:  # a forked child makes its own
                remove_abandoned()
                self._made = process, _new_folder()
                atexit.register(_remove_of, process, self._made[1])
            return self._made[1]

    def adopt(self, folder: Path) -> None:
        """Use the folder of the process that started this one, which removes it; nothing where this one has its own."""
        with self._lock:
            if self._made is None or self._made[0] != os.getpid():
                self._made = os.getpid(), folder

    def name(self, paths: Mapping[str, str]) -> Path:
        """Give files names in a new folder: paths by endings, "" for the raster's own; return the raster's.

        Blocks. Raises OSError.
        """
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        for ending, path in paths.items():
            (folder / f"{_RASTER}{ending.lower()}").symlink_to(path)
        return folder / _RASTER

    @staticmethod
    def forget(name: Path) -> None:
        """Remove the names that `name` gave. Blocks."""
        shutil.rmtree(name.parent, ignore_errors=True)


def remove_abandoned() -> None:
    """Remove the folders that killed processes of this user left behind. Blocks."""
    with suppress(OSError):
        for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
            with suppress(OSError):  # held, another user's, or gone by now
                _remove_unheld(folder)


def _new_folder() -> Path:
    """Make a folder and hold it until this process ends. Raises OSError."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
        with suppress(OSError):  # another process took it for abandoned before it was held
            held = os.open(folder, _FOLDER_FLAGS)
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(held), folder.lstat()):
                return folder


def _remove_unheld(folder: Path) -> None:
    """Remove a folder that no process holds. Raises OSError."""
    descriptor = os.open(folder, _FOLDER_FLAGS)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_uid == os.getuid():
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(descriptor)


def _remove_of(process: int, folder: Path) -> None:
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)


SCRATCH: Final = Scratch()
"""That of this process."""
