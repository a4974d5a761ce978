"""Decoded blocks of all rasters, bounded in bytes, shared by all threads of the process; each is decoded once."""

import threading
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import Future
from operator import attrgetter
from typing import Any, Final, TypeVar

from cachetools import LRUCache
from numpy.typing import NDArray

DEFAULT_BYTES: Final = 192 * 2**20

Array = NDArray[Any]
Key = TypeVar("Key", bound=Hashable)
Decode = Callable[[list[Key]], dict[Key, Array]]


class BlockCache:
    """The least recently used blocks go first. GDAL's own cache belongs to a handle, and each thread has another.

    Neighbouring tiles are asked for together and share blocks: a thread waits for a block that another one decodes.
    """

    def __init__(self, max_bytes: int = DEFAULT_BYTES) -> None:
        self._blocks = _room(max_bytes)
        self._decoding: dict[Hashable, Future[Array | None]] = {}
        self._lock = threading.Lock()

    @property
    def nbytes(self) -> int:
        """What the blocks take."""
        return int(self._blocks.currsize)

    def resize(self, max_bytes: int) -> None:
        """Set the bound."""
        with self._lock:
            kept, self._blocks = self._blocks, _room(max_bytes)
            for key in kept:  # in no order that matters: it is set once, at the start
                self._put(key, kept[key])

    def get(self, keys: Iterable[Key], decode: Decode[Key]) -> dict[Key, Array]:
        """Return blocks, which are read-only, by their keys. Blocks.

        `decode` is called for those that nobody has and nobody decodes yet; raises as it does.
        """
        found, mine, others = self._claim(keys)
        if mine:
            found |= self._decode(mine, decode)
        failed = []
        for key, future in others.items():
            block = future.result()
            if block is None:
                failed.append(key)
            else:
                found[key] = block
        return found | decode(failed) if failed else found

    def _claim(self, keys: Iterable[Key]) -> tuple[dict[Key, Array], list[Key], dict[Key, Future[Array | None]]]:
        """Separate cached blocks from those to decode, and from those that another thread decodes."""
        found: dict[Key, Array] = {}
        mine: list[Key] = []
        others: dict[Key, Future[Array | None]] = {}
        with self._lock:
            for key in keys:
                if key in self._blocks:
                    found[key] = self._blocks[key]
                elif key in self._decoding:
                    others[key] = self._decoding[key]
                else:
                    mine.append(key)
                    self._decoding[key] = Future()
        return found, mine, others

    def _decode(self, keys: list[Key], decode: Decode[Key]) -> dict[Key, Array]:
        decoded: dict[Key, Array] = {}
        try:
            decoded = decode(keys)
        finally:
            with self._lock:
                futures = [self._decoding.pop(key) for key in keys]
                for key, block in decoded.items():
                    self._put(key, block)
            for key, future in zip(keys, futures, strict=True):
                future.set_result(decoded.get(key))  # None: whoever waits meets the trouble itself
        return decoded

    def _put(self, key: Hashable, block: Array) -> None:
        block.setflags(write=False)
        if block.nbytes <= self._blocks.maxsize:
            self._blocks[key] = block


def _room(max_bytes: int) -> LRUCache[Hashable, Array]:
    return LRUCache(max_bytes, getsizeof=attrgetter("nbytes"))


BLOCKS: Final = BlockCache()
"""The cache of this process, as GDAL has one."""
