"""Each thread draws something of its own first."""

from __future__ import annotations

import threading
from pathlib import Path

from tiling.ingest.warmup import warm_up, warmup_raster
from tiling.source import opening as sources
from tiling.source.block_cache import BLOCKS


def test_nothing_of_it_stays(tmp_path: Path) -> None:
    before, open_before = BLOCKS.nbytes, len(sources._RASTERS)
    with warmup_raster(tmp_path) as source:
        threads = [threading.Thread(target=warm_up, args=[source]) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(sources._RASTERS) <= open_before
    assert not Path(source.path).parent.exists()
    assert BLOCKS.nbytes - before <= 2**20
