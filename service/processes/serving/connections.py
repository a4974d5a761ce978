"""aiohttp's connections with what it leaves out: send deadlines, and problem documents for what it cannot parse."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import struct
import termios
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.http import HttpVersion11, StreamWriter
from aiohttp.web_protocol import RequestHandler

from service.api.bare_problem import bare_problem
from service.api.requests.unsent import SEND_LIMITS, Answer, SendLimits, Unsent
from service.api.responses.transports import cut
from service.api.shortcut import take_shortcut

if TYPE_CHECKING:
    from aiohttp.abc import AbstractStreamWriter
    from aiohttp.http import RawRequestMessage
    from aiohttp.streams import StreamReader
    from aiohttp.web_request import BaseRequest

PIECE = 128 * 1024
"""Bytes of a large body that the transport is given at a time: what it holds may be a copy."""
SWEEP_SECONDS = 1.0

logger = logging.getLogger(__name__)


class Runner(web.AppRunner):
    """Runs an application with our connections, and its shortcut if it has one."""

    def __init__(self, app: web.Application, **kwargs: Any) -> None:
        super().__init__(app, auto_decompress=False, **kwargs)  # aiohttp would, and holds the event loop for it
        self.unsent = Unsent(app.get(SEND_LIMITS, SendLimits()))
        self._sweeping: asyncio.Task[None] | None = None

    async def setup(self) -> None:
        """Start the application."""
        await super().setup()
        take_shortcut(self)
        self._sweeping = asyncio.create_task(self._sweep())

    async def cleanup(self) -> None:
        """Stop it. Slow clients are cut until the last has gone."""
        try:
            await super().cleanup()
        finally:
            if self._sweeping is not None:
                self._sweeping.cancel()

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return Server(made, self.unsent)

    async def _sweep(self) -> None:
        loop, cuts = asyncio.get_running_loop(), 0
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            self.unsent.sweep(loop.time())
            if self.unsent.cuts > cuts:
                logger.warning("%d connections cut: their clients took too little", self.unsent.cuts - cuts)
                cuts = self.unsent.cuts


class Server(web.Server):
    """Makes connections as another server would, but ours."""

    def __init__(self, other: web.Server, unsent: Unsent) -> None:
        super().__init__(
            other.request_handler,
            request_factory=other.request_factory,
            handler_cancellation=other.handler_cancellation,
            loop=other._loop,  # noqa: SLF001  (aiohttp has no way to say which class of connections it makes)
            **other._kwargs,  # noqa: SLF001
        )
        self._make, self._unsent = other.request_factory, unsent
        self.request_factory = self._request

    def __call__(self) -> RequestHandler:
        """Return what handles a new connection."""
        return Connection(self, loop=self._loop, **self._kwargs)

    def _request(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: RequestHandler,
        _: AbstractStreamWriter,
        task: asyncio.Task[None],
    ) -> BaseRequest:
        if message.version.major > 1:  # who speaks another HTTP in the words of ours is answered in ours
            message = message._replace(version=HttpVersion11)
        if protocol.transport is not None:  # so that a request ends, for `InFlight` too, when the kernel has its answer
            protocol.transport.set_write_buffer_limits(0)
        return self._make(message, payload, protocol, Writer(protocol, self._loop, self._unsent), task)


class Connection(RequestHandler):
    """A connection whose errors are problem documents, too."""

    __slots__ = ()

    def handle_error(
        self, request: BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """Answer what could not be parsed, or what nobody caught. Raises ConnectionError where an answer has begun."""
        if isinstance(exc, UnicodeError):  # of a header that aiohttp itself repeats: `Expect`
            status = HTTPStatus.BAD_REQUEST
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            logger.error("unforeseen error", exc_info=exc)
        else:
            logger.debug("malformed request: %s", message)
        if request.writer.output_size > 0:
            raise ConnectionError("part of another answer was sent")
        return bare_problem(status)

    def log_exception(self, *args: object, **kwargs: Any) -> None:
        """Log what nobody caught, but for a body that is broken: its sender gets an answer, and fills no log."""
        if not isinstance(kwargs.get("exc_info"), web.RequestPayloadError):
            super().log_exception(*args, **kwargs)

    async def finish_response(
        self, request: BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send an answer. One that was raised before any route was asked (an odd `Expect`) becomes a problem, too."""
        told = bare_problem(resp.status) if isinstance(resp, web.HTTPException) else resp
        return await super().finish_response(request, told, start_time)


class Writer(StreamWriter):
    """Gives the transport a large body piece by piece, and reports to `Unsent` when it waits for the client."""

    def __init__(self, protocol: RequestHandler, loop: asyncio.AbstractEventLoop, unsent: Unsent) -> None:
        super().__init__(protocol, loop)
        self._unsent = unsent
        self._noted: Answer | None = None

    async def write_eof(self, chunk: bytes = b"") -> None:
        """Send the rest. Raises ConnectionError where the client has gone, or was cut."""
        if len(chunk) <= PIECE or self.chunked:
            await super().write_eof(chunk)
            return
        self._unsent.hold(self._answer, chunk, self.loop.time())
        try:
            view = memoryview(chunk)
            for at in range(0, len(view), PIECE):
                await self.write(view[at : at + PIECE], drain=False)
                await self.drain()
            await super().write_eof()
        finally:
            self._unsent.release(self._answer)

    async def drain(self) -> None:
        """Return when the kernel has all that was written, or the connection has gone."""
        protocol = self._protocol
        if protocol.transport is None or not protocol.writing_paused:
            return
        self._unsent.begin(self._answer, self.loop.time())
        try:
            await super().drain()
        finally:
            self._unsent.end(self._answer, self.loop.time())

    @property
    def _answer(self) -> Answer:
        """What `Unsent` knows of the answer: made when it first waits, which few answers do."""
        if self._noted is None:
            self._noted = self._unsent.answer(self)
        return self._noted

    def taken(self) -> int:
        """Return how many bytes the client has acknowledged, but for a number that stays the same."""
        return self.output_size - self.waiting() - self._in_kernel()

    def waiting(self) -> int:
        """Return how many bytes the transport holds."""
        transport = self._protocol.transport
        return 0 if transport is None else transport.get_write_buffer_size()

    def cut(self) -> None:
        """Break the connection."""
        cut(self._protocol.transport)

    def _in_kernel(self) -> int:
        """Return what the client has not acknowledged.

        The transport alone would show progress by a third of the kernel's buffer at a time: up to megabytes.
        """
        transport = self._protocol.transport
        connection = None if transport is None else transport.get_extra_info("socket")
        if connection is None or connection.fileno() < 0:
            return 0
        with suppress(OSError):
            return int(struct.unpack("i", fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, bytes(4)))[0])
        return 0
