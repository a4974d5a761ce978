"""The tables that a person reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.book import OURS
from benchmarks.figures import Result, rate

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.book import Book, Case

PEERS = ("titiler", "mapserver")
COLUMNS: tuple[tuple[str, Callable[[Result], float], str], ...] = (
    ("tiles/s", rate, "{:8.0f}"),
    ("p50 ms", lambda result: result.within(0.5) * 1000, "{:8.1f}"),
    ("p99 ms", lambda result: result.within(0.99) * 1000, "{:8.1f}"),
    ("CPU s/k", lambda result: result.cpu_of_thousand, "{:8.2f}"),
    ("MB", lambda result: result.memory / 2**20, "{:8.0f}"),
)
"""A result's figures; CPU seconds are for a thousand tiles, MB are what all processes hold afterwards."""


def show(book: Book, part: str) -> str:
    """Return a part's table: a block for each case, a line for each server, medians of the rounds."""
    heads = " ".join(f"{name:>8}" for name, _, _ in COLUMNS)
    lines = [f"{part}: medians of the rounds", f"{'':<14}{heads}   tilegate is", ""]
    for case in book.cases(part):
        lines += [str(case), *_lines(book, case), ""]
    return "\n".join(lines)


def _lines(book: Book, case: Case) -> list[str]:
    lines = []
    for server in book.results[case]:
        cells = " ".join(_cell(book, case, server, figure, shape) for _, figure, shape in COLUMNS)
        times = book.ratio(case, server, rate) if server != OURS else None
        lines.append(f"  {server:<12}{cells}" + (f"   {times:.2f} times as fast" if times else ""))
    return lines


def _cell(book: Book, case: Case, server: str, figure: Callable[[Result], float], shape: str) -> str:
    try:
        value = book.median(case, server, figure)
    except ValueError:  # a load without latencies
        value = None
    return f"{'':8}" if value is None else shape.format(value)


def targets(book: Book) -> str:
    """Return the targets with what was reached."""
    missed = sum(not verdict.is_reached for verdict in book.verdicts)
    head = f"targets: {len(book.verdicts) - missed} reached, {missed} missed"
    failed = [f"  FAILED {failure}" for failure in book.failures]
    return "\n".join([head, *(f"  {verdict}" for verdict in book.verdicts), *failed])
