"""Leaving the network, by the kernel's namespaces."""

from __future__ import annotations

import ctypes

_NEW_NETWORK = 0x40000000
_NEW_USER = 0x10000000


def leave_network() -> bool:
    """Move the process to a network without interfaces; return whether the kernel allows it.

    Call it before there are other threads. Where it is not allowed, Landlock (Linux 6.7) refuses TCP, and GDAL has
    lost its drivers and file systems for the network.
    """
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "unshare"):
        return False
    return any(library.unshare(flags) == 0 for flags in (_NEW_NETWORK, _NEW_NETWORK | _NEW_USER))
