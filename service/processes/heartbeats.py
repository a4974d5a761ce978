"""Each worker reports in shared memory that its event loop turns: seen also while the GIL is held."""

from __future__ import annotations

import asyncio
import mmap
import struct
import tempfile
import time
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from service.processes.connection_counts import PLACES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BEAT = struct.Struct("<QQ")
"""How often the loop has turned, nought for one that is not watched; whether the worker asks for a replacement."""
BYTES = BEAT.size * PLACES
INTERVAL = 0.5  # seconds


def heartbeat_memory() -> IO[bytes]:
    """Return a file without a name for processes to inherit, as `Heartbeat` wants it. Raises OSError."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  (it is to outlive us)
    file.truncate(BYTES)
    return file


class Heartbeat:
    """That of the worker at a place."""

    def __init__(self, descriptor: int, place: int) -> None:
        self._memory = memoryview(mmap.mmap(descriptor, BYTES))
        self._begin = place * BEAT.size

    def read(self) -> tuple[int, bool]:
        """Return how often the loop has turned, and whether the worker asks to be replaced."""
        count, wants_another = BEAT.unpack_from(self._memory, self._begin)
        return count, bool(wants_another)

    def stop(self) -> None:
        """Be watched no longer; the supervisor says it of a process that ended."""
        BEAT.pack_into(self._memory, self._begin, 0, 0)

    @contextmanager
    def beating(self, is_stuck: Callable[[], bool]) -> Iterator[None]:
        """Beat while the event loop turns. `is_stuck`: whether all threads that render are stuck, for good maybe."""
        task = asyncio.create_task(self._beat(is_stuck))
        try:
            yield
        finally:
            task.cancel()
            self.stop()

    async def _beat(self, is_stuck: Callable[[], bool]) -> None:
        count = 0
        while True:
            count += 1
            BEAT.pack_into(self._memory, self._begin, count, int(is_stuck()))
            await asyncio.sleep(INTERVAL)


class Watch:
    """Judges one worker's heartbeat: `silent` seconds since its loop last turned, as far as it could have.

    What is counted is time in which we looked: who was suspended together with the worker counts nothing, nor does the
    time in which somebody has stopped the worker alone, as debuggers do.
    """

    def __init__(self, heartbeat: Heartbeat, now: Callable[[], float] = time.monotonic) -> None:
        self._heartbeat = heartbeat
        self._now = now
        self._count = 0
        self._looked_at = now()
        self.silent = 0.0

    def look(self, *, is_stopped: bool, at_most: float) -> None:
        """Look once more. `at_most`: seconds that count, if the last look was longer ago."""
        now = self._now()
        elapsed, self._looked_at = now - self._looked_at, now
        count, _ = self._heartbeat.read()
        if count == 0 or count != self._count or is_stopped:
            self._count, self.silent = count, 0.0
        else:
            self.silent += min(elapsed, at_most)

    @property
    def wants_another(self) -> bool:
        """Whether the worker asks for another in its place."""
        return self._heartbeat.read()[1]
