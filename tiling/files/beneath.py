"""Opens what lies beneath a folder, name by name: no symbolic link is followed, nothing outside is reached.

Each step is an `openat` of one name below the descriptor of the step before, with O_NOFOLLOW. So a path can only go
down, whatever is renamed or linked meanwhile; it is what `openat2` with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS does,
and works where a kernel or the seccomp profile of a container has no such call. The names must be plain: the caller
has refused `..`, `.`, slashes and NUL.
"""

import os
import stat
from collections.abc import Iterable
from typing import Final

FOLDER_FLAGS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
"""Not blocking: to open a pipe would wait for somebody who writes."""


class NotRegular(OSError):
    """What was opened is a pipe, a device, a socket or a folder."""


def open_folder(root: str | os.PathLike[str], names: Iterable[str] = ()) -> int:
    """Return the descriptor of a folder. Blocks. Raises OSError where a name is a symbolic link or no folder.

    Links in `root` itself are followed: it is the operator's.
    """
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for name in names:
        above, descriptor = descriptor, -1
        try:
            descriptor = os.open(name, FOLDER_FLAGS, dir_fd=above)
        finally:
            os.close(above)
    return descriptor


def open_regular(name: str | os.PathLike[str], folder: int | None = None, flags: int = FILE_FLAGS) -> int:
    """Return the descriptor of a regular file in a folder. Blocks for the disk alone. Raises OSError, NotRegular."""
    descriptor = os.open(name, flags, dir_fd=folder)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotRegular("not a regular file")
    return descriptor
