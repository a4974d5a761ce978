"""A directory of an archive: which tiles lie where. Read as arrays, and checked as a whole before it is used.

The `pmtiles` package reads directories too, but unpacks without a bound, believes every number, and takes a hundred
times as long; it stays the reference that tests compare with.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiling.errors import ContentRefused

MOST_ENTRIES: Final = 250_000
"""Writers make leaves of some thousands."""
DIRECTORY_BYTES: Final = 4 * 2**20
"""Of a directory, unpacked."""
LARGEST_TILE_ID: Final = (4**31 - 1) // 3 - 1
"""The last tile of zoom 30."""

_COLUMNS: Final = 4
_VARINT_BYTES: Final = 9
"""What takes ten has more than 63 bits, which nothing in a file has."""
_MORE: Final = np.uint8(0x80)

Numbers = NDArray[np.int64]


class Entry(NamedTuple):
    """Where a tile lies, or the directory that knows of it."""

    offset: int
    """Bytes, from the begin of the section of tiles or of leaves."""
    length: int
    is_leaf: bool
    """Whether a directory lies there, and no tile."""


@dataclass(frozen=True, slots=True, eq=False)
class Directory:
    """Entries in the order of their tiles, none of which overlap."""

    tile_ids: Numbers
    runs: Numbers
    """How many tiles in a row are the same one; 0: a leaf."""
    lengths: Numbers
    offsets: Numbers

    @classmethod
    def of(cls, data: bytes) -> "Directory":
        """Read an unpacked directory. Raises ContentRefused with the reason why it cannot be right."""
        numbers = _varints(data)
        count = int(numbers[0]) if len(numbers) else 0
        if not 0 < count <= MOST_ENTRIES:
            raise ContentRefused(f"a directory of it has not 1 to {MOST_ENTRIES:,} entries")
        if len(numbers) != 1 + _COLUMNS * count:
            raise ContentRefused("a directory of it has not as many entries as it says")
        steps, runs, lengths, places = numbers[1:].reshape(_COLUMNS, count)
        if runs.max() > LARGEST_TILE_ID:
            raise ContentRefused("a directory of it has tiles beyond zoom 30")
        directory = cls(_tile_ids(steps), runs, lengths, _offsets(places, lengths))
        directory._check_order()
        return directory

    @property
    def nbytes(self) -> int:
        """What it takes in memory."""
        return self.tile_ids.nbytes + self.runs.nbytes + self.lengths.nbytes + self.offsets.nbytes

    def find(self, tile_id: int) -> Entry | None:
        """Return where a tile lies, or which leaf to ask; None where there is no such tile."""
        number = int(np.searchsorted(self.tile_ids, tile_id, side="right")) - 1
        if number < 0:
            return None
        run = int(self.runs[number])
        if run and tile_id >= int(self.tile_ids[number]) + run:
            return None
        return Entry(int(self.offsets[number]), int(self.lengths[number]), run == 0)

    def leaves(self) -> list[Entry]:
        """Return the directories below."""
        return [
            Entry(int(self.offsets[number]), int(self.lengths[number]), is_leaf=True)
            for number in np.flatnonzero(self.runs == 0)
        ]

    def check_within(self, tiles: int, leaves: int) -> None:
        """Raise ContentRefused where an entry reaches beyond its section, of so many bytes."""
        most = np.where(self.runs == 0, leaves, tiles)
        if (self.offsets + self.lengths > most).any():
            raise ContentRefused("a directory of it leads beyond the file")

    def _check_order(self) -> None:
        ends = self.tile_ids + np.maximum(self.runs, 1)
        if (ends[:-1] > self.tile_ids[1:]).any():
            raise ContentRefused("a directory of it has entries that overlap, or are in no order")
        if int(ends[-1]) > LARGEST_TILE_ID + 1:
            raise ContentRefused("a directory of it has tiles beyond zoom 30")


def _varints(data: bytes) -> Numbers:
    """Return the numbers of a row of varints (LEB128), each below 2**63."""
    raw = np.frombuffer(data, np.uint8)
    stops = np.flatnonzero(raw < _MORE)
    if not len(stops) or stops[-1] != len(raw) - 1:
        raise ContentRefused("a directory of it ends in the middle of a number")
    starts = np.concatenate(([0], stops[:-1] + 1))
    widths = stops - starts + 1
    if widths.max() > _VARINT_BYTES:
        raise ContentRefused("a directory of it has a number that no file has")
    numbers = np.zeros(len(stops), np.int64)
    for place in range(int(widths.max())):
        has = widths > place
        numbers[has] |= (raw[starts[has] + place] & np.uint8(0x7F)).astype(np.int64) << (7 * place)
    return numbers


def _tile_ids(steps: Numbers) -> Numbers:
    """Add up steps, none of which may lead beyond all tiles; so their sum stays far from 2**63."""
    if steps.max() > LARGEST_TILE_ID or (steps[1:] == 0).any():
        raise ContentRefused("a directory of it has a tile twice, or beyond zoom 30")
    total = np.cumsum(steps)
    if (total < 0).any() or (np.diff(total) < 0).any() or int(total[-1]) > LARGEST_TILE_ID:
        raise ContentRefused("a directory of it has tiles beyond zoom 30")
    return total


def _offsets(places: Numbers, lengths: Numbers) -> Numbers:
    """Return where entries lie: as they say, or, where they say 0, behind the one before."""
    if places[0] == 0:
        raise ContentRefused("a directory of it begins behind an entry that is not there")
    if (lengths < 1).any() or lengths.max() > 2**40 or places.max() > 2**60:  # their sum fits into 62 bits
        raise ContentRefused("a directory of it has an entry of no length, or of one that no file has")
    said = np.maximum.accumulate(np.where(places > 0, np.arange(len(places)), 0))
    before = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    return places[said] - 1 + before - before[said]
