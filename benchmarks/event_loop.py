"""Is the event loop ever held for over 50 ms? asyncio's own slow-callback log tells, under a load of tiles."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from benchmarks.addresses import random_tiles
from benchmarks.load import measure
from benchmarks.rasters import CLASSES
from benchmarks.servers.tilegate import tilegate, tilejson

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.book import Book
    from benchmarks.plan import Plan
    from benchmarks.servers.tilegate import Installation

CONNECTIONS = 32
SLOW = re.compile(r"Executing .* took ([0-9.]+) seconds")


def main(plan: Plan, book: Book, installation: Installation, folder: Path) -> None:
    """Print how many callbacks held the loop for over 50 ms while tiles were loaded, and the longest of them."""
    place = folder / "event-loop"
    with tilegate(installation, place, {"TILEGATE_DEBUG_ASYNCIO": "1"}) as server:
        seen, tiles, seconds = len((place / "log").read_text()), 0, 0.0
        for kind in CLASSES:
            document = tilejson(server.port, installation.tokens[kind.name])
            zooms = (document["minzoom"], document["maxzoom"])
            chosen = random_tiles(kind.path(quick=plan.quick), zooms, plan.tiles, seed=2)
            image_format = kind.formats[0]
            paths = [server.path(kind, tile, image_format, 256) for tile in chosen]
            result = measure(server, paths, image_format, CONNECTIONS)
            tiles, seconds = tiles + result.tiles, seconds + result.seconds
        held = [float(text) for text in SLOW.findall((place / "log").read_text()[seen:])]
    longest = f", the longest {max(held) * 1000:.0f} ms" if held else ""
    book.told["event_loop"] = {"tiles": tiles, "held_over_50_ms": len(held), "longest_seconds": max(held, default=0)}
    print(
        f"{tiles} tiles over {CONNECTIONS} connections at {tiles / seconds:.0f} tiles/s (asyncio in debug mode): "
        f"{len(held)} callbacks over 50 ms{longest}"
    )
