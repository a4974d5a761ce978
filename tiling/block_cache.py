"""Decoded blocks of all rasters, bounded in bytes, shared by all threads of the process."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any, Final

from numpy.typing import NDArray

DEFAULT_BYTES: Final = 256 * 2**20


class BlockCache:
    """The least recently used blocks go first. GDAL's own cache belongs to a handle, and a handle to one thread."""

    def __init__(self, max_bytes: int = DEFAULT_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._blocks: OrderedDict[Hashable, NDArray[Any]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def nbytes(self) -> int:
        """What the blocks take."""
        return self._bytes

    def resize(self, max_bytes: int) -> None:
        """Set the bound."""
        with self._lock:
            self._max_bytes = max_bytes
            self._shrink()

    def get(self, key: Hashable) -> NDArray[Any] | None:
        """Return a block, which is read-only."""
        with self._lock:
            block = self._blocks.get(key)
            if block is not None:
                self._blocks.move_to_end(key)
            return block

    def put(self, key: Hashable, block: NDArray[Any]) -> None:
        """Keep a block, which must own its memory and becomes read-only."""
        block.setflags(write=False)
        with self._lock:
            self._bytes += block.nbytes - (self._blocks[key].nbytes if key in self._blocks else 0)
            self._blocks[key] = block
            self._blocks.move_to_end(key)
            self._shrink()

    def _shrink(self) -> None:
        while self._bytes > self._max_bytes:
            self._bytes -= self._blocks.popitem(last=False)[1].nbytes


BLOCKS: Final = BlockCache()
"""The cache of this process, as GDAL has one."""
