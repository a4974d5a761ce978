"""A wheel of this checkout, built once, and environments that hold nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
QUIET = ("-qq", "--disable-pip-version-check")


def build_wheel(folder: Path) -> Path:
    """Build the wheel as an index would be given it."""
    command = [sys.executable, "-m", "pip", *QUIET, "wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, env=clean_environment())
    (wheel,) = folder.glob("tilegate-*.whl")
    return wheel


def install(wheel: Path, folder: Path, python: str) -> Path:
    """Install a wheel into an environment of its own, with the tested versions; return its programs' folder."""
    subprocess.run([python, "-m", "venv", str(folder)], check=True, env=clean_environment())
    pip = [str(folder / "bin" / "python"), "-m", "pip", *QUIET]
    subprocess.run(
        [*pip, "install", "-c", str(ROOT / "constraints.txt"), str(wheel)], check=True, env=clean_environment()
    )
    return folder / "bin"


def clean_environment() -> dict[str, str]:
    """The environment without what points at this checkout or at a service."""
    ours = ("PYTHON", "TILEGATE_", "VIRTUAL_ENV", "PYTEST_", "COVERAGE_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


@contextmanager
def folder_for_all() -> Iterator[Path]:
    """A folder outside of the checkout into which other users may look."""
    folder = Path(tempfile.mkdtemp(prefix="tilegate-install-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
