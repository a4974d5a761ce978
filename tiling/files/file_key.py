"""What distinguishes the versions of a file on this machine, as they are opened."""

import os
from dataclasses import dataclass
from typing import Final, Self

import rasterio

_SIDECARS: Final = ("", ".ovr", ".msk", ".aux.xml")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileKey:
    """A version of a local file and of what lies beside it, and GDAL's options under which it is opened."""

    path: str
    statuses: tuple[tuple[int, int, int] | None, ...]
    """Inode, size and time of change of the file and its sidecars, in nanoseconds; None for what is not there."""
    options: str

    @classmethod
    def of(cls, path: object) -> Self | None:
        """Return it for the path of a file on this machine; None for a URL, an open file or a name of GDAL's own."""
        name = os.fspath(path) if isinstance(path, str | os.PathLike) else None
        if not isinstance(name, str) or name.startswith("/vsi"):
            return None
        statuses = tuple(_status(name + ending) for ending in _SIDECARS)
        if statuses[0] is None:
            return None
        options = repr(rasterio.env.getenv()) if rasterio.env.hasenv() else ""
        return cls(path=name, statuses=statuses, options=options)


def _status(path: str) -> tuple[int, int, int] | None:
    try:
        status = os.stat(path)  # noqa: PTH116 - half the time
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
