"""Of how many parts a picture's file consists, counted before it is decoded.

Pillow goes over markers, chunks and frames in Python, one after the other, and libjpeg over all pixels for each scan:
as many as there are. A few bytes make one, so a small file can hold millions of them. What is counted here is counted
as Pillow reads it; what is odd counts as a part as well.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from tiling.budget import BUDGET
from tiling.errors import ContentRefused
from tiling.source.jpeg_markers import count_scans

MOST_PARTS: Final = 10_000
"""Pictures have some ten; those that a writer cut into chunks of 8 KB, some thousands."""

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8"
_GIF: Final = b"GIF8"
_BARE: Final = frozenset({0xC8, *range(0xD0, 0xDA), *range(0xF0, 0xFE)})
"""Markers of a JPEG behind which Pillow takes no length."""
_MARKER: Final = 0xFF
_START_OF_SCAN: Final = 0xDA
_EXTENSION, _PICTURE, _TRAILER = b"!,;"
"""What the parts of a GIF begin with."""
_FINE: Final = 64
"""A part of a GIF is cut into pieces of 255 bytes; whoever makes them smaller than this has them counted."""


def check_parts(file: bytes) -> None:
    """Raise ContentRefused for a picture of more parts than pictures have. Milliseconds, for megabytes."""
    if file.startswith(_JPEG) and count_scans(file) > BUDGET.jpeg_scans:
        raise ContentRefused(f"it is a JPEG of more than {BUDGET.jpeg_scans} scans; store it as baseline JPEG")
    if next(islice(_parts(file), MOST_PARTS, None), None) is not None:
        raise ContentRefused(f"its file consists of more than {MOST_PARTS:,} parts; store it anew")


def _parts(file: bytes) -> Iterator[int]:
    """Yield where each part begins."""
    if file.startswith(_JPEG):
        yield from _segments(file)
    elif file.startswith(_PNG):
        yield from _chunks(file)
    elif file.startswith(_GIF):
        yield from _blocks(file)


def _segments(file: bytes) -> Iterator[int]:
    """Yield what stands before the first scan of a JPEG; junk and filling, too, byte by byte."""
    at, end = len(_JPEG), len(file) - 1
    while at < end:
        yield at
        marker = file[at + 1]
        if file[at] != _MARKER or marker in {0, _MARKER}:
            at += 1
        elif marker == _START_OF_SCAN:
            return
        elif marker in _BARE:
            at += 2
        else:
            at += 2 + max(2, int.from_bytes(file[at + 2 : at + 4], "big"))


def _chunks(file: bytes) -> Iterator[int]:
    at = len(_PNG)
    while at < len(file):
        yield at
        at += 12 + int.from_bytes(file[at : at + 4], "big")


def _blocks(file: bytes) -> Iterator[int]:
    """Yield the pictures and extensions of a GIF, and the small pieces that they are cut into."""
    at = 13 + _colors(file, 10)
    while at < len(file):
        yield at
        introducer = file[at]
        if introducer == _TRAILER:
            return
        if introducer not in {_EXTENSION, _PICTURE}:
            at += 1
            continue
        at += 2 if introducer == _EXTENSION else 11 + _colors(file, at + 9)
        while at < len(file) and (length := file[at]):
            if length < _FINE:
                yield at
            at += 1 + length
        at += 1


def _colors(file: bytes, at: int) -> int:
    """Return how many bytes the colours have that a byte of flags says are there."""
    flags = file[at] if at < len(file) else 0
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0
