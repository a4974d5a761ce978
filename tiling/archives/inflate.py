"""Gzip of strangers, unpacked within a bound."""

import zlib
from typing import Final

from tiling.errors import ContentRefused

_GZIP: Final = 31
"""zlib's number for gzip's frame, with the largest window."""


def inflate(data: bytes, most: int, what: str) -> bytes:
    """Return what a gzip stream holds, at most so many bytes. `what` names it in messages.

    One stream and nothing behind it: a client would unpack a second one as well, which nobody has measured. Raises
    ContentRefused.
    """
    unpacker = zlib.decompressobj(_GZIP)
    try:
        found = unpacker.decompress(data, most + 1)
    except zlib.error as exc:
        raise ContentRefused(f"{what} is not the gzip that it should be") from exc
    if len(found) > most:
        raise ContentRefused(f"{what} unpacks to more than {most // 2**20} MiB")
    if not unpacker.eof or unpacker.unused_data:
        raise ContentRefused(f"{what} is not one whole gzip stream")
    return found
