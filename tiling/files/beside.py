"""A small file beside a raster, read once when the raster is registered."""

import os

from tiling.files.beneath import NotRegular, open_folder, open_regular
from tiling.files.raster_source import RasterSource


def read_beside(source: RasterSource, ending: str, max_bytes: int) -> bytes:
    """Return the bytes of the file whose name is the raster's with an ending. Blocks.

    Empty where there is none, where it is larger, a symbolic link or no regular file, or the raster lies elsewhere.
    """
    rooted = source.rooted
    if rooted is None or source.remote is not None:
        return b""
    try:
        folder = open_folder(rooted.root, rooted.names[:-1])
    except OSError:
        return b""
    try:
        return _read(open_regular(rooted.names[-1] + ending, folder), max_bytes)
    except (OSError, NotRegular):
        return b""
    finally:
        os.close(folder)


def _read(descriptor: int, max_bytes: int) -> bytes:
    data = b""
    try:
        while len(data) <= max_bytes and (part := os.read(descriptor, max_bytes + 1 - len(data))):
            data += part
    finally:
        os.close(descriptor)
    return data if len(data) <= max_bytes else b""
