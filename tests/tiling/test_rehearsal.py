"""Each thread draws something of its own first."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path

import pytest

from tiling import sources
from tiling.block_cache import BLOCKS
from tiling.rehearsal import rehearse


def test_nothing_of_it_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before, open_before = BLOCKS.nbytes, len(sources._RASTERS)
    threads = [threading.Thread(target=rehearse) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sources._RASTERS) <= open_before
    assert not list(tmp_path.iterdir())
    assert BLOCKS.nbytes - before <= 2**20


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(OSError, match="nowhere"):
        rehearse()
