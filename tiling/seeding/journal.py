"""Tiles on the disk before they are an archive: written in their order, and gone on with after a break."""

import os
from pathlib import Path
from typing import Final, Self

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from tiling.seeding.spans import TileIds

TILES, INDEX = "tiles.part", "index.part"
FAILED: Final = 2**32 - 1
"""In place of a length: the tile could not be rendered."""
RECORD: Final = np.dtype([("tile_id", "<i8"), ("length", "<u4"), ("checksum", "<u4")])
Records = NDArray[np.void]
_FLAGS: Final = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW


class Journal:
    """The bytes of tiles in one file, their numbers, lengths and checksums in another, always behind. All blocks.

    Whoever opens it holds a lock: it is written by one process at a time. What a process that was killed left half
    written is cut off.
    """

    def __init__(self, tiles: int, index: int, records: Records) -> None:
        """Take descriptors over, whose files hold these tiles and nothing else."""
        self._tiles, self._index = tiles, index
        self.count = len(records)
        """How many tiles it has, empty and failed ones included."""
        self.failed = int((records["length"] == FAILED).sum())
        self.bytes = int(sizes_of(records).sum())

    @classmethod
    def open(cls, folder: Path, ids: TileIds) -> Self:
        """Open that of a folder, which is to hold some tiles; begun anew where it holds others. Raises OSError."""
        tiles, index = (os.open(folder / name, _FLAGS, 0o600) for name in (TILES, INDEX))
        try:
            records = _sound(tiles, index, ids)
            os.ftruncate(index, records.nbytes)
            os.ftruncate(tiles, int(sizes_of(records).sum()))
        except BaseException:
            os.close(tiles)
            os.close(index)
            raise
        return cls(tiles, index, records)

    def append(self, ids: TileIds, bodies: list[bytes | None]) -> None:
        """Write tiles, and return when they are on the disk. Raises OSError; then only `close` may follow."""
        records = np.zeros(len(bodies), RECORD)
        records["tile_id"] = ids
        records["length"] = [FAILED if body is None else len(body) for body in bodies]
        records["checksum"] = [isal_zlib.crc32(body or b"") for body in bodies]
        _write(self._tiles, b"".join(body or b"" for body in bodies), self.bytes)
        os.fdatasync(self._tiles)
        _write(self._index, records.tobytes(), self.count * RECORD.itemsize)
        os.fdatasync(self._index)
        self.count += len(bodies)
        self.failed += sum(body is None for body in bodies)
        self.bytes += sum(len(body or b"") for body in bodies)

    def close(self) -> None:
        """Close the files."""
        os.close(self._tiles)
        os.close(self._index)


def sizes_of(records: Records) -> NDArray[np.int64]:
    """Return how many bytes each tile has."""
    lengths = records["length"].astype(np.int64)
    return np.where(lengths == FAILED, 0, lengths)


def remove(folder: Path) -> None:
    """Remove the journal of a folder. Raises OSError."""
    for name in (INDEX, TILES):
        (folder / name).unlink(missing_ok=True)


def _sound(tiles: int, index: int, ids: TileIds) -> Records:
    """Return the records that are whole; none where they are not those of the first of `ids`."""
    size = os.fstat(index).st_size
    records = np.frombuffer(_read(index, size - size % RECORD.itemsize), RECORD)
    ends = np.cumsum(sizes_of(records))
    records = records[: int(np.searchsorted(ends, os.fstat(tiles).st_size, side="right"))]
    is_ours = len(records) <= len(ids) and np.array_equal(records["tile_id"], ids[: len(records)])
    return records if is_ours else records[:0]


def _read(descriptor: int, length: int) -> bytes:
    parts, at = list[bytes](), 0
    while at < length and (part := os.pread(descriptor, length - at, at)):
        parts.append(part)
        at += len(part)
    return b"".join(parts)


def _write(descriptor: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        done = os.pwrite(descriptor, view, offset)
        view, offset = view[done:], offset + done
