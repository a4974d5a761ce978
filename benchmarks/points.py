"""The points of a growth's plot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.book import Book, Case
    from benchmarks.figures import Result


def told(book: Book, case: Case, server: str, size: int, result: Result) -> dict[str, Any]:
    """Write a result down, and return it as a point of a plot."""
    book.add(case, server, result)
    return {
        "server": server,
        "size": size,
        "tiles_per_second": result.rate,
        "p99_seconds": result.within(0.99) if result.latencies else None,
        "refused": result.refused,
    }
