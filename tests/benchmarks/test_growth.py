"""The rasters and plots of growth."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import rasterio

from benchmarks import rasters, sparse

if TYPE_CHECKING:
    from pathlib import Path


def test_tiles_of_a_sparse_raster_hold_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rasters, "FOLDER", tmp_path)
    monkeypatch.setattr(sparse, "FOLDER", tmp_path)
    gray = np.full((1, sparse.SPOT, sparse.SPOT), 7, np.uint8)
    kind = replace(sparse.sparse_class(8000), base=lambda: gray)
    path = sparse.make_sparse(kind)
    assert path.stat().st_size < 20 * 2**20
    with rasterio.open(path) as raster:
        assert raster.overviews(1) == [2, 4, 8, 16]
        for left, top in sparse.spots(8000):
            assert raster.read(1, window=((top + 500, top + 501), (left + 500, left + 501))).item() > 0
    tiles = sparse.spot_tiles(kind, (12, 18), 50, seed=1)
    assert tiles == sparse.spot_tiles(kind, (12, 18), 50, seed=1)
    assert len(set(tiles)) == 50
    assert {zoom for zoom, _, _ in tiles} == {15, 16, 17, 18}


def test_plots_are_drawn_alike_from_the_same_figures(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="comes with the extra bench")
    from benchmarks import plots

    points = [
        {"server": server, "size": size, "tiles_per_second": 10.0, "p99_seconds": 0.1, "refused": size // 64}
        for server in ("tilegate", "titiler")
        for size in (1, 8, 64)
    ]
    about = {"machine": "2 cores", "time": "2026-01-01T00:00:00", "commit": "abc", "load_at_start": 0.0}
    document = tmp_path / "growth.json"
    document.write_text(json.dumps({"about": about, "growth": {"connections": points}}))
    (first,) = plots.draw(document, tmp_path / "first")
    (second,) = plots.draw(document, tmp_path / "second")
    assert first.read_bytes() == second.read_bytes()
    assert b"<svg" in first.read_bytes()
