"""Names of our own for descriptors, where GDAL has to find one file beside another.

GDAL finds an `.ovr` or `.msk` by the raster's name, and so do the masks of overviews. So both get names in a folder
that nobody but this process writes to, and each name leads to a descriptor that is held: whatever GDAL looks for there,
it finds what was opened and checked, or nothing.
"""

import atexit
import os
import shutil
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_RASTER: Final = "r.tif"


class Scratch:
    """A private folder (0700) of this process in the folder for temporary files; it goes when the process ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: tuple[int, Path] | None = None

    @property
    def folder(self) -> Path:
        """The folder, made at the first use. Blocks. Raises OSError."""
        with self._lock:
            process = os.getpid()
            if self._made is None or self._made[0] != process:  # a forked child makes its own
                self._made = process, Path(tempfile.mkdtemp(prefix=".tilegate-")).resolve()
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


def _remove_of(process: int, folder: Path) -> None:
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)


SCRATCH: Final = Scratch()
"""That of this process."""
