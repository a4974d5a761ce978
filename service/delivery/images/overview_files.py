"""The files of overviews: one folder for each collection, one file for each profile (two where it crosses 180°)."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from service.catalogue.storage.roots import file_version
from tiling.files.raster_source import RasterSource
from tiling.overview import left_out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from service.identifiers import CollectionId

OLD_SECONDS = 600
"""After so long no worker serves from a file that was replaced by another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewName:
    """What an overview's files are called."""

    collection_id: CollectionId
    look: str
    """Digest of the profile."""
    content: str
    """Digest of all that its pixels depend on."""

    def file(self, part: int) -> str:
        """Return the name of one of its files."""
        return f"{self.look}.{self.content}.{part}.tif"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unbuilt:
    """A file that is to be."""

    path: Path
    unfinished: Path
    """Where it is written meanwhile."""


class OverviewFiles:
    """Finds, builds and removes them. Every method blocks. Safe among threads, processes and crashes.

    A file gets its name when it is whole; who builds one holds a lock, which the kernel drops when its holder dies.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes

    def find(self, name: OverviewName, count: int) -> tuple[tuple[RasterSource, ...], frozenset[int]] | None:
        """Return the files and the positions of the rasters that they miss, or None where they are not there."""
        paths = [self._folder / name.collection_id / name.file(part) for part in range(count)]
        if not all(path.exists() for path in paths):
            return None
        self._remove_old(name, paths[0])
        missed = frozenset[int]().union(*(left_out(path) for path in paths))
        return tuple(RasterSource(path=str(path), version=file_version(path)) for path in paths), missed

    @contextmanager
    def being_built(self, name: OverviewName, count: int) -> Iterator[tuple[Unbuilt | None, ...] | None]:
        """Hold the lock of an overview; yield its files that are still to be built, or None: somebody else is at it."""
        folder = self._folder / name.collection_id
        folder.mkdir(parents=True, exist_ok=True)
        with _lock(folder / f"{name.look}.lock") as is_ours:
            if not is_ours:
                yield None
                return
            paths = [folder / name.file(part) for part in range(count)]
            unfinished = folder / f"{name.look}.unfinished"
            yield tuple(None if path.exists() else Unbuilt(path=path, unfinished=unfinished) for path in paths)

    def collections(self) -> list[str]:
        """Return the ids of the collections that have files."""
        return [folder.name for folder in self._folder.iterdir()] if self._folder.is_dir() else []

    def remove(self, collection_id: str) -> None:
        """Remove all files of a collection."""
        shutil.rmtree(self._folder / collection_id, ignore_errors=True)

    def _remove_old(self, name: OverviewName, current: Path) -> None:
        if time.time() - current.stat().st_mtime < OLD_SECONDS:
            return
        for path in current.parent.glob(f"{name.look}.*.tif"):
            if path.name.split(".")[1] != name.content:
                path.unlink(missing_ok=True)

    def trim(self, name: OverviewName) -> None:
        """Remove what was built longest ago until the rest is no larger than it may be; what was built now stays."""
        keep = self._folder / name.collection_id
        found = sorted((path.stat().st_mtime, path.stat().st_size, path) for path in self._folder.glob("*/*.tif"))
        excess = sum(size for _, size, _ in found) - self._max_bytes
        for _, size, path in found:
            if excess > 0 and path.parent != keep:
                path.unlink(missing_ok=True)
                excess -= size


@contextmanager
def _lock(path: Path) -> Iterator[bool]:
    """Hold a file's lock; yield whether it was free at once."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield _try_lock(descriptor)
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
