"""Tiles that are in the tile cache: what admission, metering and HTTP cost, beside servers without the first two."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from benchmarks import wrk
from benchmarks.addresses import random_tiles
from benchmarks.book import Book, Case
from benchmarks.figures import rate
from benchmarks.fleet import HOW_TO_INSTALL
from benchmarks.load import fetch, measure
from benchmarks.plan import CONNECTIONS, CROWD, Plan
from benchmarks.rasters import CLASSES
from benchmarks.servers import nginx
from benchmarks.servers.bare import bare
from benchmarks.servers.tilegate import tilegate, tilejson

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.figures import Result
    from benchmarks.servers.server import Server
    from benchmarks.servers.tilegate import Installation

PART = "cached tiles"
RASTER = CLASSES[0]
FORMAT = "jpg"
TILES = 40
REPEATS = 400
"""How often a tile is asked for where wrk is missing."""


def main(plan: Plan, book: Book, installation: Installation, folder: Path) -> None:
    """Measure the three in turn: the very same bodies from nginx, as many bytes from bare aiohttp."""
    with ExitStack() as stack:
        ours = stack.enter_context(tilegate(installation, folder / "cached"))
        document = tilejson(ours.port, installation.tokens[RASTER.name])
        zooms = (document["maxzoom"] - 1, document["maxzoom"])
        tiles = random_tiles(RASTER.path(quick=plan.quick), zooms, TILES, seed=1)
        paths = [ours.path(RASTER, tile, FORMAT, 256) for tile in tiles]
        measure(ours, paths * 20, FORMAT, CONNECTIONS)  # both workers have them then
        bodies = [answer.body for answer in fetch(ours, paths)]
        size = sum(map(len, bodies)) // len(bodies)
        print(f"{TILES} tiles of {size / 1000:.1f} kB on average, {CROWD} connections", flush=True)
        servers = [(ours, paths), (stack.enter_context(bare(folder / "bare.log", size)), ["/tile"])]
        if nginx.installed():
            servers.append(stack.enter_context(nginx.files_server(folder / "nginx", bodies, FORMAT)))
        _take_turns(plan, book, servers)
    for case in book.cases(PART):
        book.want("cached tiles: part of bare aiohttp's rate", book.ratio(case, "bare aiohttp", rate), at_least=0.7)


def _take_turns(plan: Plan, book: Book, servers: list[tuple[Server, list[str]]]) -> None:
    case = Case(PART, RASTER.label, FORMAT, f"{CROWD} connections")
    if not wrk.installed():
        print(f"wrk is not installed, and the bench's own client is too slow for a fair part: {HOW_TO_INSTALL}")
    for number in range(plan.rounds):
        turn = number % len(servers)
        for server, paths in [*servers[turn:], *servers[:turn]]:
            with book.attempt(case, server.name):
                book.add(case, server.name, _load(plan, server, paths))


def _load(plan: Plan, server: Server, paths: list[str]) -> Result:
    if wrk.installed():
        return wrk.saturate(server, paths, CROWD, plan.seconds)
    return measure(server, paths * (REPEATS * TILES // len(paths)), FORMAT, CROWD)
