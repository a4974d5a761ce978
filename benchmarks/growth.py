"""What becomes of the rate and the waiting as things grow: connections, shares, organizations, pixels, collections."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from benchmarks import crowds, customers, machine, plots
from benchmarks.addresses import random_tiles
from benchmarks.book import Book, Case
from benchmarks.fleet import fleet
from benchmarks.load import measure
from benchmarks.plan import CONNECTIONS, Plan
from benchmarks.points import told
from benchmarks.rasters import CLASSES, OUT
from benchmarks.servers.tilegate import install
from benchmarks.sparse import make_sparse, sparse_class, spot_tiles

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.servers.tilegate import Installation

PART = "growth"
RASTER = CLASSES[0]
FORMAT = "jpg"
CONNECTED = (1, 8, 64, 256)
SIDES = (1_000, 4_000, 16_000, 50_000, 100_000)
LIST = 400
"""Tiles that are asked for at each size; one connection gets a quarter."""


def main(plan: Plan, book: Book, installation: Installation, folder: Path) -> None:
    """Measure all five and draw them into `out`."""
    grown = book.told.setdefault(PART, {})
    grown["connections"] = _connections(plan, book, installation, folder)
    grown["shares"] = crowds.shares(plan, book, folder)
    grown["organizations"] = customers.organizations(plan, book, folder)
    grown["pixels"] = _pixels(book, folder)
    grown["collections"] = crowds.collections(book, folder)
    document = OUT / "growth.json"
    document.write_text(json.dumps({"about": machine.about(), PART: grown}, indent=1) + "\n")
    print(f"drawn: {', '.join(str(path) for path in plots.draw(document, OUT))}", flush=True)


def _connections(plan: Plan, book: Book, installation: Installation, folder: Path) -> list[dict[str, Any]]:
    """Random tiles over ever more connections; servers may refuse with 503, and how often they do is told."""
    points = []
    path = RASTER.path(quick=plan.quick)
    with fleet(installation, folder / "growth-connections", CLASSES, quick=plan.quick) as started:
        seen = [started.warmed[RASTER.name]]
        for turn, connections in enumerate(CONNECTED):
            count = LIST // 4 if connections == 1 else max(LIST, 3 * connections)
            tiles = random_tiles(path, started.zooms[RASTER.name], count, seed=connections, without=seen)
            seen += tiles
            if len(tiles) < count:
                print(f"  only {len(tiles)} tiles are left for {connections} connections", flush=True)
            case = Case(PART, RASTER.label, FORMAT, f"{connections} connections")
            for server in started.in_turn(turn, FORMAT):
                paths = [server.path(RASTER, tile, FORMAT, 256) for tile in tiles]
                with book.attempt(case, server.name):
                    result = measure(server, paths, FORMAT, connections, may_refuse=True)
                    points.append(told(book, case, server.name, connections, result))
    return points


def _pixels(book: Book, folder: Path) -> list[dict[str, Any]]:
    """Random tiles of ever larger rasters, of which only some places hold data."""
    points, kinds = [], [sparse_class(side) for side in SIDES]
    for kind in kinds:
        make_sparse(kind)
    installation = install(folder / "sparse", kinds, quick=False)
    with fleet(installation, folder / "growth-pixels", kinds, quick=False) as started:
        for turn, kind in enumerate(kinds):
            tiles = spot_tiles(kind, started.zooms[kind.name], LIST // 2, seed=kind.side)
            case = Case(PART, kind.label, FORMAT, f"{CONNECTIONS} connections")
            for server in started.in_turn(turn, FORMAT):
                paths = [server.path(kind, tile, FORMAT, 256) for tile in tiles]
                with book.attempt(case, server.name):
                    points.append(told(book, case, server.name, kind.side, measure(server, paths, FORMAT, CONNECTIONS)))
    return points
