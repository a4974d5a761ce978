"""The cgroups around this process, which may limit memory and processors: version 2, then version 1."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SYSTEM = Path("/")
"""The root of the file system; tests have others."""


def cgroup_files(controller: str, version_2: str, version_1: str, system: Path = SYSTEM) -> Iterator[Path]:
    """Yield where a controller's limits may be written, of this process's cgroup and of those around it. Blocks.

    `version_2`, `version_1`: what the file is called in each. Not each of them exists.
    """
    for hierarchy, path in _cgroups(controller, system):
        root = system / "sys/fs/cgroup" / hierarchy
        for folder in (path, *path.parents):
            yield root / str(folder).lstrip("/") / (version_1 if hierarchy else version_2)


def text_of(file: Path) -> str:
    """Return what a small file holds; "" where it cannot be read. Blocks."""
    try:
        return file.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def _cgroups(controller: str, system: Path) -> Iterator[tuple[str, PurePosixPath]]:
    """Yield the hierarchies that limit this: "" or the controller, and where this process is in it."""
    for line in text_of(system / "proc/self/cgroup").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers == "" or controller in controllers.split(","):
            place = PurePosixPath("/", *[part for part in path.split("/") if part not in {"", ".."}])
            yield controller if controllers else "", place
