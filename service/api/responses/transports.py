"""Breaking a connection. Kept light, as `draining`."""

from __future__ import annotations

import os
import socket
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import asyncio


def cut(transport: asyncio.BaseTransport | None) -> None:
    """Break a connection, and have the kernel drop what it has not sent: a cut answer must not look like a whole."""
    if transport is None or transport.is_closing():
        return
    connection = transport.get_extra_info("socket")
    with suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as same:
        same.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    cast("asyncio.Transport", transport).abort()
