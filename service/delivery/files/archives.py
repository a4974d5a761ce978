"""A folder as a ZIP that is made while it is sent: its length, and each of its bytes, known beforehand.

The same files give the same bytes, so an archive has a strong ETag and can be resumed anywhere. The CRC of a file that
lies before the part that is asked for is found by reading it, once for each version of it.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING

from isal.isal_zlib import crc32

from service.delivery.files.open_files import file_changed
from service.delivery.files.zip_records import Member, descriptor, directory_header, end_records, local_header
from service.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from service.catalogue.storage.entry import Entry
    from service.delivery.files.crcs import Crcs
    from service.delivery.files.open_files import OpenFile
    from service.delivery.files.storage import Files, Place

LAYOUT_VERSION = b"zip 1"
UNDATED = datetime(1980, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A file that goes into an archive."""

    name: str
    """Its path in the archive."""
    place: Place
    entry: Entry
    follow: bool = False
    content: bytes | None = None
    """Of what lies in no file; its place is nowhere."""

    @property
    def version(self) -> tuple[str, str, str]:
        """What its bytes depend on."""
        return self.place.root, self.place.path, self.entry.version


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything lies in an archive."""

    members: tuple[Member, ...]
    starts: list[int] = field(default_factory=list)
    """Of each member's local header, then of the central directory."""
    size: int = 0

    @classmethod
    def of(cls, files: Sequence[Packed]) -> Layout:
        """Return the layout of some files."""
        return cls.of_members(
            tuple(
                Member(name=file.name.encode(), size=file.entry.size, modified=file.entry.modified or UNDATED)
                for file in files
            )
        )

    @classmethod
    def of_members(cls, members: tuple[Member, ...]) -> Layout:
        """Return the layout of some members."""
        starts, at = [], 0
        for member in members:
            starts.append(at)
            at += len(local_header(member)) + member.size + len(descriptor(member, 0))
        bare = cls(members, [*starts, at])
        return cls(members, bare.starts, at + len(bare.directory([0] * len(members))))

    def directory(self, crcs: Sequence[int]) -> bytes:
        """Return the central directory and the end of the archive."""
        rows = zip(self.members, crcs, self.starts, strict=False)
        central = b"".join(directory_header(member, crc, start) for member, crc, start in rows)
        return central + end_records(len(self.members), len(central), self.starts[-1])


class Archive:
    """The files of an archive, laid out. Read as an `OpenFile` is."""

    def __init__(self, files: Files, crcs: Crcs, packed: Sequence[Packed]) -> None:
        """Lay it out: that takes milliseconds for each thousand files, so in a thread."""
        self._files = files
        self._crcs = crcs
        self._packed = packed
        self._layout = Layout.of(packed)
        self.version = _version_of(packed)
        """A text that changes when a byte of the archive does."""

    @property
    def size(self) -> int:
        """Bytes of the archive."""
        return self._layout.size

    async def chunks(self, start: int, stop: int) -> AsyncGenerator[bytes]:
        """Yield its bytes from `start` to before `stop`. Raises SourceFailed where a file has changed."""
        layout = self._layout
        first = max(0, bisect_right(layout.starts, start) - 1)
        for number in range(first, len(self._packed)):
            begins = layout.starts[number]
            if begins >= stop:
                return
            async with aclosing(self._member(number, max(0, start - begins), stop - begins)) as member:
                async for chunk in member:
                    yield chunk
        begins = layout.starts[-1]
        if stop > begins:
            crcs = [await self._crc(file) for file in self._packed]
            directory = await asyncio.to_thread(layout.directory, crcs)
            if part := directory[max(0, start - begins) : stop - begins]:
                yield part

    def close(self) -> None:
        """Nothing is held between chunks."""

    async def _member(self, number: int, start: int, stop: int) -> AsyncGenerator[bytes]:
        """Yield a part of a member, with what stands before and behind it."""
        file, member = self._packed[number], self._layout.members[number]
        header = local_header(member)
        if part := header[start:stop]:
            yield part
        begin, end = max(0, start - len(header)), min(member.size, stop - len(header))
        if begin < end:
            async with aclosing(self._content(file, begin, end)) as content:
                async for chunk in content:
                    yield chunk
        behind = len(header) + member.size
        if stop > behind and (
            part := descriptor(member, await self._crc(file))[max(0, start - behind) : stop - behind]
        ):
            yield part

    async def _content(self, file: Packed, start: int, stop: int) -> AsyncGenerator[bytes]:
        """Yield bytes of a file, and remember its CRC where these are all of them."""
        if file.content is not None:
            yield file.content[start:stop]
            return
        opened, crc = await self._open(file), 0
        try:
            async for chunk in opened.chunks(start, stop):
                crc = crc32(chunk, crc)  # ten times as fast as zlib's: it is on the event loop
                yield chunk
        finally:
            opened.close()
        if (start, stop) == (0, file.entry.size):
            self._crcs.put(file.version, crc)

    async def _crc(self, file: Packed) -> int:
        if file.entry.size == 0:
            return 0
        if file.content is not None:
            return crc32(file.content)
        return await self._crcs.of(file.version, lambda: self._content(file, 0, file.entry.size))

    async def _open(self, file: Packed) -> OpenFile:
        """Open a file in the version that was laid out. Raises SourceFailed."""
        try:
            opened = await self._files.open(file.place, follow=file.follow)
        except NotFound as exc:
            raise file_changed() from exc
        if opened.entry.version != file.entry.version:
            opened.close()
            raise file_changed()
        return opened


def _version_of(packed: Sequence[Packed]) -> str:
    digest = blake2b(LAYOUT_VERSION)
    for file in packed:
        digest.update(repr((file.name, file.version, file.entry.modified)).encode())
    return digest.hexdigest()
