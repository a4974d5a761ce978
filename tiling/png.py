"""A PNG encoder (W3C PNG, third edition) that trades some size for a lot of time: one filter, and ISA-L's deflate."""

import struct
import zlib
from typing import Final

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_GRAY, _RGB, _PALETTE, _GRAY_ALPHA, _RGBA = 0, 2, 3, 4, 6
_COLOR_TYPES: Final = {1: _GRAY, 2: _GRAY_ALPHA, 3: _RGB, 4: _RGBA}
_FILTER_NONE, _FILTER_UP = 0, 2
_LEVEL: Final = 1


def encode_png(pixels: Bytes) -> bytes:
    """Encode gray, gray + alpha, RGB or RGBA pixels, shape (height, width, 1 to 4)."""
    height, width, channels = pixels.shape
    rows = np.ascontiguousarray(pixels).reshape(height, width * channels)
    return _file(width, height, _COLOR_TYPES[channels], [_data(rows, _FILTER_UP)])


def encode_palette_png(indexes: Bytes, lut: Bytes) -> bytes:
    """Encode indexes, shape (height, width), into a palette of at most 256 RGBA colours, shape (n, 4)."""
    height, width = indexes.shape
    palette = [_chunk(b"PLTE", np.ascontiguousarray(lut[:, :3]).tobytes())]
    if (lut[:, 3] != 255).any():  # noqa: PLR2004 - opaque
        palette.append(_chunk(b"tRNS", np.ascontiguousarray(lut[:, 3]).tobytes()))
    return _file(width, height, _PALETTE, [*palette, _data(indexes, _FILTER_NONE)])


def _file(width: int, height: int, color_type: int, chunks: list[bytes]) -> bytes:
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, color_type, 0, 0, 0))
    return b"".join([_SIGNATURE, header, *chunks, _chunk(b"IEND", b"")])


def _data(rows: Bytes, filter_type: int) -> bytes:
    filtered = np.empty((rows.shape[0], rows.shape[1] + 1), dtype=np.uint8)
    filtered[:, 0] = filter_type
    filtered[:, 1:] = rows
    if filter_type == _FILTER_UP:
        filtered[1:, 1:] -= rows[:-1]
    return _chunk(b"IDAT", isal_zlib.compress(filtered, _LEVEL))


def _chunk(name: bytes, body: bytes) -> bytes:
    checksum = zlib.crc32(body, zlib.crc32(name))
    return b"".join([struct.pack(">I", len(body)), name, body, struct.pack(">I", checksum)])
