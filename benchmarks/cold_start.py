"""Many random tiles of one raster, from servers that have just been started."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.addresses import random_tiles
from benchmarks.book import Book, Case
from benchmarks.figures import rate
from benchmarks.fleet import fleet
from benchmarks.load import measure
from benchmarks.plan import CONNECTIONS, Plan
from benchmarks.rasters import CLASSES

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.servers.tilegate import Installation

PART = "from a cold start"
RASTER = next(kind for kind in CLASSES if kind.name == "elevation")
FORMAT = "png"
LISTS = 2
"""How many times the tiles of a random list."""


def main(plan: Plan, book: Book, installation: Installation, folder: Path) -> None:
    """Measure; each round with servers that were started for it."""
    path = RASTER.path(quick=plan.quick)
    for number in range(plan.rounds):
        print(f"{PART}, round {number + 1} of {plan.rounds}: starting the servers …", flush=True)
        with fleet(installation, folder / f"cold-{number}", [RASTER], quick=plan.quick) as started:
            seen, zooms = [started.warmed[RASTER.name]], started.zooms[RASTER.name]
            tiles = random_tiles(path, zooms, LISTS * plan.tiles, seed=number, without=seen)
            case = Case(PART, RASTER.label, FORMAT, f"{len(tiles)} tiles, {CONNECTIONS} connections")
            for server in started.in_turn(number, FORMAT):
                paths = [server.path(RASTER, tile, FORMAT, 256) for tile in tiles]
                with book.attempt(case, server.name):
                    book.add(case, server.name, measure(server, paths, FORMAT, CONNECTIONS))
    for case in book.cases(PART):
        book.want(f"{case}: times TiTiler's tiles/s", book.ratio(case, "titiler", rate), at_least=8)
