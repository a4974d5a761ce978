"""The door through which every byte of a local raster comes: its file and its sidecars, opened once and held.

Each is opened name by name beneath the storage root, must be a regular file, and the very one that was looked at. GDAL
gets the descriptors (`/proc/self/fd/N`), never a name that somebody else could give to another file, now or later. A
raster without sidecars costs nothing more than this; one with them gets names of our own (`tiling.files.scratch`).
"""

import errno
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from tiling.errors import RasterRefused, SourceChanged
from tiling.files.beneath import FILE_FLAGS, NotRegular, open_folder, open_regular
from tiling.files.local_file import LocalFile
from tiling.files.raster_source import RasterSource
from tiling.files.rooted_file import RootedFile, Sidecar, find_sidecars
from tiling.files.scratch import SCRATCH

_FOLLOWING: Final = FILE_FLAGS & ~os.O_NOFOLLOW
_SOMETHING_ELSE: Final = {errno.ENOTDIR, errno.ELOOP, errno.ENXIO}
"""A folder has become a file or a symbolic link, a file has become a link or a socket."""


class RasterFiles:
    """The open files of a raster. Hold it as long as a dataset of it is open: a closed number may be another file's."""

    def __init__(self, main: LocalFile, sidecars: dict[str, LocalFile]) -> None:
        """Take the files over: `sidecars` by the endings of their names. Raises OSError."""
        self.main: Final = main
        """The raster's own file."""
        self.sidecars: Final = sidecars
        """Those of its overviews and masks, by ending: `.ovr`, `.msk.ovr`."""
        self._name = SCRATCH.name({"": main.path} | self._paths()) if sidecars else None

    @property
    def path(self) -> str:
        """What GDAL is to open."""
        return self.main.path if self._name is None else str(self._name)

    def check(self) -> None:
        """Raise SourceChanged where one of the files was written to or replaced."""
        for file in (self.main, *self.sidecars.values()):
            file.check()

    def close(self) -> None:
        """Take the names back. The files close with their last use."""
        if self._name is not None:
            SCRATCH.forget(self._name)
            self._name = None

    def _paths(self) -> dict[str, str]:
        return {ending: file.path for ending, file in self.sidecars.items()}


def open_files(source: RasterSource) -> RasterFiles:
    """Open a local raster and its sidecars. Blocks.

    Raises FileNotFoundError; SourceChanged where one is not the version that was looked at; RasterRefused; OSError.
    """
    if source.rooted is None:
        return _open_own(source.path)
    folder, main = _open_rooted(source.rooted)
    try:
        return RasterFiles(main, dict(_opened(folder, source.rooted.names[-1], source.rooted.sidecars)))
    finally:
        os.close(folder)


def open_main(source: RasterSource) -> LocalFile:
    """Open a local file alone. Blocks. Raises as `open_files` does."""
    if source.rooted is None:
        return _open_path(source.path)
    folder, main = _open_rooted(source.rooted)
    os.close(folder)
    return main


def _open_rooted(rooted: RootedFile) -> tuple[int, LocalFile]:
    """Return the descriptor of a file's folder, and the file."""
    folder = -1
    try:
        folder = open_folder(rooted.root, rooted.names[:-1])
        return folder, _checked(folder, rooted.names[-1], rooted)
    except BaseException as exc:
        if folder >= 0:
            os.close(folder)
        if isinstance(exc, NotRegular) or (isinstance(exc, OSError) and exc.errno in _SOMETHING_ELSE):
            raise FileNotFoundError from exc
        raise


def _checked(folder: int, name: str, seen: RootedFile | Sidecar) -> LocalFile:
    """Open a file that has to be the version that was seen. Raises FileNotFoundError, NotRegular, SourceChanged."""
    file = LocalFile(open_regular(name, folder))
    if file.version != seen.version:
        raise SourceChanged("the raster's file was replaced")
    return file


def _opened(folder: int, name: str, sidecars: Sequence[Sidecar]) -> Iterator[tuple[str, LocalFile]]:
    for sidecar in sidecars:
        try:
            yield sidecar.ending, _checked(folder, name + sidecar.ending, sidecar)
        except FileNotFoundError as exc:
            raise SourceChanged("a file beside the raster is gone") from exc
        except OSError as exc:
            what = "it is a symbolic link, a pipe or a device, or cannot be read; put a regular file there"
            raise RasterRefused(f"the {sidecar.ending} file beside it is refused: {what}") from exc


def _open_own(path: str) -> RasterFiles:
    """Open a person's own file, whose path may lead over symbolic links; its sidecars may be none."""
    main = _open_path(path)
    folder = open_folder(Path(path).parent)
    try:
        name = Path(path).name
        return RasterFiles(main, dict(_opened(folder, name, tuple(find_sidecars(folder, name)))))
    finally:
        os.close(folder)


def _open_path(path: str) -> LocalFile:
    if not path.startswith("/") or path.startswith("/vsi"):
        raise RasterRefused("not an absolute path of a local file")
    try:
        return LocalFile(open_regular(path, flags=_FOLLOWING))
    except NotRegular as exc:
        raise RasterRefused("not a regular file") from exc
