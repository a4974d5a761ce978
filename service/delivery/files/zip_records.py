"""The records of a ZIP file (APPNOTE 6.3.10), of files that are stored as they are.

The CRC-32 of a file stands behind it, in a data descriptor (bit 3), so that one pass over its bytes is enough. All
lengths follow from names and sizes alone: where everything lies is known before anything was read.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime

FLAGS = 0x0808  # a data descriptor follows; the name is UTF-8
PLAIN, ZIP64 = 20, 45  # versions needed to extract
MADE_ON_UNIX = 3 << 8
REGULAR_FILE = 0o100644 << 16
FULL = 0xFFFFFFFF
FULL_COUNT = 0xFFFF
DOS_EPOCH = datetime(1980, 1, 1, tzinfo=UTC)
LAST_DOS_YEAR = 2107
TIMESTAMP_EXTRA = 0x5455
ZIP64_EXTRA = 0x0001


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file in an archive."""

    name: bytes
    """UTF-8, with slashes."""
    size: int
    modified: datetime

    @property
    def is_large(self) -> bool:
        """Whether its size needs 64 bits."""
        return self.size >= FULL


def local_header(member: Member) -> bytes:
    """Return what stands before a file."""
    extra = _timestamp(member)
    if member.is_large:
        extra += struct.pack("<HHQQ", ZIP64_EXTRA, 16, 0, 0)
    words = (_needed(member), FLAGS, 0, *_dos_time(member.modified))
    sizes = (FULL, FULL) if member.is_large else (0, 0)
    return struct.pack("<4s5H3I2H", b"PK\3\4", *words, 0, *sizes, len(member.name), len(extra)) + member.name + extra


def descriptor(member: Member, crc: int) -> bytes:
    """Return what stands behind a file."""
    layout = "<4sIQQ" if member.is_large else "<4sIII"
    return struct.pack(layout, b"PK\7\x08", crc, member.size, member.size)


def directory_header(member: Member, crc: int, offset: int) -> bytes:
    """Return a file's row in the central directory. `offset`: where its local header begins."""
    wide = [member.size, member.size] if member.is_large else []
    wide += [offset] if offset >= FULL else []
    extra = _timestamp(member)
    if wide:
        extra += struct.pack(f"<HH{len(wide)}Q", ZIP64_EXTRA, 8 * len(wide), *wide)
    needed = ZIP64 if wide else PLAIN
    size, place = min(member.size, FULL), min(offset, FULL)
    head = (MADE_ON_UNIX | ZIP64, needed, FLAGS, 0, *_dos_time(member.modified), crc, size, size)
    tail = (len(member.name), len(extra), 0, 0, 0, REGULAR_FILE, place)
    return struct.pack("<4s6H3I5H2I", b"PK\1\2", *head, *tail) + member.name + extra


def end_records(count: int, size: int, offset: int) -> bytes:
    """Return what stands at the end. `size`, `offset`: of the central directory."""
    end = struct.pack(
        "<4s4H2IH",
        b"PK\5\6",
        0,
        0,
        *(min(count, FULL_COUNT),) * 2,
        min(size, FULL),
        min(offset, FULL),
        0,
    )
    if count < FULL_COUNT and size < FULL and offset < FULL:
        return end
    made = (MADE_ON_UNIX | ZIP64, ZIP64, 0, 0)
    large = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, *made, count, count, size, offset)
    return large + struct.pack("<4sIQI", b"PK\6\7", 0, offset + size, 1) + end


def _needed(member: Member) -> int:
    return ZIP64 if member.is_large else PLAIN


def _timestamp(member: Member) -> bytes:
    """Return the time of change in Unix seconds: the other one has neither odd seconds nor a zone."""
    seconds = min(max(int(member.modified.timestamp()), -(2**31)), 2**31 - 1)
    return struct.pack("<HHBi", TIMESTAMP_EXTRA, 5, 1, seconds)


def _dos_time(moment: datetime) -> tuple[int, int]:
    """Return time and date in MS-DOS format, in UTC."""
    moment = max(moment.astimezone(UTC), DOS_EPOCH)
    year = min(moment.year, LAST_DOS_YEAR) - DOS_EPOCH.year
    return (
        moment.hour << 11 | moment.minute << 5 | moment.second // 2,
        year << 9 | moment.month << 5 | moment.day,
    )
