"""A file on this machine, opened once: whatever its name becomes meanwhile, every byte is of what was opened."""

import os
from typing import Final

from tiling.errors import SourceChanged
from tiling.files.file_version import FileVersion

_NOW: Final[int | None] = getattr(os, "RWF_NOWAIT", None)
"""Linux's way to read what lies in memory and nothing else."""
_DESCRIPTORS: Final = "/proc/self/fd"
"""Where Linux has a name for each descriptor of a process, which opens the very same file once more."""


class LocalFile:
    """A descriptor, closed with the last use of it. Any thread may use it."""

    def __init__(self, descriptor: int) -> None:
        """Take a descriptor over. Raises OSError."""
        self._descriptor = descriptor
        self.version: Final = FileVersion.of(os.fstat(descriptor))
        """What it was when it was opened."""

    @property
    def path(self) -> str:
        """A name that leads to this file alone, as long as this object lives."""
        return f"{_DESCRIPTORS}/{self._descriptor}"

    def check(self) -> None:
        """Raise SourceChanged where the file was written to, or another one has its name by now."""
        if FileVersion.of(os.fstat(self._descriptor)) != self.version:
            raise SourceChanged("the file was changed")

    def read(self, offset: int, length: int) -> bytes:
        """Return bytes, fewer at the end of the file. Blocks."""
        return os.pread(self._descriptor, length, offset)

    def read_at_once(self, offset: int, length: int) -> bytes | None:
        """Return bytes that the kernel has in memory, without ever waiting for a disk; None where it has not."""
        if _NOW is None:
            return None
        data = bytearray(length)
        try:
            done = os.preadv(self._descriptor, [data], offset, _NOW)
        except OSError:  # not in memory, or a file system that does not know
            return None
        return bytes(data) if done == length else None

    def __del__(self) -> None:
        """Close."""
        if hasattr(self, "_descriptor"):
            os.close(self._descriptor)
