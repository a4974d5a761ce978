"""The folder of our own names: held while its process lives, and swept once that was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tiling.files.scratch import PREFIX, Scratch, remove_abandoned

HOLD = "from tiling.files.scratch import SCRATCH; print(SCRATCH.folder, flush=True); input()"


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files of the test's own, for what it starts too."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def holder() -> tuple[subprocess.Popen[str], Path]:
    """Start a process that has a folder; return both."""
    process = subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_what_a_killed_process_left_goes_when_the_next_one_begins() -> None:
    process, left = holder()
    (left / "n").mkdir()
    (left / "n" / "r.tif").symlink_to("/proc/self/fd/3")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert left.is_dir()
    assert Scratch().folder.is_dir()
    assert not left.exists()


def test_the_folder_of_a_process_that_lives_stays() -> None:
    process, held = holder()
    remove_abandoned()
    assert held.is_dir()
    process.communicate("\n")
    assert not held.exists()


def test_what_a_link_or_a_file_of_that_name_leads_to_stays(temporary: Path) -> None:
    target = temporary / "of somebody"
    target.mkdir()
    (target / "kept").touch()
    (temporary / f"{PREFIX}link").symlink_to(target)
    (temporary / f"{PREFIX}file").touch()
    os.mkfifo(temporary / f"{PREFIX}pipe")
    remove_abandoned()
    assert (target / "kept").exists()
    assert (temporary / f"{PREFIX}file").exists()
