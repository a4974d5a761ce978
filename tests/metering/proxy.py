"""A wire to Redis that can be cut: a proxy on a Unix socket, with real connections on both sides."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from enum import Enum, auto
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

CHUNK = 2**16


class Fault(Enum):
    """What is wrong with the wire."""

    NONE = auto()
    LOSE_REPLY = auto()
    """The next request arrives; its reply does not: the connection is closed instead. Then all is well again."""
    LOSE_REQUEST = auto()
    """The next request does not arrive and the connection is closed. Then all is well again."""
    SILENCE = auto()
    """Requests are swallowed and nothing comes back; connections stay open."""
    REFUSE = auto()
    """Connections are closed at once."""


class Wire:
    """The proxy. `url`: what a client connects to."""

    def __init__(self, url: str, server: Path) -> None:
        self.url = url
        self.fault = Fault.NONE
        self.only: bytes = b""
        """The fault comes with the next request that holds this."""
        self._server = server
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        there: asyncio.StreamWriter | None = None
        try:
            if self.fault is not Fault.REFUSE:
                back, there = await asyncio.open_unix_connection(self._server)
                await self._carry(reader, writer, back, there)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            for end in (writer, there):
                if end is not None:
                    end.close()
                    with suppress(OSError, asyncio.CancelledError):
                        await end.wait_closed()

    async def _carry(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        back: asyncio.StreamReader,
        there: asyncio.StreamWriter,
    ) -> None:
        """Carry a request and its reply, again and again: the client sends the next one when it has the reply."""
        while request := await reader.read(CHUNK):
            fault = self.fault if self.only in request else Fault.NONE
            if fault is Fault.SILENCE:
                await asyncio.Event().wait()
            if fault in {Fault.LOSE_REPLY, Fault.LOSE_REQUEST}:
                self.fault = Fault.NONE
            if fault in {Fault.LOSE_REQUEST, Fault.REFUSE}:
                return
            there.write(request)
            reply = await back.read(CHUNK)
            if fault is Fault.LOSE_REPLY or not reply:
                return
            writer.write(reply)
            await writer.drain()

    async def cut(self) -> None:
        """Close every connection."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def wire_to(url: str, folder: Path) -> AsyncIterator[Wire]:
    """Yield a wire to a Redis that listens on a Unix socket."""
    path = folder / "wire.sock"
    wire = Wire(f"unix://{path}", urlsplit(url).path)  # type: ignore[arg-type]
    server = await asyncio.start_unix_server(wire.serve, path)
    try:
        yield wire
    finally:
        server.close()
        await wire.cut()
