"""What becomes of what a worker died of."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, cast

import pytest

from service.processes.supervision.blaming import CrashExaminer
from service.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from service.processes.supervision.workers import WorkerProcess

REPORT = """Fatal Python error: {signal}

Current thread 0x00007f00 (most recent call first):
  File "/srv/service/delivery/images/{module}", line 95 in get
"""


class Dead:
    """A worker that has ended."""

    pid = 4711
    was_stuck = False


@pytest.mark.parametrize(
    ("module", "is_kept"), [("store/generation.py", False), ("tiles.py", True)], ids=["in the store", "elsewhere"]
)
async def test_a_store_that_a_worker_died_of_is_thrown_away(
    tmp_path: Path, module: str, is_kept: bool, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "run" / "reading").mkdir(parents=True)
    (tmp_path / "run" / "reading" / "4711.a.crash").write_text(REPORT.format(signal="Bus error", module=module))
    (tmp_path / "tiles").mkdir()
    generation, other = tmp_path / "tiles" / "00000001-1a.lmdb", tmp_path / "tiles" / "notes.txt"
    generation.touch()
    other.touch()
    examiner = CrashExaminer(Settings(data_dir=tmp_path))
    await examiner.examine(cast("WorkerProcess", Dead()), -signal.SIGBUS)
    assert generation.exists() is is_kept
    assert other.exists()
    assert ("thrown away" in caplog.text) is not is_kept
