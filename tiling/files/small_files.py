"""Small files that are read as a whole: texts and pictures."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tiling.errors import ContentRefused, RasterRefused, SourceChanged, SourceGone, SourceUnreadable
from tiling.files.raster_files import open_main
from tiling.files.raster_source import RasterSource
from tiling.files.remote import RemoteChanged

MAX_TEXT_BYTES: Final = 200_000
"""Of UTF-8, of a text that is shown as one."""


def read_whole(source: RasterSource, max_bytes: int) -> bytes:
    """Return all bytes of a file. Blocks.

    Raises ContentRefused where it is larger, SourceGone, SourceChanged, SourceUnreadable.
    """
    data = read_first(source, max_bytes + 1)
    if len(data) > max_bytes:
        raise ContentRefused(f"it is larger than {_in_words(max_bytes)}")
    return data


def read_first(source: RasterSource, length: int) -> bytes:
    """Return the first bytes of a file, fewer where it has no more. Blocks. Raises SourceGone and its like."""
    with file_errors():
        return _read_remote(source, length) if source.remote else _read_local(source, length)


@contextmanager
def file_errors() -> Iterator[None]:
    """Raise SourceGone, SourceChanged, SourceUnreadable in place of what the system or a store says of a file."""
    try:
        yield
    except (FileNotFoundError, RasterRefused) as exc:
        raise SourceGone("the file no longer exists") from exc
    except RemoteChanged as exc:
        raise SourceChanged("the file was replaced") from exc
    except OSError as exc:
        raise SourceUnreadable("the file cannot be read") from exc


def read_text(source: RasterSource) -> str:
    """Return the text of a file in UTF-8, with a byte order mark or without. Blocks.

    Raises as `read_whole` does, and ContentRefused where it is something else than UTF-8.
    """
    try:
        return read_whole(source, MAX_TEXT_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise ContentRefused("it is not a text in UTF-8") from exc


def _read_remote(source: RasterSource, length: int) -> bytes:
    remote = source.remote
    return b"" if remote is None else remote.read(0, length)


def _read_local(source: RasterSource, length: int) -> bytes:
    file = open_main(source)
    data = file.read(0, length)
    file.check()
    return data


def _in_words(size: int) -> str:
    return f"{size // 2**20} MiB" if size >= 2**20 else f"{size // 1000} kB"
