"""Small files that are read as a whole: texts and pictures."""

import os
import stat
from typing import Final

from tiling.errors import ContentRefused, SourceChanged, SourceGone, SourceUnreadable
from tiling.models import RasterSource
from tiling.remote import RemoteChanged

MAX_TEXT_BYTES: Final = 200_000
"""Of UTF-8, of a text that is shown as one."""


def read_whole(source: RasterSource, max_bytes: int) -> bytes:
    """Return all bytes of a file. Blocks.

    Raises ContentRefused where it is larger, SourceGone, SourceChanged, SourceUnreadable.
    """
    try:
        data = _read_remote(source, max_bytes) if source.remote else _read_local(source.path, max_bytes)
    except FileNotFoundError as exc:
        raise SourceGone("the file no longer exists") from exc
    except RemoteChanged as exc:
        raise SourceChanged("the file was replaced") from exc
    except OSError as exc:
        raise SourceUnreadable("the file cannot be read") from exc
    if len(data) > max_bytes:
        raise ContentRefused(f"it is larger than {_in_words(max_bytes)}")
    return data


def read_text(source: RasterSource) -> str:
    """Return the text of a file in UTF-8, with a byte order mark or without. Blocks.

    Raises as `read_whole` does, and ContentRefused where it is something else than UTF-8.
    """
    try:
        return read_whole(source, MAX_TEXT_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise ContentRefused("it is not a text in UTF-8") from exc


def _read_remote(source: RasterSource, max_bytes: int) -> bytes:
    remote = source.remote
    return b"" if remote is None else remote.read(0, max_bytes + 1)


def _read_local(path: str, max_bytes: int) -> bytes:
    """Return at most one byte more than may be."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(descriptor, "rb") as file:  # noqa: PTH123  (a descriptor)
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            raise FileNotFoundError
        data = file.read(max_bytes + 1)
        after = os.fstat(descriptor)
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise SourceChanged("the file was written to")
    return data


def _in_words(size: int) -> str:
    return f"{size // 2**20} MiB" if size >= 2**20 else f"{size // 1000} kB"
