"""Raster attribute tables as ArcGIS keeps them: a dBASE file, `x.tif.vat.dbf` beside `x.tif`.

Nothing that its header says is believed: rows and cells are those that lie in the file.
"""

import struct
from collections.abc import Iterator
from typing import Final

from tiling.ingest.attribute_table import MOST_ROWS, Column, names_of_rows

_HEADER: Final = 32
_END: Final = 0x0D
_MOST_COLUMNS: Final = 255
_DELETED: Final = b"*"
_TEXT: Final = b"C"


def names_in_dbf(data: bytes) -> list[tuple[int, str]]:
    """Return the names of values in a table; none in what is no table. Blocks."""
    if len(data) < _HEADER:
        return []
    rows, start, length = struct.unpack_from("<IHH", data, 4)
    fields = _fields(data, start)
    if not fields or length <= 1 or start < _HEADER:
        return []
    columns = [Column(title=title, is_text=kind == _TEXT) for title, kind, _ in fields]
    sizes = [size for _, _, size in fields]
    return names_of_rows(columns, _rows(data[start:], min(rows, MOST_ROWS), length, sizes))


def _fields(data: bytes, start: int) -> list[tuple[str, bytes, int]]:
    """Return title, type and size of each column."""
    found = list[tuple[str, bytes, int]]()
    for at in range(_HEADER, min(start, len(data)) - _HEADER + 1, _HEADER):
        if data[at] == _END or len(found) == _MOST_COLUMNS:
            break
        found.append((_text(data[at : at + 11].partition(b"\0")[0]), data[at + 11 : at + 12], data[at + 16]))
    return found


def _rows(data: bytes, most: int, length: int, sizes: list[int]) -> Iterator[list[str]]:
    for number in range(min(most, len(data) // length)):
        row = data[number * length : (number + 1) * length]
        if row[:1] == _DELETED:
            continue
        cells, at = list[str](), 1
        for size in sizes:
            if at + size > length:
                break
            cells.append(_text(row[at : at + size]).strip(" \0"))
            at += size
        yield cells


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
