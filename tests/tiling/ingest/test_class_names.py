"""Names of classes out of a raster's PAM document, however it was written and whoever wrote it."""

from __future__ import annotations

import time

import pytest

from tiling.ingest.class_names import MAX_BYTES, names_in
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
