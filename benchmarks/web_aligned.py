"""Tiles that are stored as they are asked for: a web-aligned JPEG, JPEG out; each tile of a long list once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import wrk
from benchmarks.addresses import random_tiles
from benchmarks.book import Book, Case
from benchmarks.figures import rate
from benchmarks.fleet import HOW_TO_INSTALL, fleet
from benchmarks.load import measure
from benchmarks.plan import CONNECTIONS, Plan
from benchmarks.rasters import CLASSES

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.figures import Result
    from benchmarks.servers.server import Server
    from benchmarks.servers.tilegate import Installation

PART = "web-aligned"
WEB = tuple(kind for kind in CLASSES if kind.web_aligned)


def main(plan: Plan, book: Book, installation: Installation, folder: Path) -> None:
    """Measure; each round with servers that were started for it."""
    if not wrk.installed():
        print(f"wrk is not installed, so the client is the bench's own, which slows us down: {HOW_TO_INSTALL}")
    for number in range(plan.rounds):
        print(f"{PART}, round {number + 1} of {plan.rounds}: starting the servers …", flush=True)
        with fleet(installation, folder / f"web-{number}", CLASSES, quick=plan.quick) as started:
            for place, kind in enumerate(WEB):
                image_format = kind.formats[0]
                zooms = started.zooms[kind.name]
                tiles = random_tiles(
                    kind.path(quick=plan.quick), zooms, plan.web_tiles, seed=number, without=[started.warmed[kind.name]]
                )
                case = Case(PART, kind.label, image_format, f"{CONNECTIONS} connections")
                for server in started.in_turn(number + place, image_format):
                    paths = [server.path(kind, tile, image_format, 256) for tile in tiles]
                    with book.attempt(case, server.name):
                        book.add(case, server.name, _once(server, paths, image_format))
    for case in book.cases(PART):
        book.want(f"{case}: times TiTiler's tiles/s", book.ratio(case, "titiler", rate), at_least=20)


def _once(server: Server, paths: list[str], image_format: str) -> Result:
    if wrk.installed():
        return wrk.once(server, paths, image_format, CONNECTIONS)
    return measure(server, paths, image_format, CONNECTIONS)
