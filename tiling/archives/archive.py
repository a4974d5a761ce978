"""An open archive: one descriptor that the gate has opened, and from a tile's address to its bytes."""

import threading
from typing import Final

from cachetools import LRUCache
from pmtiles.tile import zxy_to_tileid

from tiling.archives.directory import DIRECTORY_BYTES, Directory, Entry
from tiling.archives.header import FIRST_BYTES, Header, Section
from tiling.archives.inflate import inflate
from tiling.budget import NO_DEADLINE, Deadline
from tiling.errors import ContentRefused, SourceChanged, SourceUnreadable
from tiling.files.local_file import LocalFile
from tiling.files.raster_files import open_main
from tiling.files.raster_source import RasterSource
from tiling.files.small_files import file_errors

STORED_BYTES: Final = 8 * 2**20
"""Of one tile, and of one directory, as they are stored."""
TILE_BYTES: Final = 16 * 2**20
"""Of one tile, unpacked."""
DEEPEST: Final = 4
"""Directories on the way to a tile: writers make two, and what has more leads in circles."""
MEMORY: Final = 32 * 2**20
"""Bytes of root directories that are kept, of all archives of the process; and of those below them once more."""
OPEN: Final = 64
"""Archives that are kept open."""


class Archive:
    """Threads may share it. Every byte is of the version that was looked at, or SourceChanged is raised."""

    def __init__(self, source: RasterSource, memory: int = MEMORY // OPEN) -> None:
        """Open it and read its header. Blocks. Raises ContentRefused, SourceGone, SourceChanged, SourceUnreadable.

        `memory`: bytes of directories that it keeps.
        """
        with file_errors():
            self._file: LocalFile | None = None if source.remote else open_main(source)
        self._remote = source.remote
        self._lock = threading.Lock()
        size = source.remote.size if source.remote else self._own.version.size
        first = self._read(Section(0, min(FIRST_BYTES, size)))
        self.header: Final = Header.of(first, size)
        start, length = self.header.root
        self.root: Final = self._directory(first[start : start + length])
        self._leaves: LRUCache[Section, Directory] = LRUCache(memory, lambda directory: directory.nbytes)

    def tile(self, z: int, x: int, y: int, deadline: Deadline = NO_DEADLINE) -> bytes | None:
        """Return a tile as it is stored; None where the archive has none there. Blocks. Raises as `__init__`."""
        tile_id = zxy_to_tileid(z, x, y)
        found, depth = self.root.find(tile_id), 1
        while found is not None and found.is_leaf:
            depth += 1
            if depth > DEEPEST:
                raise ContentRefused("its directories are too deep, or lead in circles")
            deadline.check()
            found = self.leaf(found).find(tile_id)
        if found is None:
            return None
        return self._read(self._checked(self.header.tiles.part(found.offset, found.length), "a tile"))

    def leaf(self, entry: Entry) -> Directory:
        """Return a directory below. Blocks. Raises as `__init__`."""
        place = self._checked(self.header.leaves.part(entry.offset, entry.length), "a directory")
        with self._lock:
            known = self._leaves.get(place)
        if known is not None:
            return known
        directory = self._directory(self._read(place))
        if directory.nbytes <= self._leaves.maxsize:
            with self._lock:
                self._leaves[place] = directory
        return directory

    def metadata(self, most: int) -> bytes:
        """Return the metadata's JSON, at most so many bytes unpacked. Blocks. Raises as `__init__`."""
        stored = self._read(self.header.metadata)
        if not self.header.is_gzip_inside or not stored:
            return stored
        return inflate(stored, most, "its metadata")

    def check(self) -> None:
        """Raise SourceChanged where a local file was written to or replaced."""
        if self._file is not None:
            self._file.check()

    @property
    def _own(self) -> LocalFile:
        if self._file is None:
            raise RuntimeError("a remote file has no descriptor")
        return self._file

    def _directory(self, stored: bytes) -> Directory:
        data = inflate(stored, DIRECTORY_BYTES, "a directory of it") if self.header.is_gzip_inside else stored
        directory = Directory.of(data)
        directory.check_within(self.header.tiles.length, self.header.leaves.length)
        return directory

    def _checked(self, place: Section, what: str) -> Section:
        if place.length > STORED_BYTES:
            raise ContentRefused(f"{what} of it has more than {STORED_BYTES // 2**20} MiB")
        return place

    def _read(self, place: Section) -> bytes:
        with file_errors():
            data = self._bytes(*place)
        self.check()
        if len(data) != place.length:
            raise SourceUnreadable("the file ended early")
        return data

    def _bytes(self, offset: int, length: int) -> bytes:
        if self._remote is not None:
            return self._remote.read(offset, length)
        return self._own.read(offset, length)


class OpenArchives:
    """Those that were read last stay open. An archive whose file was replaced is forgotten."""

    def __init__(self) -> None:
        self._known: LRUCache[RasterSource, Archive] = LRUCache(MEMORY, _memory_of)
        self._lock = threading.Lock()

    def get(self, source: RasterSource) -> Archive:
        """Return an open archive. Blocks. Raises as `Archive`. Two threads may open the same one: that harms nobody."""
        with self._lock:
            known = self._known.get(source)
        if known is not None:
            return known
        opened = Archive(source)
        with self._lock:
            self._known[source] = opened
        return opened

    def forget(self, source: RasterSource) -> None:
        """Close an archive, once nobody reads it."""
        with self._lock:
            self._known.pop(source, None)


def _memory_of(archive: Archive) -> int:
    """Return what an open archive counts: its root directory, whatever that unpacks to, and a share at least."""
    return max(archive.root.nbytes, MEMORY // OPEN)


ARCHIVES: Final = OpenArchives()


def read_stored(source: RasterSource, z: int, x: int, y: int, deadline: Deadline = NO_DEADLINE) -> bytes | None:
    """Return a tile of an archive as it is stored; None where there is none. Blocks.

    Raises ContentRefused, SourceGone, SourceChanged, SourceUnreadable, OutOfTime.
    """
    try:
        return ARCHIVES.get(source).tile(z, x, y, deadline)
    except SourceChanged:
        ARCHIVES.forget(source)
        raise
