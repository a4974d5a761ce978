"""A remote file as GDAL sees it: a Python file, through rasterio's `FilePath`.

Why `FilePath` and not `rasterio.open(opener=…)`, which is to replace it: the latter adds a virtual file system to
GDAL's list for every open and takes it away afterwards, and GDAL 3.10 has no lock around that list, which other threads
read with every file they open. `FilePath` is added once, when the first environment starts. In neither way can GDAL
reach another name than the one it was given: a sidecar's is not there, without anybody being asked for it.
"""

import threading
import time
import warnings
from collections.abc import Iterable
from typing import Any, Final, Self

from rasterio.errors import RasterioDeprecationWarning
from rasterio.io import FilePath

from tiling.files.remote import RemoteFile

MOST_AHEAD: Final = 256 * 1024
"""Bytes to fetch beyond what is asked for, where a file is read on and on."""

_CURRENT, _END = 1, 2
WARNING_FILTERS: Final = threading.Lock()
"""Warning filters belong to the process: one thread at a time sets them."""


class GdalFile:
    """Hands the bytes of a remote file to GDAL, in one thread.

    Nothing may be raised into GDAL. What goes wrong is kept, GDAL hears that the file has ended, and nothing more is
    asked of the storage; `check` raises it for whoever used the dataset. After that the dataset must not be used again,
    as GDAL may have taken the end for true.
    """

    mode = "rb"
    path = ""

    def __init__(self, remote: RemoteFile) -> None:
        self.remote: Final = remote
        """The file itself."""
        self.failure: OSError | None = None
        """What went wrong first."""
        self._until = time.monotonic() + remote.patience
        self._end = 0
        self._ahead = 0

    @property
    def fs(self) -> Self:
        """What rasterio opens the file through, as often as GDAL wants it."""
        return self

    def open(self, _path: str = "", _mode: str = "rb") -> "_Cursor":
        """Return a position of its own in the file."""
        return _Cursor(self)

    def begin(self, patience: float = 1) -> None:
        """Start the clock for another use; one that may take `patience` times as long as a tile."""
        self._until = time.monotonic() + patience * self.remote.patience

    def check(self) -> None:
        """Raise what went wrong: RemoteError, FileNotFoundError."""
        if self.failure is not None:
            raise self.failure

    def read(self, offset: int, length: int) -> bytes:
        """Return bytes; none after a failure. Blocks. Raises nothing."""
        if self.failure is not None:
            return b""
        self._ahead = min(2 * self._ahead + length, MOST_AHEAD) if offset == self._end else 0
        self._end = offset + length
        try:
            return self.remote.read(offset, length, ahead=self._ahead, until=self._until)
        except OSError as exc:
            self.failure = exc
            return b""

    def prefetch(self, ranges: Iterable[tuple[int, int]]) -> None:
        """Fetch what GDAL will ask for, each an offset and a length. Blocks. Raises RemoteError, FileNotFoundError."""
        self.remote.prefetch(ranges, until=self._until)


class _Cursor:
    """A position in a file, as Python's files have one."""

    def __init__(self, file: GdalFile) -> None:
        self._file = file
        self._position = 0

    def read(self, size: int) -> bytes:
        """Return the next bytes."""
        data = self._file.read(self._position, size)
        self._position += len(data)
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move, from the start, from here or from the end."""
        base = {_CURRENT: self._position, _END: self._file.remote.size}.get(whence, 0)
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position


def open_file(file: GdalFile, *, driver: str, **options: Any) -> Any:
    """Return rasterio's DatasetReader of a remote file. Blocks. Raises rasterio's errors."""
    with WARNING_FILTERS, warnings.catch_warnings():
        warnings.simplefilter("ignore", RasterioDeprecationWarning)
        path = FilePath(file)
    try:
        return path.open(driver=driver, sharing=False, **options)
    finally:
        path.close()
