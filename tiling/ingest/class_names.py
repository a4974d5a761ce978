"""Names of classes that a raster's maker wrote down: GDAL's category names, or a raster attribute table.

GDAL keeps both in `.aux.xml` beside the file (PAM), and tables in the file's own XML. They are found by their tags,
without an XML parser: nothing is expanded, nothing else of it is believed.
"""

import html
import re
from collections.abc import Iterator
from typing import Final

from tiling.files.beside import read_beside
from tiling.files.raster_source import RasterSource
from tiling.gate.directories import Bytes, Directories
from tiling.ingest.attribute_table import MOST_ROWS, Column, names_of_rows, shown_name
from tiling.ingest.dbf_table import names_in_dbf
from tiling.text.labels import MAX_LABELS, Pairs

MAX_BYTES: Final = 2**20
_CATEGORY: Final = re.compile(r"<Category(?:\s*/>|>([^<]*)</Category>)")
_CELL: Final = re.compile(r"<F(?:\s*/>|>([^<]*)</F>)")
_FIELD: Final = re.compile(r"<(Name|Type|Usage)[^<>]{0,60}>([^<]{0,200})</")
_TABLE, _TABLE_END = "<GDALRasterAttributeTable", "</GDALRasterAttributeTable>"
_OTHER_BAND: Final = re.compile(r"""\b(?:sample=["'][1-9]|band=["'](?:[2-9]|1\d))""")
_NAME_USAGE, _VALUE_USAGES, _TEXT_TYPE = "2", {"3", "5"}, "2"


def class_names(source: RasterSource, file: Bytes) -> Pairs:
    """Return what the values of a raster's first band stand for, by the first that says it. Blocks.

    That is `.aux.xml` beside a local raster, then the file itself (GDAL's XML in tag 42112), then `.vat.dbf` beside it.
    At most 512 names of at most 100 characters; what cannot be shown on one line is taken out.
    """
    beside = names_in(read_beside(source, ".aux.xml", MAX_BYTES))
    return beside or names_within(Directories(file).metadata()) or _pairs(names_in_dbf(_vat(source)))


def names_within(metadata: bytes) -> Pairs:
    """Return the names in the XML that GDAL keeps in the file: an attribute table, as it is or as a text."""
    text = metadata.decode("utf-8", "replace")
    if _TABLE not in text and html.escape(_TABLE, quote=False) in text:
        text = html.unescape(text)
    tables = text.split(_TABLE)[1:]
    first = next((table for table in tables if not _OTHER_BAND.search(table.partition(">")[0])), "")
    return _pairs(_of_table(first.partition(_TABLE_END)[0]))


def _vat(source: RasterSource) -> bytes:
    return read_beside(source, ".vat.dbf", MAX_BYTES)


def _pairs(found: list[tuple[int, str]]) -> Pairs:
    return tuple(sorted(dict(found).items()))[:MAX_LABELS]


def names_in(pam: bytes) -> Pairs:
    """Return the names in a PAM document."""
    text = _between(pam.decode("utf-8", "replace"), '<PAMRasterBand band="1">', "</PAMRasterBand>")
    found = _of_table(_between(text, _TABLE, _TABLE_END))
    return _pairs(found or _of_categories(_between(text, "<CategoryNames>", "</CategoryNames>")))


def _between(text: str, start: str, end: str) -> str:
    _, _, rest = text.partition(start)
    return rest.partition(end)[0]


def _of_categories(text: str) -> list[tuple[int, str]]:
    names = (
        (number, shown_name(html.unescape(match[1] or ""))) for number, match in enumerate(_CATEGORY.finditer(text))
    )
    return [(number, name) for number, name in names if name][:MAX_LABELS]


def _of_table(text: str) -> list[tuple[int, str]]:
    columns = [_column(dict(_FIELD.findall(part))) for part in text.split("<FieldDefn")[1:65]]
    return names_of_rows(columns, _rows(text))


def _column(said: dict[str, str]) -> Column:
    return Column(
        title=said.get("Name", ""),
        is_text=said.get("Type") == _TEXT_TYPE,
        has_names=said.get("Usage") == _NAME_USAGE,
        has_values=said.get("Usage") in _VALUE_USAGES,
    )


def _rows(text: str) -> Iterator[list[str]]:
    for row in text.split("<Row", MOST_ROWS)[1:]:
        yield [html.unescape(match[1] or "") for match in _CELL.finditer(row.partition("</Row>")[0])]
