"""What metering costs on cached tiles: requests a second without it, with a round trip each, and by group commit."""

from __future__ import annotations

import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.metering_server import MODES
from benchmarks.servers import free_port, running, tilegate, wait_until_answering
from benchmarks.tiles import random_tiles

TILES = 40
CONNECTIONS = 64
SECONDS = 4
ROUNDS = 7
SCRIPT = """
local paths = {%s}
local n = 0
request = function() n = n %% #paths + 1; return wrk.format("GET", paths[n]) end
"""


def main(rasters: Sequence[Path]) -> None:
    """Print the rates of the three, taking turns, and what part of the first the others reach."""
    if shutil.which("wrk") is None:
        sys.exit("wrk is needed, because a client in Python would be slower than the server: apt-get install wrk")
    print(f"{TILES} cached tiles over {CONNECTIONS} connections, {ROUNDS} rounds of {SECONDS} s: requests/s, median")
    rates: dict[str, list[float]] = {mode: [] for mode in MODES}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with tilegate(rasters[:1], folder, {}) as (shared,):
            paths = [_path(shared.tile(*tile)) for tile in random_tiles(shared, 1)[:TILES]]
        script = folder / "paths.lua"
        script.write_text(SCRIPT % ", ".join(f'"{path}"' for path in paths))
        for turn in range(ROUNDS + 1):  # the first one warms the caches
            for mode in MODES:
                with _server(mode, folder) as url:
                    _wrk(url, script, 1)
                    rate = _wrk(url, script, SECONDS)
                if turn:
                    rates[mode].append(rate)
    off = statistics.median(rates["off"])
    for mode, found in rates.items():
        middle = statistics.median(found)
        print(f"{mode:<6} {middle:6.0f} ({min(found):.0f} to {max(found):.0f})   {middle / off:.2f} of off", flush=True)


@contextmanager
def _server(mode: str, folder: Path) -> Iterator[str]:
    port = free_port()
    environment = {
        "TILEGATE_DATA_DIR": str(folder),
        "TILEGATE_PORT": str(port),
        "TILEGATE_WORKERS": "1",
        "TILEGATE_RATE_TILES": "100000000",
        "TILEGATE_LOG_LEVEL": "WARNING",
        "TILEGATE_STORAGE_ROOTS": json.dumps({"demo": str(folder / "rasters")}),
    }
    with running([sys.executable, "-m", "benchmarks.metering_server", mode], environment, folder / f"{mode}.log"):
        url = f"http://127.0.0.1:{port}"
        wait_until_answering(f"{url}/readyz")
        yield url


def _wrk(url: str, script: Path, seconds: int) -> float:
    """Return requests a second. Raises RuntimeError where an answer was no 200."""
    words = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(script), url]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in told or "Socket errors" in told:
        raise RuntimeError(told)
    return float(re.search(r"Requests/sec:\s+([0-9.]+)", told)[1])  # type: ignore[index]


def _path(url: str) -> str:
    return f"{urlsplit(url).path}?{urlsplit(url).query}"
