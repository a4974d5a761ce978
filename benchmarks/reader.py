"""TiTiler with its own reader, with `tiling.Reader`, and with our encoders as well: the same lists, as ratios."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.addresses import random_tiles
from benchmarks.book import Book, Case
from benchmarks.figures import median_ratio, rate
from benchmarks.load import measure
from benchmarks.plan import CONNECTIONS, Plan
from benchmarks.rasters import CLASSES
from benchmarks.servers.titiler import titiler

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from benchmarks.rasters import RasterClass
    from benchmarks.servers.server import Server
    from benchmarks.servers.tilegate import Installation

PART = "titiler's reader"
OWN, READER, ENCODERS = "titiler", "reader", "reader+render"
_ROOT = Path(__file__).resolve().parents[1]
_RASTERS = tuple(kind for kind in CLASSES if kind.name in {"rgb-jpeg", "rgb-deflate"})
_WANTED = {"jpg": 1.5, "png": 2.5}


def main(plan: Plan, book: Book, installation: Installation, folder: Path) -> None:
    """Measure; each round with servers that were started for it."""
    for number in range(plan.rounds):
        print(f"{PART}, round {number + 1} of {plan.rounds}: starting the servers …", flush=True)
        with ExitStack() as stack:
            servers = [stack.enter_context(_server(name, plan, folder)) for name in (OWN, READER, ENCODERS)]
            for place, kind in enumerate(_RASTERS):
                turn = (number + place) % len(servers)
                _measure(plan, book, installation, servers[turn:] + servers[:turn], kind, 10 * number + place)
    for case in book.cases(PART):
        for name in (READER, ENCODERS):
            found, own = ([rate(result) for result in book.results[case][server]] for server in (name, OWN))
            ratio = median_ratio(found, own) if found and len(found) == len(own) else None
            book.want(f"{case}: {name}, times TiTiler's own", ratio, at_least=_WANTED[case.image_format])


def _server(name: str, plan: Plan, folder: Path) -> AbstractContextManager[Server]:
    environment = {"TITILER_READER": name, "PYTHONPATH": str(_ROOT)}
    return titiler(
        folder / f"{name}.log",
        lambda kind: str(kind.path(quick=plan.quick)),
        environment,
        name=name,
        application="benchmarks.servers.titiler_application:app",
    )


def _measure(
    plan: Plan, book: Book, installation: Installation, servers: list[Server], kind: RasterClass, seed: int
) -> None:
    path = kind.path(quick=plan.quick)
    for place, image_format in enumerate(_WANTED):
        tiles = random_tiles(path, installation.zooms[kind.name], plan.tiles, seed=100 * seed + place)
        case = Case(PART, kind.label, image_format, f"{CONNECTIONS} connections")
        for server in servers:
            paths = [server.path(kind, tile, image_format, 256) for tile in tiles]
            with book.attempt(case, server.name):
                measure(server, paths[:CONNECTIONS], image_format, CONNECTIONS)
                book.add(case, server.name, measure(server, paths, image_format, CONNECTIONS))
