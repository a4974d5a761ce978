"""What metering costs on cached tiles: requests a second without it, with a round trip each, and by group commit."""

from __future__ import annotations

import json
import shutil
import statistics
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmarks import wrk
from benchmarks.addresses import random_tiles
from benchmarks.fleet import HOW_TO_INSTALL
from benchmarks.metering_server import MODES
from benchmarks.rasters import CLASSES
from benchmarks.servers.server import HOST, Server, free_port, running, wait_until_answering
from benchmarks.servers.tilegate import tilejson
from benchmarks.sharing import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.book import Book
    from benchmarks.plan import Plan
    from benchmarks.servers.tilegate import Installation

TILES = 40
CONNECTIONS = 64
RASTER = CLASSES[0]
FORMAT = "jpg"


def main(plan: Plan, book: Book, installation: Installation, folder: Path) -> None:
    """Print the rates of the three, taking turns, and what part of the first the others reach."""
    if not wrk.installed():
        print(f"wrk is needed, because a client in Python would be slower than the server: {HOW_TO_INSTALL}")
        return
    print(f"{TILES} cached tiles, {CONNECTIONS} connections, 1 worker, {plan.rounds} rounds: requests/s", flush=True)
    rates: dict[str, list[float]] = {mode: [] for mode in MODES}
    for turn in range(plan.rounds):
        for mode in MODES:
            place = folder / f"metering-{turn}-{mode}"
            with _server(mode, place, installation, quick=plan.quick) as (server, paths):
                wrk.saturate(server, paths, CONNECTIONS, 1)
                rates[mode].append(wrk.saturate(server, paths, CONNECTIONS, plan.seconds).rate)
    off = statistics.median(rates["off"])
    for mode, found in rates.items():
        middle = statistics.median(found)
        print(
            f"  {mode:<6} {middle:6.0f} ({min(found):.0f} to {max(found):.0f})   {middle / off:.2f} of off", flush=True
        )
    book.told["metering"] = {"requests_per_second": rates}


@contextmanager
def _server(mode: str, folder: Path, installation: Installation, *, quick: bool) -> Iterator[tuple[Server, list[str]]]:
    port, log = free_port(), folder / "log"
    shutil.copytree(installation.folder, folder, ignore=shutil.ignore_patterns("*.sock"))
    environment = {
        "TILEGATE_DATA_DIR": str(folder),
        "TILEGATE_PORT": str(port),
        "TILEGATE_WORKERS": "1",
        "TILEGATE_RATE_TILES": "1000000000",
        "TILEGATE_LOG_LEVEL": "WARNING",
        "TILEGATE_STORAGE_ROOTS": json.dumps({ROOT: installation.root}),
    }
    with running([sys.executable, "-m", "benchmarks.metering_server", mode], environment, log) as process:
        wait_until_answering(f"http://{HOST}:{port}/readyz", process, log)
        yield Server(name=mode, port=port, roots=(process.pid,)), _paths(port, installation, quick=quick)


def _paths(port: int, installation: Installation, *, quick: bool) -> list[str]:
    token = installation.tokens[RASTER.name]
    document = tilejson(port, token)
    template = document["tiles"][0].removeprefix(f"http://{HOST}:{port}").replace(".png?", f".{FORMAT}?")
    tiles = random_tiles(RASTER.path(quick=quick), (document["minzoom"], document["maxzoom"]), TILES, seed=1)
    return [template.format(z=z, x=x, y=y) for z, x, y in tiles]
