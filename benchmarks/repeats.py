"""The same tiles again: of another worker, after a restart; and what two workers cost beside one."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.addresses import random_tiles
from benchmarks.book import Book, Case
from benchmarks.load import measure
from benchmarks.plan import CONNECTIONS, Plan
from benchmarks.rasters import CLASSES
from benchmarks.servers.server import WORKERS
from benchmarks.servers.tilegate import tilegate

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.addresses import Tile
    from benchmarks.figures import Result
    from benchmarks.servers.server import Server
    from benchmarks.servers.tilegate import Installation

PART = "the same tiles again"
RASTER = CLASSES[0]
FORMAT = "jpg"
PASSES = 5
"""How often tiles that are stored are asked for: one pass takes too little CPU to be read from /proc."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round measured; each ratio is of servers that met the same machine."""

    cold: float
    """CPU of cold tiles: of two workers to one's."""
    second: float
    """Tiles for a second of CPU in the second pass: of two workers to one's."""
    restarted: float
    """Rate of the first pass after a restart to that of the passes after it."""


def main(plan: Plan, book: Book, installation: Installation, folder: Path) -> None:
    """Measure one worker and two, each on a copy of the installation."""
    rounds = []
    for number in range(plan.rounds):
        path, zooms = RASTER.path(quick=plan.quick), installation.zooms[RASTER.name]
        tiles = random_tiles(path, zooms, 2 * plan.tiles, seed=number)
        case = Case(PART, RASTER.label, FORMAT, f"{CONNECTIONS} connections")
        with book.attempt(case, "tilegate"):
            rounds.append(_round(book, installation, folder / f"repeats-{number}", tiles))
    book.told["repeats"] = [{"cold": one.cold, "second": one.second, "restarted": one.restarted} for one in rounds]
    if rounds:
        judge(book, rounds)


def judge(book: Book, rounds: list[Round]) -> None:
    """Compare the medians of the rounds with the targets."""
    cold, second, restarted = (
        statistics.median(getattr(one, name) for one in rounds) for name in ("cold", "second", "restarted")
    )
    book.want("second pass, 2 workers: tiles for a second of CPU to one worker's", second, at_least=0.9)
    book.want("first pass after a restart: part of the rate of the next", restarted, at_least=0.8)
    book.want("CPU of cold RGB tiles: 2 workers to one", cold, at_most=1.1)


def _round(book: Book, installation: Installation, folder: Path, tiles: list[Tile]) -> Round:
    alone, alone_again = _twice(book, installation, folder.with_name(f"{folder.name}-one"), tiles, workers=1)
    pair, pair_again = _twice(book, installation, folder, tiles, workers=WORKERS)
    with tilegate(installation, folder) as server:  # started again, with what it has stored
        first = _pass(book, server, tiles, f"{WORKERS} workers, after a restart", 1)
        later = _pass(book, server, tiles, f"{WORKERS} workers, after that", PASSES)
    return Round(
        cold=pair.cpu_of_thousand / alone.cpu_of_thousand,
        second=alone_again.cpu_of_thousand / pair_again.cpu_of_thousand,
        restarted=first.rate / later.rate,
    )


def _twice(
    book: Book, installation: Installation, folder: Path, tiles: list[Tile], *, workers: int
) -> tuple[Result, Result]:
    """Return what tiles cost that nobody has asked for, and what they cost then."""
    who = "1 worker" if workers == 1 else f"{workers} workers"
    with tilegate(installation, folder, workers=workers) as server:
        return _pass(book, server, tiles, f"{who}, cold", 1), _pass(book, server, tiles, f"{who}, again", PASSES)


def _pass(book: Book, server: Server, tiles: list[Tile], load: str, passes: int) -> Result:
    paths = [server.path(RASTER, tile, FORMAT, 256) for tile in tiles]
    result = measure(server, paths * passes, FORMAT, CONNECTIONS)
    book.add(Case(PART, RASTER.label, FORMAT, load), server.name, result)
    return result
