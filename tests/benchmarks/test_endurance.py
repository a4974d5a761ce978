"""What is told of an hour, how long it is, and what is wanted of each load."""

from __future__ import annotations

import random

import pytest

from benchmarks import endurance, repeats
from benchmarks.book import Book, Case
from benchmarks.command_line import parse
from benchmarks.endurance import Turn, growth
from benchmarks.plan import FULL, QUICK
from benchmarks.rasters import CLASSES
from benchmarks.repeats import Round
from benchmarks.targets import RANDOM, SESSIONS, Wanted, of_random, of_session

HOUR = 3600.0
PARTS = ("endurance", "repeats")


def turns(*, memory: float = 1.0, p99: float = 1.0, store: int = 90) -> list[Turn]:
    """Return an hour in which memory and waiting become so many times what they were, with noise and an outlier."""
    chance = random.Random(1)
    told = [
        Turn(
            seconds=60 * minute,
            memory=int(2**30 * (1 + (memory - 1) * minute / 60) * chance.uniform(0.99, 1.01)),
            p99=0.1 * (1 + (p99 - 1) * minute / 60) * chance.uniform(0.99, 1.01) * (9 if minute == 50 else 1),
            store=store,
        )
        for minute in range(1, 61)
    ]
    return [Turn(seconds=1, memory=2**20, p99=9, store=0), *told]  # before caches are full


@pytest.mark.parametrize(
    ("changes", "reached"),
    [
        ({}, [True, True, True]),
        ({"memory": 1.3}, [False, True, True]),
        ({"p99": 2.0}, [True, False, True]),
        ({"store": 101}, [True, True, False]),
    ],
    ids=["flat", "memory", "waiting", "store"],
)
def test_what_grows_in_an_hour_is_missed(changes: dict[str, float], reached: list[bool]) -> None:
    book = Book()
    endurance.judge(book, turns(**changes), HOUR, 100)  # type: ignore[arg-type]
    assert [verdict.is_reached for verdict in book.verdicts] == reached


def test_a_slope_needs_some_turns() -> None:
    assert growth([1, 2], [1, 9]) is None
    assert growth([0, 1, 2, 3], [1, 2, 3, 4]) == pytest.approx(4)


def test_repeats_are_judged_by_the_median_of_the_rounds() -> None:
    book = Book()
    good, bad = Round(cold=1.0, second=1.0, restarted=0.9), Round(cold=1.8, second=0.1, restarted=0.1)
    repeats.judge(book, [good, bad, good])
    assert [verdict.is_reached for verdict in book.verdicts] == [True] * 3
    repeats.judge(book, [bad])
    assert [verdict.is_reached for verdict in book.verdicts[3:]] == [False] * 3


def test_the_length_of_the_endurance_part_can_be_set() -> None:
    assert parse(["endurance"], PARTS) == (FULL, ["endurance"])
    plan, parts = parse(["--quick", "--minutes", "0.5", "endurance", "repeats"], PARTS)
    assert (plan.quick, plan.minutes, plan.tiles, parts) == (True, 0.5, QUICK.tiles, ["endurance", "repeats"])


@pytest.mark.parametrize(
    "words", [["--minutes", "0"], ["--minutes", "inf"], ["--minutes", "x"], ["bogus"], ["--bogus"]]
)
def test_a_wrong_word_ends_the_run_before_it_begins(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(words, PARTS)
    assert "error:" in capsys.readouterr().err


def test_every_target_names_a_raster_that_is_measured() -> None:
    labels = {kind.name: kind.label for kind in CLASSES}
    for name, image_format in RANDOM:
        assert of_random(Case("random tiles", labels[name], image_format, "")) == RANDOM[name, image_format]
    for name, times in SESSIONS.items():
        assert of_session(Case("map sessions", labels[name], "jpg", "")) == times
    assert of_random(Case("random tiles", "another", "png", "")) == Wanted(titiler=8)
