"""Names of classes out of a raster's PAM document, however it was written and whoever wrote it."""

from __future__ import annotations

import html
import struct
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiling.ingest.class_names import MAX_BYTES, names_in, names_within
from tiling.ingest.dbf_table import names_in_dbf
from tiling.text.labels import MAX_LABEL, MAX_LABELS

BAND = '<PAMDataset><PAMRasterBand band="1">{}</PAMRasterBand></PAMDataset>'
TABLE = (
    '<GDALRasterAttributeTable tableType="thematic">'
    '<FieldDefn index="0"><Name>Value</Name><Type typeAsString="Integer">0</Type><Usage>5</Usage></FieldDefn>'
    '<FieldDefn index="1"><Name>Count</Name><Type>0</Type><Usage>1</Usage></FieldDefn>'
    '<FieldDefn index="2"><Name>Class</Name><Type>2</Type><Usage usageAsString="Name">2</Usage></FieldDefn>'
    "{}</GDALRasterAttributeTable>"
)


def categories(*names: str) -> bytes:
    inside = "".join(f"<Category>{name}</Category>" for name in names)
    return BAND.format(f"<CategoryNames>{inside}</CategoryNames>").encode()


def table(*rows: tuple[str, str]) -> bytes:
    cells = "".join(f'<Row index="0"><F>{value}</F><F>7</F><F>{name}</F></Row>' for value, name in rows)
    return BAND.format(TABLE.format(cells)).encode()


def test_category_names_count_from_zero_and_may_leave_values_out() -> None:
    assert names_in(categories("Water", "", "Fields &amp; meadows")) == ((0, "Water"), (2, "Fields & meadows"))


def test_an_attribute_table_says_which_value_a_name_is_of() -> None:
    assert names_in(table(("41", "Forest"), ("11", "Water"), ("x", "none"))) == ((11, "Water"), (41, "Forest"))


def test_names_of_other_bands_are_none_of_the_first() -> None:
    assert names_in(categories("Water").replace(b'band="1"', b'band="2"')) == ()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "script alert(1) /script"),
        ("safe\u202etxt.exe", "safe txt.exe"),
        ("a&#10;b", "a b"),
        ("x" * 10_000, "x" * MAX_LABEL),
    ],
)
def test_what_cannot_be_shown_on_one_line_is_taken_out(name: str, shown: str) -> None:
    assert names_in(categories(name)) == ((0, shown),)


@pytest.mark.parametrize(
    "pam",
    [
        categories(*["c"] * 60_000),
        table(*[(str(number), "c") for number in range(20_000)]),
        BAND.format("<GDALRasterAttributeTable>" + "<FieldDefn index='0'>" * 40_000).encode(),
        BAND.format("<CategoryNames>" + "<Category>" * 90_000).encode(),
        BAND.format("<GDALRasterAttributeTable>" + "<Row><F>" * 100_000).encode(),
        b"<!DOCTYPE x [<!ENTITY a 'aaaa'>]>" + categories("&a;" * 50_000),
        b"\xff\xfe\0\0" * 200_000,
    ],
    ids=["categories", "rows", "fields", "unclosed", "open rows", "entities", "binary"],
)
def test_hostile_documents_take_bounded_time_and_names(pam: bytes) -> None:
    assert len(pam) <= MAX_BYTES * 2
    begun = time.process_time()
    names = names_in(pam)
    assert time.process_time() - begun < 5
    assert len(names) <= MAX_LABELS
    assert all(len(name) <= MAX_LABEL for _, name in names)


def dbf(rows: list[tuple[str, str]], *, count: int | None = None, name: bytes = b"LandCover") -> bytes:
    """A table with the columns Value, Count and one of names."""
    fields = [(b"Value", b"N", 9), (b"Count", b"N", 9), (name, b"C", 20)]
    described = b"".join(
        title.ljust(11, b"\0") + kind + bytes(4) + bytes([size]) + bytes(15) for title, kind, size in fields
    )
    start, length = 32 + len(described) + 1, 1 + 38
    said = len(rows) if count is None else count
    head = struct.pack("<4BIHH20x", 3, 126, 1, 1, said, start, length)
    cells = (b" " + value.rjust(9).encode() + b"        7" + text.encode("cp1252").ljust(20) for value, text in rows)
    return head + described + b"\r" + b"".join(cells) + b"\x1a"


def test_a_dbase_table_says_which_value_a_name_is_of() -> None:
    assert names_in_dbf(dbf([("41", "Forêt"), ("11", "Water"), ("x", "none"), ("12", "")])) == [
        (41, "Forêt"),
        (11, "Water"),
    ]
    deleted = dbf([("1", "a"), ("2", "b")]).replace(b" " + b"1".rjust(9), b"*" + b"1".rjust(9))
    assert names_in_dbf(deleted) == [(2, "b")]


@pytest.mark.parametrize("count", [0, 1, 2**32 - 1])
def test_a_dbase_table_has_no_more_rows_than_lie_in_it(count: int) -> None:
    assert len(names_in_dbf(dbf([("1", "a"), ("2", "b")], count=count))) == min(count, 2)


@given(st.binary(max_size=400), st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=12))
def test_a_dbase_table_of_any_bytes_is_read_or_left(tail: bytes, changes: list[tuple[int, int]]) -> None:
    data = bytearray(dbf([("1", "a"), ("2", "b")]) + tail)
    for at, byte in changes:
        data[at % len(data)] = byte
    for each in (bytes(data), tail):
        found = names_in_dbf(each)
        assert len(found) <= MAX_LABELS
        assert all(len(name) <= MAX_LABEL and name.isprintable() for _, name in found)


def test_a_large_dbase_table_takes_bounded_time() -> None:
    data = dbf([(str(number), "c") for number in range(20_000)])[:MAX_BYTES]
    begun = time.process_time()
    assert len(names_in_dbf(data)) == MAX_LABELS
    assert time.process_time() - begun < 2


@pytest.mark.parametrize("is_text", [False, True])
def test_a_table_in_the_files_own_xml_is_read_as_it_is_and_as_a_text(is_text: bool) -> None:
    rows = "<Row><F>41</F><F>7</F><F>Forest</F></Row>"
    inner = TABLE.format(rows)
    inner = f'<Item name="RAT">{html.escape(inner)}</Item>' if is_text else inner
    assert names_within(f"<GDALMetadata>{inner}</GDALMetadata>".encode()) == ((41, "Forest"),)


def test_a_table_of_another_band_is_none_of_the_first() -> None:
    other = TABLE.format("<Row><F>1</F><F>7</F><F>Other</F></Row>").replace("<GDALRaster", "<GDALRaster", 1)
    other = other.replace('tableType="thematic"', 'tableType="thematic" sample="1"')
    first = TABLE.format("<Row><F>41</F><F>7</F><F>Forest</F></Row>")
    assert names_within(f"<GDALMetadata>{other}{first}</GDALMetadata>".encode()) == ((41, "Forest"),)
    assert names_within(f"<GDALMetadata>{other}</GDALMetadata>".encode()) == ()
