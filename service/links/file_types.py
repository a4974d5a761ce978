"""Kinds of files that a link can be limited to: by the ending of the name, and by what the file begins with."""

from __future__ import annotations

import codecs
import re
from enum import StrEnum

HEAD_BYTES = 4096
"""How much of a file is looked at."""
NOT_IN_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
BYTE_ORDER_MARK = "\ufeff"


class FileType(StrEnum):
    """A kind of file."""

    TIFF = "tiff"
    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    JP2 = "jp2"
    PDF = "pdf"
    ZIP = "zip"
    LAS = "las"
    GEOPACKAGE = "gpkg"
    PMTILES = "pmtiles"
    GEOJSON = "geojson"
    CSV = "csv"
    TEXT = "text"


ENDINGS: dict[str, FileType] = {
    **dict.fromkeys((".tif", ".tiff"), FileType.TIFF),
    **dict.fromkeys((".jpg", ".jpeg"), FileType.JPEG),
    ".png": FileType.PNG,
    ".webp": FileType.WEBP,
    **dict.fromkeys((".jp2", ".j2k"), FileType.JP2),
    ".pdf": FileType.PDF,
    ".zip": FileType.ZIP,
    **dict.fromkeys((".las", ".laz"), FileType.LAS),
    ".gpkg": FileType.GEOPACKAGE,
    ".pmtiles": FileType.PMTILES,
    **dict.fromkeys((".geojson", ".json"), FileType.GEOJSON),
    ".csv": FileType.CSV,
    **dict.fromkeys((".txt", ".md"), FileType.TEXT),
}
BEGINNINGS: dict[FileType, re.Pattern[bytes]] = {
    FileType.TIFF: re.compile(rb"II[*+]\0|MM\0[*+]"),
    FileType.JPEG: re.compile(rb"\xff\xd8\xff"),
    FileType.PNG: re.compile(rb"\x89PNG\r\n\x1a\n"),
    FileType.WEBP: re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
    FileType.JP2: re.compile(rb"\0\0\0\x0cjP {2}\r\n\x87\n|\xff\x4f\xff\x51"),
    FileType.PDF: re.compile(rb"%PDF-[12]\."),
    FileType.ZIP: re.compile(rb"PK\x03\x04|PK\x05\x06"),
    FileType.LAS: re.compile(rb"LASF"),
    FileType.GEOPACKAGE: re.compile(rb"SQLite format 3\0"),
    FileType.PMTILES: re.compile(rb"PMTiles\x03"),
}


def type_by_name(name: str) -> FileType | None:
    """Return what kind of file a name says that it is; None for another kind than these."""
    return next((kind for ending, kind in ENDINGS.items() if name.lower().endswith(ending)), None)


def begins_as(kind: FileType, head: bytes) -> bool:
    """Whether a file that begins with some bytes can be of a kind. `head`: its first `HEAD_BYTES`, or all of it."""
    beginning = BEGINNINGS.get(kind)
    if beginning is not None:
        return beginning.match(head) is not None
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head, final=len(head) < HEAD_BYTES)
    except UnicodeDecodeError:
        return False
    if NOT_IN_TEXT.search(text):
        return False
    return kind is not FileType.GEOJSON or text.removeprefix(BYTE_ORDER_MARK).lstrip()[:1] in {"{", "["}
