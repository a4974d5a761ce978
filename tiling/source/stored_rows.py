"""Where tiles lie that can be sent as they are stored: learned by render threads, used where nothing may wait."""

import threading
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from cachetools import LRUCache

from tiling.files.raster_source import RasterSource
from tiling.models import ImageFormat, Profile, TileAddress, TileSize
from tiling.source.stored_blocks import StoredRow

MAX_FILES: Final = 64
"""Each is kept open."""
MAX_ROWS: Final = 1024
"""Of a file; a row takes 16 bytes a column."""

_Kind = tuple[Profile, ImageFormat, TileSize, int, int]
"""Profile, format, size, zoom and row of tiles that lie in one row of blocks."""


@dataclass(frozen=True, slots=True)
class _Known:
    rows: LRUCache[_Kind, tuple[StoredRow, int]] = field(default_factory=partial(LRUCache, MAX_ROWS))
    """Each with the column of the tile of address 0."""


class StoredRows:
    """The rows used least recently are forgotten, and files that have none are closed."""

    def __init__(self) -> None:
        self._files: LRUCache[RasterSource, _Known] = LRUCache(MAX_FILES)
        self._lock = threading.Lock()

    def learn(
        self,
        source: RasterSource,
        address: TileAddress,
        profile: Profile,
        image_format: ImageFormat,
        size: TileSize,
        row: StoredRow,
        column: int,
    ) -> None:
        """Note that the block in a column of a row is a tile, and that its neighbours on both sides are theirs."""
        with self._lock:
            known = self._files.setdefault(source, _Known())
            if known.rows:  # one descriptor is enough for a file
                row = replace(row, file=next(iter(known.rows.values()))[0].file)
            known.rows[profile, image_format, size, address.z, address.y] = row, column - address.x

    def at_once(
        self, source: RasterSource, address: TileAddress, profile: Profile, image_format: ImageFormat, size: TileSize
    ) -> bytes | None:
        """Return a tile whose place is known and whose bytes the kernel has in memory; else None. Never waits."""
        with self._lock:
            known = self._files.get(source)
            found = known.rows.get((profile, image_format, size, address.z, address.y)) if known else None
        if found is None:
            return None
        row, shift = found
        return row.at_once(address.x + shift)


STORED_ROWS: Final = StoredRows()
"""Those of this process."""
