"""Accepting from a socket that several processes listen on."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from service.processes.connection_counts import ConnectionCounts

logger = logging.getLogger(__name__)

YIELD = 0.002  # seconds
PAUSE = 0.5  # seconds


class SharedSite(web.BaseSite):
    """Accepts one connection per turn of the event loop, and leaves it to whoever has fewer.

    All processes wake for a connection and the first takes it, which is often the same one: of eight connections that
    came together one worker had all, and its peer was idle. So who has more than another lets it go first, for two
    milliseconds: a busy or stuck process keeps nobody waiting. Where we cannot accept (too many open files), we leave
    it to the others for longer.
    """

    def __init__(self, runner: web.AppRunner, listener: socket.socket, connection_counts: ConnectionCounts) -> None:
        super().__init__(runner)
        if runner.server is None:
            raise RuntimeError("the application was not set up")
        self._listener = listener
        self._counts = connection_counts
        self._serve = runner.server
        self._waiting: asyncio.TimerHandle | None = None
        self._beginning: set[asyncio.Task[None]] = set()

    @property
    def name(self) -> str:
        """Where it listens."""
        return "http://{}:{}".format(*self._listener.getsockname()[:2])

    async def start(self) -> None:
        """Begin to accept."""
        await super().start()
        self._report()
        self._listen()

    async def stop(self) -> None:
        """Accept no more; the others on the socket do."""
        self._counts.leave()
        self._pause()
        self._listener.close()
        await super().stop()

    def _listen(self) -> None:
        self._waiting = None
        asyncio.get_running_loop().add_reader(self._listener, self._ready)

    def _pause(self, seconds: float = 0, then: Callable[[], None] | None = None) -> None:
        """Do not look at the socket, for some seconds or for good."""
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._listener)
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = None if then is None else loop.call_later(seconds, then)

    def _report(self) -> None:
        self._counts.report(len(self._serve.connections) + len(self._beginning))

    def _ready(self) -> None:
        self._report()
        if self._counts.is_least:
            self._accept()
        else:
            self._pause(YIELD, self._stop_yielding)

    def _stop_yielding(self) -> None:
        self._listen()
        self._accept()

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionError):  # another process has it, or the client left
            return
        except OSError as exc:
            logger.warning("cannot accept connections: %s", exc.strerror)
            self._pause(PAUSE, self._listen)
            return
        connection.setblocking(False)
        task = asyncio.get_running_loop().create_task(self._begin(connection))
        self._beginning.add(task)
        task.add_done_callback(self._beginning.discard)
        self._report()

    async def _begin(self, connection: socket.socket) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(self._serve, connection)
        except OSError:  # it was reset before we got to it
            connection.close()
