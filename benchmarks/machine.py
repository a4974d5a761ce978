"""What a run was made on, and whether that machine had anything else to do."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import distributions, version
from pathlib import Path

import rasterio

PACKAGES = ("aiohttp", "uvloop", "rasterio", "rio-tiler")
PEERS = ("titiler-application", "uvicorn", "rasterio")
BUSY = 0.3
"""Load average of the last minute above which figures are doubtful."""


def about() -> dict[str, object]:
    """Return the machine, the versions and the commit."""
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _said("git", "describe", "--always", "--dirty"),
        "machine": f"{os.cpu_count()} cores, {_processor()}",
        "system": platform.platform(),
        "python": platform.python_version(),
        "gdal": rasterio.__gdal_version__,
        "mapserver": _said("mapserv", "-v").split(" OUTPUT")[0],
        "load_at_start": os.getloadavg()[0],
        **{name: version(name) for name in PACKAGES},
        "peers": _peers(),
    }


def warn_if_busy() -> None:
    """Say so where the machine does something else, too."""
    if os.getloadavg()[0] > BUSY:
        print(f"This machine is busy (load {os.getloadavg()[0]:.1f}): do not believe the figures.", flush=True)


def _peers() -> dict[str, str]:
    """Return the versions in TiTiler's environment."""
    folders = [str(path) for path in Path(sys.prefix).glob("peers/lib/*/site-packages")]
    return {each.name: each.version for each in distributions(path=folders) if each.name in PEERS}


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _said(*words: str) -> str:
    try:
        run = subprocess.run(words, capture_output=True, text=True, check=False, cwd=Path(__file__).parent)
    except OSError:
        return ""
    return run.stdout.strip()
