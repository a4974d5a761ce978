"""How often a JPEG has its decoder go over all of its pixels: found by its markers, before it is decoded.

A progressive picture of some hundred kilobytes can hold hundreds of scans, each of which costs as much as a picture.
libjpeg-turbo takes as many as there are. Source: ITU-T T.81, annex B.
"""

from typing import Final

_MARKER: Final = 0xFF
_ONE_PASS: Final = frozenset({0xC0, 0xC1})
"""Start of a frame: baseline, and extended sequential, by Huffman."""
_SEGMENTS: Final = frozenset({0xC4, 0xCC, 0xDB, 0xDD, *range(0xE0, 0xF0), 0xFE})
"""Tables, applications' data and comments: a length follows each of them, which every decoder skips by. Behind others
some see a length and some see none, so they would read on at different places."""
_LENGTH: Final = 2
"""Bytes that a length counts at least: its own."""
_START_OF_SCAN: Final = 0xDA
_SCAN: Final = b"\xff\xda"


def is_one_pass(head: bytes) -> bool:
    """Whether the beginning of a JPEG says that its first scan is all there is to decode. Some microseconds.

    False also for a beginning that is too short, for what is no JPEG, and for whatever decoders do not agree upon.
    """
    components, at = None, 2
    while at + 4 < len(head) and head[at] == _MARKER:
        marker, length = head[at + 1], int.from_bytes(head[at + 2 : at + 4], "big")
        if marker == _START_OF_SCAN:
            return head[at + 4] == components
        if marker in _ONE_PASS:
            if components is not None or at + 9 >= len(head):
                return False
            components = head[at + 9]
        elif marker not in _SEGMENTS:
            return False
        if length < _LENGTH:
            return False
        at += 2 + length
    return False


def count_scans(file: bytes) -> int:
    """Return how many scans a JPEG may have, at least as many as it has.

    In what is coded, no byte 0xFF is followed by that of a scan: so what its beginning does not show is searched.
    """
    return 1 if is_one_pass(file) else file.count(_SCAN)
