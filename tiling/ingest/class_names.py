"""Names of classes that a raster's maker wrote down: GDAL's category names, or a raster attribute table.

GDAL keeps both in `.aux.xml` beside the file (PAM). They are found by their tags, without an XML parser: nothing is
expanded, nothing else of it is believed.
"""

import html
import re
from collections.abc import Iterator
from typing import Final

from tiling.files.beside import read_beside
from tiling.files.raster_source import RasterSource
from tiling.text.labels import LARGEST, MAX_LABEL, MAX_LABELS, Pairs
from tiling.text.plain_text import cleaned

MAX_BYTES: Final = 2**20
MOST_ROWS: Final = 65_536
_CATEGORY: Final = re.compile(r"<Category(?:\s*/>|>([^<]*)</Category>)")
_CELL: Final = re.compile(r"<F(?:\s*/>|>([^<]*)</F>)")
_FIELD: Final = re.compile(r"<(Name|Type|Usage)[^<>]{0,60}>([^<]{0,200})</")
_NAME_USAGE, _VALUE_USAGES, _TEXT_TYPE = "2", {"3", "5"}, "2"
_NAMES: Final = re.compile(r"(class|land.?cover|category|label|name|descr)", re.IGNORECASE)
_VALUES: Final = {"value", "val", "code", "id"}


def class_names(source: RasterSource) -> Pairs:
    """Return what the values of the first band of a local raster stand for, as far as `.aux.xml` says. Blocks.

    At most 512 names of at most 100 characters; what cannot be shown on one line is taken out.
    """
    return names_in(read_beside(source, ".aux.xml", MAX_BYTES))


def names_in(pam: bytes) -> Pairs:
    """Return the names in a PAM document."""
    text = _between(pam.decode("utf-8", "replace"), '<PAMRasterBand band="1">', "</PAMRasterBand>")
    found = _of_table(_between(text, "<GDALRasterAttributeTable", "</GDALRasterAttributeTable>"))
    names = dict(found or _of_categories(_between(text, "<CategoryNames>", "</CategoryNames>")))
    return tuple(sorted(names.items()))[:MAX_LABELS]


def _between(text: str, start: str, end: str) -> str:
    _, _, rest = text.partition(start)
    return rest.partition(end)[0]


def _of_categories(text: str) -> list[tuple[int, str]]:
    names = ((number, _shown(match[1])) for number, match in enumerate(_CATEGORY.finditer(text)))
    return [(number, name) for number, name in names if name][:MAX_LABELS]


def _of_table(text: str) -> list[tuple[int, str]]:
    columns = [dict(_FIELD.findall(part)) for part in text.split("<FieldDefn")[1:65]]
    value, name = _value_column(columns), _name_column(columns)
    if name is None:
        return []
    found: list[tuple[int, str]] = []
    for number, cells in enumerate(_rows(text)):
        if name >= len(cells) or (value is not None and value >= len(cells)):
            continue
        at, shown = number if value is None else _integer(cells[value]), _shown(cells[name])
        if at is not None and shown:
            found.append((at, shown))
        if len(found) == MAX_LABELS:
            break
    return found


def _rows(text: str) -> Iterator[list[str]]:
    for row in text.split("<Row", MOST_ROWS)[1:]:
        yield [match[1] or "" for match in _CELL.finditer(row.partition("</Row>")[0])]


def _value_column(columns: list[dict[str, str]]) -> int | None:
    for number, column in enumerate(columns):
        if column.get("Usage") in _VALUE_USAGES or column.get("Name", "").strip().lower() in _VALUES:
            return number
    return None


def _name_column(columns: list[dict[str, str]]) -> int | None:
    """Return the column of names: by its usage, or else the first text that is called like one."""
    texts = [number for number, column in enumerate(columns) if column.get("Type") == _TEXT_TYPE]
    by_usage = (number for number, column in enumerate(columns) if column.get("Usage") == _NAME_USAGE)
    called = (number for number in texts if _NAMES.search(columns[number].get("Name", "")))
    return next(by_usage, next(called, next(iter(texts), None)))


def _integer(text: str) -> int | None:
    try:
        number = float(text[:40])
    except ValueError:
        return None
    return int(number) if abs(number) <= LARGEST and number == int(number) else None


def _shown(text: str | None) -> str:
    return cleaned(html.unescape((text or "")[: MAX_LABEL * 8]), MAX_LABEL)
