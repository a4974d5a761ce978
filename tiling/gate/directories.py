"""The images of a TIFF by its directories, read without GDAL: sizes, blocks, where the blocks lie, how they are stored.

GDAL reports these of full resolution and overviews, not of masks, and only once it has opened them. Here a file is
known before anything of it is decoded. Source: TIFF 6.0, BigTIFF (libtiff), and libtiff's numbers of compressions.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from tiling.errors import RasterRefused

MAX_IMAGES: Final = 128
"""Directories of a file: full resolution, overviews, and a mask for each."""
MAX_ENTRIES: Final = 256
"""Tags of a directory."""
MAX_BLOCKS: Final = 2**25
"""Of all images together: a million by a million pixels in blocks of 512, with overviews and masks, has a third."""
MAX_TAGS_BYTES: Final = 16 * 2**20
"""Of all tags of all directories together, beside where blocks lie: libtiff reads each into memory, known or not."""
MAX_METADATA_BYTES: Final = 256 * 2**10
"""Of GDAL's metadata: for each item GDAL looks through all before it, so a megabyte takes seconds."""
_MAX_VALUES: Final = 65_536
"""Numbers that a tag may hold which is read whole: a TIFF has so many bands at most."""
_PIECE: Final = 2**17
"""Numbers of an array that are read at once."""
_SPLIT_ROWS: Final = 2000
"""A strip that is a whole image of more rows is read row by row by GDAL (its "split" interface)."""

_SUBFILE, _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 254, 256, 257, 258, 259, 262
_STRIP_OFFSETS, _SAMPLES, _ROWS_PER_STRIP, _STRIP_SIZES, _PLANAR = 273, 277, 278, 279, 284
_TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS, _TILE_SIZES, _SUB_DIRECTORIES, _JPEG_TABLES = 322, 323, 324, 325, 330, 347
_METADATA, _NODATA = 42112, 42113
_ASCII: Final = 2
_BLOCKS: Final = frozenset({_STRIP_OFFSETS, _STRIP_SIZES, _TILE_OFFSETS, _TILE_SIZES})
_CHUNKY: Final = 1
_YCBCR: Final = 6
_TYPES: Final = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
"""Those of whole numbers."""
_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}


class Bytes(Protocol):
    """What a file is read by: one on this machine, or a remote one."""

    def read(self, offset: int, length: int) -> bytes:
        """Return bytes, fewer at the end of the file. Blocks."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A tag of a directory."""

    type: int
    count: int
    at: int
    """Where its values lie in the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One image of a TIFF."""

    width: int
    height: int
    """Pixels."""
    block_width: int
    block_height: int
    """Pixels of a block as GDAL decodes it."""
    bands: int
    bits: int
    """Of the widest band."""
    bands_together: bool
    """Whether a block holds all bands."""
    photometric: int
    compression: int
    """libtiff's number."""
    is_tiled: bool
    is_split: bool
    """Whether it is one strip that is read row by row."""
    offsets: Entry | None
    sizes: Entry | None
    """Of stored blocks, in bytes."""
    tables: Entry | None
    """What JPEG blocks have in common."""

    @property
    def pixel_bytes(self) -> int:
        """Bytes of a decoded pixel, of all bands that lie together; a bit becomes a byte."""
        width = 1
        while width * 8 < self.bits:
            width *= 2
        size = width * (self.bands if self.bands_together else 1)
        return max(size, 4) if self.photometric == _YCBCR else size

    @property
    def blocks(self) -> int:
        """How many stored blocks it says that it has."""
        return max(each.count if each else 0 for each in (self.offsets, self.sizes))

    @property
    def block_bytes(self) -> int:
        """Bytes of a decoded block."""
        return self.block_width * self.block_height * self.pixel_bytes


@dataclass(slots=True)
class Sums:
    """What the images of a file say that they have together."""

    tags: int = 0
    metadata: int = 0
    """Bytes."""
    blocks: int = 0

    def add_tags(self, entries: dict[int, Entry]) -> None:
        """Raise RasterRefused where tags are too long."""
        sizes = {tag: entry.count * _SIZES.get(entry.type, 0) for tag, entry in entries.items() if tag not in _BLOCKS}
        self.metadata += sizes.get(_METADATA, 0)
        self.tags += sum(sizes.values())
        if self.metadata > MAX_METADATA_BYTES:
            raise RasterRefused(f"its GDAL metadata has more than {MAX_METADATA_BYTES // 1024} KiB: remove some of it")
        if self.tags > MAX_TAGS_BYTES:
            raise RasterRefused(
                f"its tags have more than {MAX_TAGS_BYTES // 2**20} MiB: convert it with gdal_translate"
            )

    def add_blocks(self, blocks: int) -> None:
        """Raise RasterRefused where there are too many."""
        self.blocks += blocks
        if self.blocks > MAX_BLOCKS:
            raise RasterRefused(f"it holds more than {MAX_BLOCKS:,} blocks: store it in larger ones")


