"""Whether a folder lies on a file system that other machines share: mapped memory and locks do not hold there."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_LARGER_THAN_ANY_STATFS = 512
NETWORK_FILE_SYSTEMS = {
    0x6969: "NFS",
    0x517B: "SMB",
    0xFF534D42: "CIFS",
    0xFE534D42: "SMB",
    0x01021997: "9P",
    0x65735546: "FUSE",
    0x00C36400: "Ceph",
    0x5346414F: "AFS",
    0x6B414653: "AFS",
    0x73757245: "Coda",
    0x0BD00BD0: "Lustre",
    0x01161970: "GFS2",
    0x7461636F: "OCFS2",
    0x47504653: "GPFS",
    0xBEEFDEAD: "BeeGFS",
    0x786F4256: "VirtualBox's shared folders",
}
"""By `f_type` of statfs(2), `man 2 statfs` and linux/magic.h: also those of which it is unknown what lies behind."""


def network_file_system(folder: Path) -> str | None:
    """Return the name of the network file system that a folder lies on; None for a local one. Blocks. Raises OSError.

    Elsewhere than on Linux nothing says which it is: all are taken to be local.
    """
    if sys.platform != "linux":
        return None
    buffer = ctypes.create_string_buffer(_LARGER_THAN_ANY_STATFS)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.statfs(os.fsencode(folder), buffer) != 0:
        code = ctypes.get_errno() or errno.EIO
        raise OSError(code, os.strerror(code), str(folder))
    return NETWORK_FILE_SYSTEMS.get(ctypes.c_long.from_buffer(buffer).value & 0xFFFFFFFF)
