"""Which file each thread reads: for whoever has to know when the process has died of it."""

import hashlib
import itertools
import struct
import threading
from functools import lru_cache
from typing import Final

from tiling.files.raster_source import RasterSource

KEY_BYTES: Final = 16
SLOT: Final = struct.Struct(f"<Q{KEY_BYTES}s")
"""Of a thread: what `threading.get_ident` says of it, and the key of the file that it reads."""
SLOTS: Final = 128
"""Threads that have a slot; what others read is not known."""
MEMORY: Final = SLOT.size * SLOTS
NOTHING: Final = bytes(KEY_BYTES)


@lru_cache(maxsize=10_000)
def version_key(source: RasterSource) -> bytes:
    """Return what names one version of a file everywhere: 16 bytes."""
    return hashlib.blake2b(f"{source.path}\0{source.version}".encode(), digest_size=KEY_BYTES).digest()


class _Own(threading.local):
    """The calling thread's."""

    key = NOTHING
    begin = -1
    """Of its key in the memory; -1 where it has no place."""
    memory: memoryview | None = None


class Reading:
    """Marks of this process's threads, in memory that may outlive it. To mark costs under a microsecond."""

    def __init__(self) -> None:
        self._memory: memoryview | None = None
        self._slots = itertools.count()
        self._own = _Own()

    def keep_in(self, memory: memoryview | None) -> None:
        """Write to this memory from now on (`MEMORY` bytes, or fewer for fewer threads), or to none."""
        self._slots = itertools.count()
        self._memory = memory

    def begin(self, source: RasterSource) -> bytes:
        """Mark what the calling thread reads now; return what it read before, for `end`."""
        before = self._own.key
        self.end(version_key(source))
        return before

    def end(self, key: bytes = NOTHING) -> None:
        """Mark what it reads once more: what it read before, or nothing."""
        own, memory = self._own, self._memory
        own.key = key
        if memory is None:
            return
        if own.memory is not memory:
            self._take_slot(own, memory)
        if own.begin >= 0:
            memory[own.begin : own.begin + KEY_BYTES] = key

    def _take_slot(self, own: _Own, memory: memoryview) -> None:
        slot = next(self._slots)
        own.memory = memory
        own.begin = -1 if (slot + 1) * SLOT.size > len(memory) else (slot + 1) * SLOT.size - KEY_BYTES
        if own.begin >= 0:
            SLOT.pack_into(memory, slot * SLOT.size, threading.get_ident(), NOTHING)


READING: Final = Reading()


def marked(memory: bytes) -> dict[int, bytes]:
    """Return the keys of what was being read, by thread, of a memory that a process has left."""
    slots = len(memory) // SLOT.size
    found = (SLOT.unpack_from(memory, slot * SLOT.size) for slot in range(slots))
    return {thread: key for thread, key in found if key != NOTHING}
