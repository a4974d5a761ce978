"""The bytes of remote files that a process keeps, and the threads that fetch them."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Self

from cachetools import LRUCache

CHUNK: Final = 16 * 1024
"""Bytes. Ranges grow to whole chunks."""
FETCHERS: Final = 16
DEFAULT_CACHE_BYTES: Final = 128 * 2**20


class RangeCache:
    """Chunks of remote files in memory, the least recently used going first, and threads that fetch several at once."""

    def __init__(self, max_bytes: int = DEFAULT_CACHE_BYTES) -> None:
        self._chunks: LRUCache[tuple[str, int], bytes] = LRUCache(max(max_bytes, CHUNK), getsizeof=len)
        self._threads = ThreadPoolExecutor(FETCHERS, thread_name_prefix="fetch")
        self.lock: Final = threading.Lock()
        """Held around `get` and `put`, and around what a file knows of its chunks in flight."""

    def __enter__(self) -> Self:
        """Return itself; its threads end with the context.

        They start here: one that a render thread started would have its rights, and could connect to nobody.
        """
        together = threading.Barrier(FETCHERS)
        for _ in range(FETCHERS):
            self._threads.submit(together.wait)
        return self

    def __exit__(self, *_: object) -> None:
        """End the threads, without waiting for a stuck one."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    @property
    def nbytes(self) -> int:
        """What the chunks take."""
        return int(self._chunks.currsize)

    def get(self, name: str, chunk: int) -> bytes | None:
        """Return a chunk that is kept. Hold the lock."""
        return self._chunks.get((name, chunk))

    def put(self, name: str, chunk: int, data: bytes) -> None:
        """Keep a chunk. Hold the lock."""
        self._chunks[name, chunk] = data

    def run(self, work: Callable[[], object]) -> None:
        """Run something in a thread of its own; in this one where the threads have ended."""
        try:
            self._threads.submit(work)
        except RuntimeError:
            work()
