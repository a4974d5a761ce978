"""Accepting from a socket that several processes listen on."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    import socket

logger = logging.getLogger(__name__)

PAUSE = 0.5  # seconds


class SharedSite(web.BaseSite):
    """Accepts one connection per turn of the event loop, so that connections which come at once go to all processes.

    libuv accepts all that wait in one go: of 64 tabs that open together, whoever woke first got them all, and kept
    them. Taking turns, a busy process is also slower to accept than an idle one. Where we cannot accept (too many open
    files), we leave it to the others for a moment.
    """

    def __init__(self, runner: web.BaseRunner[web.Request], listener: socket.socket) -> None:
        super().__init__(runner)
        self._listener = listener
        self._serve = runner.server
        self._pause: asyncio.TimerHandle | None = None
        self._beginning: set[asyncio.Task[object]] = set()

    @property
    def name(self) -> str:
        """Where it listens."""
        return "http://{}:{}".format(*self._listener.getsockname()[:2])

    async def start(self) -> None:
        """Begin to accept."""
        await super().start()
        self._resume()

    async def stop(self) -> None:
        """Accept no more; the others on the socket do."""
        if self._pause is not None:
            self._pause.cancel()
        asyncio.get_running_loop().remove_reader(self._listener)
        self._listener.close()
        await super().stop()

    def _resume(self) -> None:
        self._pause = None
        asyncio.get_running_loop().add_reader(self._listener, self._accept)

    def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            connection, _ = self._listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionError):  # another process was faster, or the client left
            return
        except OSError as exc:
            logger.warning("cannot accept connections: %s", exc.strerror)
            loop.remove_reader(self._listener)
            self._pause = loop.call_later(PAUSE, self._resume)
            return
        connection.setblocking(False)
        task: asyncio.Task[object] = loop.create_task(self._begin(connection))
        self._beginning.add(task)
        task.add_done_callback(self._beginning.discard)

    async def _begin(self, connection: socket.socket) -> None:
        if self._serve is None:
            raise RuntimeError("the application was not set up")
        try:
            await asyncio.get_running_loop().connect_accepted_socket(self._serve, connection)
        except OSError:  # it was reset before we got to it
            connection.close()
