"""How many connections each process on a socket has, in memory that they share."""

from __future__ import annotations

import mmap
import tempfile
from typing import IO

PLACES = 1024
BYTES = 4 * PLACES


def shared_memory() -> IO[bytes]:
    """Return a file without a name for processes to inherit, as `ConnectionCounts` wants it. Raises OSError."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  (it is to outlive us)
    file.truncate(BYTES)
    return file


class ConnectionCounts:
    """The counts of all processes; ours is at `place`. Nought is a process that accepts nothing, else one more."""

    def __init__(self, descriptor: int, place: int) -> None:
        self._counts = memoryview(mmap.mmap(descriptor, BYTES)).cast("I")
        self._place = place

    def report(self, connections: int) -> None:
        """Say how many connections we have."""
        self._counts[self._place] = connections + 1

    def leave(self) -> None:
        """Say that we accept none any more; the supervisor says it of a process that died."""
        self._counts[self._place] = 0

    @property
    def is_least(self) -> bool:
        """Whether none of the others that accept has fewer than we."""
        ours = self._counts[self._place]
        return all(count == 0 or count >= ours for count in self._counts)
