"""Copying a raster into a storage root."""

from __future__ import annotations

import filecmp
import os
import sys
from itertools import count
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pathlib import Path

CHUNK = 4 * 2**20  # bytes
PROGRESS_FROM = 64 * 2**20  # bytes; what is smaller is there at once


def copy_into(folder: Path, source: Path) -> tuple[Path, bool]:
    """Return the path of a copy of `source` in `folder`, which is made if missing, and whether the copy is new.

    Blocks. Raises OSError.

    A file of that name which is another one is left alone: the copy is then called `name-2.tif`, `name-3.tif`, …
    Nobody ever sees half a copy.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number in count(1):
        name = source.name if number == 1 else f"{source.stem}-{number}{source.suffix}"
        copy = folder / name
        if not copy.exists():
            _copy(source, copy)
            return copy, True
        if filecmp.cmp(source, copy, shallow=False):
            return copy, False
    raise AssertionError("unreachable")


def _copy(source: Path, copy: Path) -> None:
    unfinished = copy.with_name(f".{copy.name}.{os.getpid()}.part")
    size = source.stat().st_size
    bar = click.progressbar(length=size, label=f"Copying {source.name}", file=sys.stderr, hidden=size < PROGRESS_FROM)
    try:
        with source.open("rb") as read, unfinished.open("wb") as write, bar:
            while chunk := read.read(CHUNK):
                write.write(chunk)
                bar.update(len(chunk))
        unfinished.replace(copy)
    finally:
        unfinished.unlink(missing_ok=True)
