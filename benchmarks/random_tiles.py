"""Random tiles of every class of rasters, in every format: the hardest case, as no tile helps the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import pictures, targets
from benchmarks.addresses import Tile, random_tiles
from benchmarks.book import Book, Case
from benchmarks.figures import rate, slowest
from benchmarks.fleet import Fleet, fleet
from benchmarks.load import measure
from benchmarks.plan import CONNECTIONS, CROWD, Plan
from benchmarks.rasters import CLASSES, RasterClass

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.servers.tilegate import Installation

PART = "random tiles"
TILES = 256  # pixels
FEW, MANY = f"{CONNECTIONS} connections", f"{CROWD} connections"


def main(plan: Plan, book: Book, installation: Installation, folder: Path) -> None:
    """Measure; each round with servers that were started for it."""
    for number in range(plan.rounds):
        print(f"{PART}, round {number + 1} of {plan.rounds}: starting the servers …", flush=True)
        with fleet(installation, folder / f"random-{number}", CLASSES, quick=plan.quick) as started:
            for place, kind in enumerate(CLASSES):
                if number == 0:
                    apart = pictures.compare(started, kind, kind.path(quick=plan.quick))
                    told = ", ".join(f"{peer} {value:.1f}" for peer, value in apart.items())
                    print(f"  {kind.label}: the same picture; mean difference of 255: {told}", flush=True)
                    book.told.setdefault("picture_differences", {})[kind.label] = apart
                _measure(plan, book, started, kind, number + place)
    judge(book)


def _measure(plan: Plan, book: Book, started: Fleet, kind: RasterClass, turn: int) -> None:
    path, zooms = kind.path(quick=plan.quick), started.zooms[kind.name]
    loads = [(image_format, CONNECTIONS) for image_format in kind.formats] + [(kind.formats[0], CROWD)]
    seen: dict[str, list[Tile]] = {}
    for place, (image_format, connections) in enumerate(loads):
        before = seen.get(image_format, [started.warmed[kind.name]])
        tiles = random_tiles(path, zooms, plan.tiles, seed=1000 * turn + place, without=before)
        seen[image_format] = before + tiles
        case = Case(PART, kind.label, image_format, FEW if connections == CONNECTIONS else MANY)
        for server in started.in_turn(turn, image_format):
            paths = [server.path(kind, tile, image_format, TILES) for tile in tiles]
            with book.attempt(case, server.name):
                book.add(case, server.name, measure(server, paths, image_format, connections))


def judge(book: Book) -> None:
    """Compare with the targets."""
    for case in book.cases(PART):
        if case.load == MANY:
            slow = book.ratio(case, "titiler", slowest)
            book.want(f"{case}: p99 to TiTiler's", slow, at_most=0.25)
            continue
        wanted = targets.of_random(case)
        book.want(f"{case}: times TiTiler's tiles/s", book.ratio(case, "titiler", rate), at_least=wanted.titiler)
        book.want(f"{case}: times MapServer's tiles/s", book.ratio(case, "mapserver", rate), at_least=wanted.mapserver)
    ours, theirs = book.peak_memory(PART, "tilegate"), book.peak_memory(PART, "titiler")
    if ours and theirs:
        book.want("peak memory of all processes to TiTiler's", ours / theirs, at_most=1.2)
