"""How often a JPEG has its decoder go over all of its pixels: found by its markers, before it is decoded.

A progressive picture of some hundred kilobytes can hold hundreds of scans, each of which costs as much as a picture.
libjpeg-turbo takes as many as there are. Source: ITU-T T.81, annex B.
"""

from typing import Final

_MARKER: Final = 0xFF
_ONE_PASS: Final = frozenset({0xC0, 0xC1})
"""Start of a frame: baseline, and extended sequential, by Huffman."""
_FRAMES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""Start of any frame; the others are tables."""
_START_OF_SCAN: Final = 0xDA
_SCAN: Final = b"\xff\xda"


def count_scans(file: bytes) -> int:
    """Return how many scans a JPEG may have, at least as many as it has: 1 where the first holds all components.

    Some microseconds for an ordinary picture. Between markers no byte 0xFF is followed by that of a scan, so a picture of
    any other kind is searched to its end.
    """
    components, at = None, 2
    while at + 4 < len(file) and file[at] == _MARKER:
        marker = file[at + 1]
        if marker == _START_OF_SCAN:
            return 1 if file[at + 4] == components else file.count(_SCAN)
        if marker in _FRAMES:
            if marker not in _ONE_PASS or components is not None or at + 9 >= len(file):
                break
            components = file[at + 9]
        at += 2 + int.from_bytes(file[at + 2 : at + 4], "big")
    return file.count(_SCAN)
