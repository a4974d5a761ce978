"""Writes GeoTIFFs that say whatever they are told, also what no honest program writes."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

FORMATS = {1: "B", 2: "c", 3: "H", 4: "I", 12: "d"}
GEO_KEYS = (1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, 3857)
BLOCK = 256
REDUCED, MASK = 1, 4


@dataclass(frozen=True, kw_only=True)
class Image:
    """One directory of a TIFF: a square of one value in blocks of 256 pixels."""

    width: int = 512
    value: int = 7
    kind: int = 0
    """0, `REDUCED`, `MASK`, or both added."""
    is_placed: bool = True
    metadata: str = ""
    """GDAL's XML."""
    texts: tuple[tuple[int, str], ...] = ()
    """Further tags of ASCII."""

    def tags(self) -> list[tuple[int, int, tuple[float, ...] | bytes]]:
        found: list[tuple[int, int, tuple[float, ...] | bytes]] = [
            (254, 4, (self.kind,)), (256, 4, (self.width,)), (257, 4, (self.width,)), (258, 3, (8,)), (259, 3, (8,)),
            (262, 3, (4 if self.kind & MASK else 1,)), (277, 3, (1,)), (284, 3, (1,)),
            (322, 4, (BLOCK,)), (323, 4, (BLOCK,)), (339, 3, (1,)),
        ]  # fmt: skip
        if self.is_placed:
            found += [(33550, 12, (10.0, 10.0, 0.0)), (33922, 12, (0.0,) * 6), (34735, 3, GEO_KEYS)]
        if self.metadata:
            found.append((42112, 2, self.metadata.encode() + b"\0"))
        return found + [(number, 2, text.encode() + b"\0") for number, text in self.texts]


def tiff(*images: Image) -> bytes:
    """Return a little-endian TIFF of these images, one after the other."""
    out = bytearray(b"II*\0\0\0\0\0")
    link = 4
    for image in images:
        count = (-(-image.width // BLOCK)) ** 2
        block = zlib.compress(bytes([image.value]) * BLOCK**2)
        offset = _append(out, block)
        tags = [*image.tags(), (324, 4, (offset,) * count), (325, 4, (len(block),) * count)]
        directory = b""
        for number, kind, values in sorted(tags, key=lambda tag: tag[0]):
            data = values if isinstance(values, bytes) else struct.pack(f"<{len(values)}{FORMATS[kind]}", *values)
            place = data.ljust(4, b"\0") if len(data) <= 4 else struct.pack("<I", _append(out, data))
            directory += struct.pack("<HHI", number, kind, len(values)) + place
        struct.pack_into("<I", out, link, _append(out, struct.pack("<H", len(tags)) + directory))
        link = len(out)
        out += b"\0\0\0\0"
    return bytes(out)


def _append(out: bytearray, data: bytes) -> int:
    out += b"\0" * (len(out) % 2)
    at = len(out)
    out += data
    return at
