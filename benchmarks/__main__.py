"""`python -m benchmarks [tiles] [event_loop] [metering] [RASTER …]`; without rasters, the demo's own two."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks import event_loop, metering, tiles
from service.demo_rasters import write_demo_rasters

BENCHES = {"tiles": tiles.main, "event_loop": event_loop.main, "metering": metering.main}


def main(words: list[str]) -> None:
    """Run the benches that are named, or all."""
    named = [word for word in words if word in BENCHES]
    rasters = [Path(word).absolute() for word in words if word not in BENCHES]
    with tempfile.TemporaryDirectory() as folder:
        for name in named or BENCHES:
            print(f"== {name}", flush=True)
            BENCHES[name](rasters or list(write_demo_rasters(Path(folder))))


main(sys.argv[1:])
