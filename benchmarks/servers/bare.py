"""`python -m benchmarks.servers.bare PORT SIZE`: aiohttp on uvloop that answers a constant body, the ceiling of ours.

As many processes as ours has workers, on one listening socket, as ours.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvloop
from aiohttp import web

from benchmarks.servers.server import HOST, WORKERS, Server, free_port, running, wait_until_answering

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def bare(log: Path, size: int) -> Iterator[Server]:
    """Run it with a body of `size` bytes."""
    port = free_port()
    with running([sys.executable, "-m", "benchmarks.servers.bare", str(port), str(size)], {}, log) as process:
        wait_until_answering(f"http://{HOST}:{port}/", process, log)
        yield Server(name="bare aiohttp", port=port, roots=(process.pid,))


def main(port: int, size: int) -> None:
    """Serve until told to end."""
    body = b"\xff\xd8\xff" + os.urandom(size - 3)  # passes for a JPEG

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=body, content_type="image/jpeg")

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    with socket.create_server((HOST, port), backlog=1024) as listening:
        children = [pid for _ in range(WORKERS - 1) if (pid := os.fork())]
        if len(children) == WORKERS - 1:
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        web.run_app(app, sock=listening, access_log=None, print=None, loop=uvloop.new_event_loop())
        for pid in children:
            os.kill(pid, signal.SIGTERM)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
