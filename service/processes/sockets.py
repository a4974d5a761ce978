"""Sockets to listen on, and what of them a program that is started would get."""

from __future__ import annotations

import errno
import os
import socket
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from service.processes.errors import AddressUnavailable
from service.processes.locks import exclusive

STDERR = 2
BACKLOG = 1024  # connections that wait while workers are busy or restart
UNIX_PATH_LIMIT = 100  # bytes; the kernels' limits are 104 to 108


def listening_socket(host: str, port: int) -> socket.socket:
    """Return a TCP socket that listens; port 0 takes a free one. Raises AddressUnavailable."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise AddressUnavailable(f"cannot listen on {host}: {error.strerror}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise AddressUnavailable(_reason(host, port, error)) from error
    return listener


def inheritable_descriptors() -> list[int]:
    """Return what a program that this process starts would get beside its standard input, output and error."""
    found = []
    for descriptor in map(int, os.listdir("/dev/fd")):  # noqa: PTH208  (names are all that is wanted)
        with suppress(OSError):  # the one that listed
            if descriptor > STDERR and os.get_inheritable(descriptor):
                found.append(descriptor)
    return found


def short_socket_path(folder: Path, name: str) -> Path:
    """Return where a Unix socket of `folder` can be: inside it or, if that path is too long for the kernel, elsewhere.

    Elsewhere is a private temporary folder whose name is kept in `folder` beside it, so that all processes agree.
    Raises OSError.
    """
    path = folder / name
    if len(os.fsencode(path)) <= UNIX_PATH_LIMIT:
        return path
    record = folder / f"{name}.folder"
    with exclusive(folder / f"{name}.lock"):
        if record.exists() and _is_private(elsewhere := Path(record.read_text())):
            return elsewhere / name
        elsewhere = Path(tempfile.mkdtemp(prefix="tilegate-"))
        record.write_text(str(elsewhere))
    return elsewhere / name


def _is_private(folder: Path) -> bool:
    try:
        status = folder.lstat()
    except OSError:
        return False
    return (
        stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and stat.S_IMODE(status.st_mode) == stat.S_IRWXU
    )


def _reason(host: str, port: int, error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"port {port} of {host} is in use: stop what listens there, or choose another port with --port"
        case errno.EACCES:
            return f"port {port} of {host} needs more rights than we have: choose one above 1023 with --port"
        case _:
            return f"cannot listen on {host} port {port}: {error.strerror}"
