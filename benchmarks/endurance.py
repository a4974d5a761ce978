"""An hour of random tiles: whether memory stays flat. Run only where it is named: `make bench PARTS=endurance`."""

from __future__ import annotations

import time
from itertools import count
from typing import TYPE_CHECKING

from benchmarks.addresses import random_tiles
from benchmarks.load import measure
from benchmarks.plan import CONNECTIONS, Plan
from benchmarks.rasters import CLASSES
from benchmarks.servers.tilegate import tilegate, tilejson

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.book import Book
    from benchmarks.servers.tilegate import Installation

HOUR = 3600.0
QUICK = 60.0
FILLED = 1 / 4
"""Part of the time after which bounded caches are full; what memory does from then on is judged."""


def main(plan: Plan, book: Book, installation: Installation, folder: Path) -> None:
    """Load random tiles of all classes for an hour (a minute where it is to be quick), and watch the memory."""
    length, started, held = QUICK if plan.quick else HOUR, time.monotonic(), list[tuple[float, int]]()
    with tilegate(installation, folder / "endurance") as server:
        documents = {kind.name: tilejson(server.port, installation.tokens[kind.name]) for kind in CLASSES}
        for number in count():
            kind = CLASSES[number % len(CLASSES)]
            image_format = kind.formats[number // len(CLASSES) % len(kind.formats)]
            zooms = (documents[kind.name]["minzoom"], documents[kind.name]["maxzoom"])
            tiles = random_tiles(kind.path(quick=plan.quick), zooms, plan.tiles, seed=number)
            paths = [server.path(kind, tile, image_format, 256) for tile in tiles]
            result = measure(server, paths, image_format, CONNECTIONS)
            passed = time.monotonic() - started
            held.append((passed, result.memory))
            if number % len(CLASSES) == 0:
                print(f"  {passed / 60:5.1f} minutes: {result.memory / 2**20:.0f} MB", flush=True)
            if passed >= length:
                break
    settled = [memory for passed, memory in held if passed >= length * FILLED]
    middle = max(len(settled) // 2, 1)
    book.told["endurance"] = [{"seconds": passed, "memory_bytes": memory} for passed, memory in held]
    grown = _growth(settled, middle)
    book.want("endurance: most memory in the last three eighths to that in those before", grown, at_most=1.05)


def _growth(settled: list[int], middle: int) -> float | None:
    return max(settled[middle:]) / max(settled[:middle]) if settled[middle:] else None
