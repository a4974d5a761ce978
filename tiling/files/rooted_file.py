"""A file inside a folder that files are shared from, as it was when it was looked at, and the files beside it."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from tiling.files.beneath import NotRegular, open_folder
from tiling.files.file_version import FileVersion

_ENDINGS = ((".ovr", ".OVR"), (".msk", ".MSK"))
"""What GDAL looks for beside a GeoTIFF: of each kind the first that is there."""
_DEPTH = 2
"""`x.tif.msk.ovr` is the overviews of a mask. Nothing that is deeper has a use, and it is never looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidecar:
    """A file beside a raster that holds its overviews or its mask, or those of a sidecar."""

    ending: str
    """What its name has more than the raster's, as it is spelled: `.ovr`, `.MSK`, `.msk.ovr`."""
    version: FileVersion
    """Of whatever has the name, which is not followed if it is a symbolic link."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RootedFile:
    """Where a file lies and which version was seen. Any process can open it, and opens this version or none."""

    root: str
    """The folder's real path."""
    names: tuple[str, ...]
    """The folders below it, and the file's name: none is a symbolic link."""
    version: FileVersion
    sidecars: tuple[Sidecar, ...] = ()

    @property
    def path(self) -> str:
        """The absolute path: its name, and never what is opened."""
        return "/".join((self.root.rstrip("/"), *self.names))

    @property
    def text(self) -> str:
        """A text that changes whenever one of the files does."""
        return "".join((str(self.version), *(f"+{each.ending}:{each.version}" for each in self.sidecars)))


def look_at(root: str, names: tuple[str, ...]) -> RootedFile:
    """Return a regular file as it is now. Blocks. Raises OSError where it is not there, or a link on the way is."""
    folder = open_folder(root, names[:-1])
    try:
        status = os.stat(names[-1], dir_fd=folder, follow_symlinks=False)
        if not stat.S_ISREG(status.st_mode):
            raise NotRegular("not a regular file")
        sidecars = tuple(find_sidecars(folder, names[-1]))
    finally:
        os.close(folder)
    return RootedFile(root=root, names=names, version=FileVersion.of(status), sidecars=sidecars)


def find_sidecars(folder: int, name: str, above: str = "", depth: int = 1) -> Iterator[Sidecar]:
    """Yield what lies beside a file of a folder, each before its own. Blocks."""
    for spellings in _ENDINGS:
        for spelling in spellings:
            ending = above + spelling
            version = _version(folder, name + ending)
            if version is not None:
                yield Sidecar(ending=ending, version=version)
                if depth < _DEPTH:
                    yield from find_sidecars(folder, name, ending, depth + 1)
                break


def _version(folder: int, name: str) -> FileVersion | None:
    try:
        return FileVersion.of(os.stat(name, dir_fd=folder, follow_symlinks=False))
    except OSError:  # most often: it is not there; too long a name, too
        return None
