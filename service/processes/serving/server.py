"""An application behind a socket, from its first connection to its last."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress

from aiohttp import web

from service.api.draining import DRAINING, INSIDE_APP, IS_STUCK
from service.processes.connection_counts import ConnectionCounts
from service.processes.serving.connections import Runner
from service.processes.serving.shared_site import SharedSite
from service.processes.worker_protocol import FINISHING, IDLE_LIMIT

LINGER_POLL = 0.05  # seconds


class Server:
    """Serves until it is asked to leave, and leaves so that no request is lost.

    A client may send a request in the very moment in which its idle connection is closed, and nobody can answer it
    then. So a server that others replace closes no connection that could still be used: it says `Connection: close`
    with every answer, by which its clients leave, and those that stay silent meet the keep-alive timeout, as on any
    other day. aiohttp alone would close the idle ones at once, and say nothing to those in use before it does.
    """

    def __init__(self, app: web.Application) -> None:
        self._draining = asyncio.Event()
        app[DRAINING] = self._draining
        app.on_response_prepare.append(self._announce_close)
        self._runner = Runner(
            app,
            access_log=None,  # it would write query strings, and keys are in them
            handler_cancellation=True,  # nobody renders for a client that has gone
            keepalive_timeout=IDLE_LIMIT,  # aiohttp's own default is an hour
            shutdown_timeout=FINISHING,
        )
        self._inside: web.AppRunner | None = None

    def is_stuck(self) -> bool:
        """Whether the application says that nothing can be rendered by it any more."""
        return IS_STUCK in self._runner.app and self._runner.app[IS_STUCK]()

    async def start(self, descriptor: int, connection_counts: ConnectionCounts) -> None:
        """Start the application, then accept connections on a socket that listens already."""
        await self._runner.setup()
        await SharedSite(self._runner, socket.socket(fileno=descriptor), connection_counts).start()

    async def start_inside(self, host: str, port: int) -> None:
        """Answer operators on a port of its own, which all workers share: the kernel picks one for each connection."""
        self._inside = web.AppRunner(self._runner.app[INSIDE_APP](), access_log=None)
        await self._inside.setup()
        await web.TCPSite(self._inside, host, port, reuse_port=True).start()

    async def retire(self) -> None:
        """Leave new connections to the others on the socket; return when the last of our own has gone."""
        self._draining.set()
        for site in self._runner.sites:
            await site.stop()
        with suppress(TimeoutError):
            async with asyncio.timeout(IDLE_LIMIT):
                await asyncio.sleep(LINGER_POLL)  # what was accepted a moment ago is not among the connections yet
                while self._runner.server and self._runner.server.connections:  # noqa: ASYNC110  (aiohttp notifies nobody)
                    await asyncio.sleep(LINGER_POLL)

    async def stop(self, delay: float) -> None:
        """Be not ready, go on for `delay` seconds, accept no more, finish what is being answered, clean up."""
        self._draining.set()
        await asyncio.sleep(delay)
        if self._inside is not None:
            await self._inside.cleanup()
        await self._runner.cleanup()

    async def _announce_close(self, _: web.Request, response: web.StreamResponse) -> None:
        if self._draining.is_set():
            response.headers["Connection"] = "close"
            response.force_close()
