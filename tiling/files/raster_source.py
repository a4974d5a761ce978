"""Which raster file is meant, at which version."""

from dataclasses import dataclass, field
from typing import Self

from tiling.files.remote import RemoteFile
from tiling.files.rooted_file import RootedFile


@dataclass(frozen=True, slots=True, kw_only=True)
class RasterSource:
    """A raster file: inside a storage root (`beneath`), somewhere else (`remote`), or a person's own path."""

    path: str
    """Absolute local path; of a remote file, a name that no other one has."""
    version: str
    """Changes whenever the file or one beside it changes: open handles are kept by path and version."""
    remote: RemoteFile | None = field(default=None, compare=False, repr=False)
    """This version of the file, where it is not a local one."""
    rooted: RootedFile | None = field(default=None, compare=False, repr=False)
    """How to open this version inside its storage root, in any process. None: `path` is opened as it is by then."""

    @classmethod
    def beneath(cls, rooted: RootedFile) -> Self:
        """Return the source of a file inside a storage root."""
        return cls(path=rooted.path, version=rooted.text, rooted=rooted)
