"""Whom an image is due to, written into its file: PNG as a text, JPEG and WebP as the EXIF field Copyright."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from typing import Final

from tiling.models import RenderedTile

_COPYRIGHT: Final = 0x8298
_ASCII: Final = 2
_AFTER_HEADER: Final = 33
"""Where in a PNG the first chunk may stand: behind its signature and its header."""
_HAS_EXIF, _HAS_ALPHA = 0x08, 0x10
_LOSSLESS_ALPHA: Final = 1 << 28


def credited(image: RenderedTile, credit: str) -> RenderedTile:
    """Return an image with a line of text in its metadata, as it is where there is none or it is of another type."""
    if not credit or image.body is None:
        return image
    match image.media_type:
        case "image/png":
            return replace(image, body=_png(image.body, credit))
        case "image/jpeg":
            return replace(image, body=_jpeg(image.body, credit))
        case "image/webp":
            return replace(image, body=_webp(image.body, credit, image.width, image.height))
        case _:
            return image


def _png(body: bytes, credit: str) -> bytes:
    """Insert an iTXt chunk: its keyword, not compressed, no language (PNG, 11.3.3.4)."""
    data = b"iTXt" + b"Copyright\0\0\0\0\0" + credit.encode()
    chunk = struct.pack(">I", len(data) - 4) + data + struct.pack(">I", zlib.crc32(data))
    return body[:_AFTER_HEADER] + chunk + body[_AFTER_HEADER:]


def _jpeg(body: bytes, credit: str) -> bytes:
    """Insert a segment APP1 behind the start of the image (Exif 2.3, 4.7.2)."""
    data = b"Exif\0\0" + _exif(credit)
    return body[:2] + b"\xff\xe1" + struct.pack(">H", len(data) + 2) + data + body[2:]


def _webp(body: bytes, credit: str, width: int, height: int) -> bytes:
    """Append a chunk EXIF, and the extended header that it needs (RFC 9649, 2.7)."""
    chunks = body[12:]
    if chunks[:4] == b"VP8X":
        chunks = chunks[:8] + bytes([chunks[8] | _HAS_EXIF]) + chunks[9:]
    else:
        is_clear = chunks[:4] == b"VP8L" and bool(struct.unpack_from("<I", chunks, 9)[0] & _LOSSLESS_ALPHA)
        flags = _HAS_EXIF | (_HAS_ALPHA if is_clear else 0)
        canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        chunks = b"VP8X" + struct.pack("<II", 10, flags) + canvas + chunks
    exif = _exif(credit)
    chunks += b"EXIF" + struct.pack("<I", len(exif)) + exif + b"\0" * (len(exif) % 2)
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks


def _exif(credit: str) -> bytes:
    """Return a TIFF of one field, whose text lies behind its directory."""
    text = credit.encode() + b"\0"
    directory = struct.pack("<HHHIII", 1, _COPYRIGHT, _ASCII, max(len(text), 5), 26, 0)
    return b"II*\0" + struct.pack("<I", 8) + directory + text.ljust(5, b"\0")
