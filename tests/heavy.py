"""Heavy lanes for tests. What job processes come from is started once a session: each time would take a second.

`python tests/heavy.py SOCKET PARENT` is that mother: for each nursery that a service wants it forks one. The command
that services start in place of the nursery is `python -S -E tests/heavy.py SOCKET DESCRIPTOR PARENT`, which passes the
service's socket on to the mother.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from pathlib import Path

PATIENCE = 30.0  # seconds


def pass_on(path: str, descriptor: int) -> None:
    """Give a socket to the mother, and stay until the other end of it is closed."""
    deadline = time.monotonic() + PATIENCE
    with socket.socket(socket.AF_UNIX) as mother:
        while mother.connect_ex(path) and time.monotonic() < deadline:
            time.sleep(0.02)
        socket.send_fds(mother, [b"x"], [descriptor])
        os.close(descriptor)
        mother.recv(1)


def be_mother(path: str, parent: int) -> None:
    """Fork a nursery for each socket that comes."""
    sys.modules["boto3"] = None  # type: ignore[assignment]
    from service.delivery.heavy import nursery  # only the mother needs what they import
    from service.delivery.heavy.limits import die_with
    from tiling.ingest.warmup import warm_up, warmup_raster

    die_with(parent)
    with warmup_raster(Path(path).parent) as raster:
        warm_up(raster)
    nursery.warm_up = lambda _: None  # what is forked from here is warm
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(100)
        while True:
            connection, _ = listener.accept()
            _, (descriptor,), _, _ = socket.recv_fds(connection, 1, 1)
            ours = os.getpid()
            if os.fork() == 0:
                listener.close()
                connection.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                nursery.main(descriptor, ours)
                os._exit(0)
            os.close(descriptor)
            connection.close()


if __name__ == "__main__":
    if len(sys.argv) > 3:
        pass_on(sys.argv[1], int(sys.argv[2]))
    else:
        be_mother(sys.argv[1], int(sys.argv[2]))
