"""What the files of the tile store are called; light, for who only removes them."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os
    from pathlib import Path

LOCK_ENDING = "-lock"
_NAME = re.compile(r"(\d{8})-([0-9a-f]+)\.lmdb", re.ASCII)
"""A number, and the inode that the file was made with: a copy is told from it, which may be of a moment in between."""

logger = logging.getLogger(__name__)


def generations(folder: Path) -> list[Path]:
    """Return the files of a folder that hold generations, the newest first. Blocks. Raises OSError."""
    paths = [path for path in folder.iterdir() if _NAME.fullmatch(path.name)]
    return sorted(paths, key=lambda path: path.name, reverse=True)


def number_of(path: Path) -> int:
    """Return which generation a file holds."""
    return int(path.name.split("-")[0])


def path_of(folder: Path, number: int, status: os.stat_result) -> Path:
    """Return what a file is called that was made in a folder."""
    return folder / f"{number:08}-{status.st_ino:x}.lmdb"


def remove(path: Path) -> None:
    """Remove a generation. Blocks. Raises OSError."""
    path.unlink(missing_ok=True)
    path.with_name(path.name + LOCK_ENDING).unlink(missing_ok=True)


def throw_away(folder: Path) -> None:
    """Remove all generations, which those who have them open notice when they look. Blocks. Raises OSError."""
    if not folder.is_dir():
        return
    logger.warning("the tile store in %s is thrown away: a worker died of reading it", folder)
    for path in generations(folder):
        remove(path)
