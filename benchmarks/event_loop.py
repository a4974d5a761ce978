"""Is the event loop ever held for over 50 ms? asyncio's own slow-callback log tells, under a load of tiles."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.load import run_load
from benchmarks.servers import tilegate
from benchmarks.tiles import random_tiles

CONNECTIONS = 32
SLOW = re.compile(r"Executing .* took ([0-9.]+) seconds")


def main(rasters: Sequence[Path]) -> None:
    """Print how many callbacks held the loop for over 50 ms while tiles were loaded, and the longest of them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with tilegate(rasters, folder, {"TILEGATE_DEBUG_ASYNCIO": "1"}) as shared:
            seen = len((folder / "log").read_text())
            urls = [raster.tile(*tile) for raster in shared for seed in range(3) for tile in random_tiles(raster, seed)]
            result = asyncio.run(run_load(urls, CONNECTIONS))
        held = [float(text) for text in SLOW.findall((folder / "log").read_text()[seen:])]
    longest = f", the longest {max(held) * 1000:.0f} ms" if held else ""
    print(
        f"{result.tiles} tiles over {CONNECTIONS} connections at {result.rate:.0f} tiles/s (asyncio in debug mode): "
        f"{len(held)} callbacks over 50 ms{longest}"
    )
