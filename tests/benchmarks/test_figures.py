"""Quantiles, ratios of paired rounds, targets, and the tables that show them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from benchmarks import table
from benchmarks.book import Book, Case, Verdict
from benchmarks.checks import WrongAnswer, check
from benchmarks.client import Answer
from benchmarks.figures import Result, median_ratio, quantile, rate

if TYPE_CHECKING:
    from pathlib import Path

CASE = Case("random tiles", "RGB", "jpg", "8 connections")
JPEG = b"\xff\xd8\xff" + bytes(1000)


def result(tiles: int, seconds: float) -> Result:
    latencies = tuple(number / 1000 for number in range(1, 101))
    return Result(tiles=tiles, seconds=seconds, latencies=latencies, bytes=1, cpu=0.5, memory=2**30)


@pytest.fixture
def book() -> Book:
    filled = Book()
    for ours, theirs in ((400, 100), (300, 100), (90, 30)):
        filled.add(CASE, "tilegate", result(ours, 1))
        filled.add(CASE, "titiler", result(theirs, 1))
    return filled


def test_a_quantile_is_a_value_that_occurred() -> None:
    assert quantile([1, 2, 3, 4], 0.5) == 3
    assert quantile([1.0], 0.99) == 1.0
    with pytest.raises(ValueError, match="no values"):
        quantile([], 0.5)


def test_a_ratio_is_the_median_of_the_rounds_and_not_the_ratio_of_the_medians(book: Book) -> None:
    assert median_ratio([400, 300, 90], [100, 100, 30]) == 3
    assert book.ratio(CASE, "titiler", rate) == 3
    assert book.ratio(CASE, "mapserver", rate) is None


def test_a_round_that_failed_leaves_no_ratio_and_is_told(book: Book) -> None:
    with book.attempt(CASE, "tilegate"):
        raise WrongAnswer("status 503")
    book.add(CASE, "titiler", result(100, 1))
    assert book.ratio(CASE, "titiler", rate) is None
    assert "FAILED RGB jpg · 8 connections: tilegate: WrongAnswer('status 503')" in table.targets(book)


@pytest.mark.parametrize(
    ("verdict", "is_reached"),
    [
        (Verdict(what="", value=4.0, at_least=4), True),
        (Verdict(what="", value=3.9, at_least=4), False),
        (Verdict(what="", value=0.25, at_most=0.25), True),
        (Verdict(what="", value=0.3, at_most=0.25), False),
    ],
)
def test_a_target_is_reached_or_missed(verdict: Verdict, is_reached: bool) -> None:
    assert verdict.is_reached is is_reached
    assert str(verdict).startswith("reached" if is_reached else "MISSED")


def test_the_table_has_a_line_for_each_server(book: Book) -> None:
    lines = table.show(book, "random tiles").splitlines()
    ours, theirs = (next(line for line in lines if name in line.split()[:1]) for name in ("tilegate", "titiler"))
    assert ours.split() == ["tilegate", "300", "51.0", "100.0", "1.67", "1024"]
    assert theirs.endswith("3.00 times as fast")


def test_the_document_holds_every_round(book: Book, tmp_path: Path) -> None:
    book.want("times TiTiler's", 3.0, at_least=4)
    book.want("times MapServer's", None, at_least=4)
    book.write(tmp_path / "out" / "latest.json", {"machine": "this one"})
    document = json.loads((tmp_path / "out" / "latest.json").read_text())
    (case,) = document["cases"]
    assert [told["tiles_per_second"] for told in case["servers"]["tilegate"]] == [400, 300, 90]
    assert [target["is_reached"] for target in document["targets"]] == [False]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (None, "broke"),
        (Answer(503, "application/problem+json", b"overloaded", 0.1), "status 503 b'overloaded'"),
        (Answer(204, "", b"", 0.1), "status 204"),
        (Answer(200, "text/html", JPEG, 0.1), "media type"),
        (Answer(200, "image/jpeg", b"<html>" + bytes(1000), 0.1), "no jpg inside"),
        (Answer(200, "image/jpeg", JPEG[:100], 0.1), "100 bytes"),
    ],
)
def test_what_is_no_tile_is_found_out(answer: Answer | None, told: str) -> None:
    with pytest.raises(WrongAnswer, match=told):
        check(answer, "jpg", "server /path")


def test_a_tile_passes() -> None:
    check(Answer(200, "image/jpg", JPEG, 0.1), "jpg", "server /path")