class Directories:
    """The directories of a file."""

    def __init__(self, file: Bytes) -> None:
        """Raise RasterRefused for what is no TIFF. Blocks."""
        self._file = file
        head = self._read(0, 16)
        if head[:4] not in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
            raise RasterRefused("not a GeoTIFF: convert it with `gdal_translate -of COG`")
        self._order = "<" if head[:1] == b"I" else ">"
        self._is_big = b"+" in head[:4]
        self._first = self._number("Q", head[8:16]) if self._is_big else self._number("I", head[4:8])

    def images(self) -> Iterator[Image]:
        """Yield each image, also those below others. Blocks. Raises RasterRefused.

        Images may share what they consist of, so what they say is added up, and not what the file holds.
        """
        waiting, seen, sums = [self._first], set[int](), Sums()
        while waiting:
            place = waiting.pop()
            if not place or place in seen:
                continue
            seen.add(place)
            if len(seen) > MAX_IMAGES:
                raise RasterRefused(f"it holds more than {MAX_IMAGES} images: store one raster in a file")
            entries, following = self._directory(place)
            sums.add_tags(entries)
            waiting += [following, *self._values(entries.get(_SUB_DIRECTORIES))]
            image = self._image(entries)
            sums.add_blocks(image.blocks)
            yield image

    def nodata(self) -> bytes:
        """Return what the first image says is no data, as GDAL writes it (tag 42113); empty for none. Blocks."""
        return self.raw(self._directory(self._first)[0].get(_NODATA))

    def metadata(self) -> bytes:
        """Return the XML that GDAL keeps with the first image (tag 42112), its beginning where it is long. Blocks."""
        entry = self._directory(self._first)[0].get(_METADATA)
        if entry is None or entry.type != _ASCII:
            return b""
        return self._read(entry.at, min(entry.count, MAX_METADATA_BYTES))

    def pieces(self, entry: Entry) -> Iterator[NDArray[np.uint64]]:
        """Yield the numbers of an array in pieces, in their order. Blocks. Raises RasterRefused."""
        form = np.dtype(self._order + {"B": "u1", "H": "u2", "I": "u4", "Q": "u8"}[self._form(entry)])
        for first in range(0, entry.count, _PIECE):
            count = min(_PIECE, entry.count - first)
            data = self._read(entry.at + first * form.itemsize, count * form.itemsize)
            yield np.frombuffer(data, dtype=form).astype(np.uint64)

    def raw(self, entry: Entry | None) -> bytes:
        """Return the bytes of a short tag. Blocks."""
        return b"" if entry is None else self._read(entry.at, min(entry.count * _SIZES[entry.type], _MAX_VALUES))

    def _directory(self, place: int) -> tuple[dict[int, Entry], int]:
        form, size = ("Q", 20) if self._is_big else ("H", 12)
        start = place + struct.calcsize(form)
        count = self._number(form, self._read(place, start - place))
        if not 0 < count <= MAX_ENTRIES:
            raise RasterRefused("not a readable GeoTIFF")
        pointer = "Q" if self._is_big else "I"
        width = struct.calcsize(pointer)
        data = self._read(start, count * size + width)
        entries: dict[int, Entry] = {}
        for position in range(0, count * size, size):
            tag, kind, values = struct.unpack_from(f"{self._order}HH{pointer}", data, position)
            place_of_values = position + size - width
            is_inside = _SIZES.get(kind, width + 1) * values <= width
            at = start + place_of_values if is_inside else self._number(pointer, data[place_of_values:][:width])
            entries.setdefault(tag, Entry(type=kind, count=values, at=at))  # libtiff takes the first, too
        return entries, self._number(pointer, data[-width:])

    def _image(self, entries: dict[int, Entry]) -> Image:
        def first(tag: int, default: int | None = None) -> int:
            values = self._values(entries.get(tag))
            if not values and default is None:
                raise RasterRefused("not a readable GeoTIFF")
            return values[0] if values else int(default or 0)

        if entries.keys() >= {_STRIP_OFFSETS, _TILE_OFFSETS} or entries.keys() >= {_STRIP_SIZES, _TILE_SIZES}:
            raise RasterRefused("not a readable GeoTIFF")  # libtiff takes the one that comes last
        width, height = first(_WIDTH), first(_HEIGHT)
        is_tiled = _TILE_WIDTH in entries or _TILE_OFFSETS in entries
        rows = first(_TILE_HEIGHT) if is_tiled else min(first(_ROWS_PER_STRIP, 2**32 - 1), height)
        is_split = not is_tiled and rows == height and height > _SPLIT_ROWS
        bands, block_width = first(_SAMPLES, 1), first(_TILE_WIDTH) if is_tiled else width
        if not all((width, height, rows, bands, block_width)):
            raise RasterRefused("not a readable GeoTIFF")
        return Image(
            width=width,
            height=height,
            block_width=block_width,
            block_height=1 if is_split else rows,
            bands=bands,
            bits=max(self._values(entries.get(_BITS)) or (1,)),
            bands_together=first(_PLANAR, _CHUNKY) == _CHUNKY,
            photometric=first(_PHOTOMETRIC, 1),
            compression=first(_COMPRESSION, 1),
            is_tiled=is_tiled,
            is_split=is_split,
            offsets=entries.get(_TILE_OFFSETS) or entries.get(_STRIP_OFFSETS),
            sizes=entries.get(_TILE_SIZES) or entries.get(_STRIP_SIZES),
            tables=entries.get(_JPEG_TABLES),
        )

    def _values(self, entry: Entry | None) -> tuple[int, ...]:
        if entry is None:
            return ()
        if entry.count > _MAX_VALUES:
            raise RasterRefused("not a readable GeoTIFF")
        form = self._form(entry)
        data = self._read(entry.at, entry.count * _SIZES[entry.type])
        return struct.unpack(f"{self._order}{entry.count}{form}", data)

    def _form(self, entry: Entry) -> str:
        if entry.type not in _TYPES:
            raise RasterRefused("not a readable GeoTIFF")
        return _TYPES[entry.type]

    def _number(self, form: str, data: bytes) -> int:
        if len(data) != struct.calcsize(form):
            raise RasterRefused("not a readable GeoTIFF")
        number: int = struct.unpack(self._order + form, data)[0]
        return number

    def _read(self, offset: int, length: int) -> bytes:
        """Read all of it: a directory that is cut off is none."""
        data = self._file.read(offset, length) if offset < 2**63 else b""
        if len(data) != length:
            raise RasterRefused("the file is truncated: it ends before its directories do")
        return data
