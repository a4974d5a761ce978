"""A wire that can be cut: a proxy between real ends, over TCP or Unix sockets. It carries bytes and parses nothing."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from contextlib import asynccontextmanager, suppress
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CHUNK = 2**16
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends RST

Address = Path | int
"""A Unix socket, or a TCP port of this machine; port 0 listens on a free one."""


class Fault(Enum):
    """What is wrong with the wire."""

    NONE = auto()
    LOSE_REPLY = auto()
    """The next request arrives; its reply does not: the connection is closed instead. Then all is well again."""
    LOSE_REQUEST = auto()
    """The next request does not arrive and the connection is closed. Then all is well again."""
    SILENCE = auto()
    """Nothing passes; connections stay open. What was held arrives when the fault ends, also of those who gave up."""
    DELAY = auto()
    """Requests arrive `delay` seconds late."""
    REFUSE = auto()
    """Connections are closed at once."""


ONCE = {Fault.LOSE_REPLY, Fault.LOSE_REQUEST}


class Wire:
    """The wire. Where `upstream` changes, new connections go to the new place."""

    def __init__(self, upstream: Address) -> None:
        self.upstream = upstream
        self.url = ""
        """What a client of a Redis connects to."""
        self.only: bytes = b""
        """The fault comes with requests that hold this."""
        self.times = 1
        """How many requests or replies are lost, where that is the fault."""
        self.delay = 0.0
        self.struck = 0
        """How many requests a fault has met."""
        self._fault = Fault.NONE
        self._sound = asyncio.Event()
        self._sound.set()
        self._flows: dict[asyncio.Task[None], list[asyncio.StreamWriter]] = {}
        """The connections, and their two ends."""

    @property
    def fault(self) -> Fault:
        """What is wrong now."""
        return self._fault

    @fault.setter
    def fault(self, fault: Fault) -> None:
        self._fault = fault
        if fault is Fault.SILENCE:
            self._sound.clear()
        else:
            self._sound.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection."""
        task = asyncio.current_task()
        assert task is not None
        self._flows[task] = [writer]
        try:
            if self._fault is not Fault.REFUSE:
                back, there = await _connect(self.upstream)
                self._flows[task].append(there)
                await self._carry(reader, writer, back, there)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            for end in self._flows.pop(task):
                end.close()

    async def cut(self, share: float = 1) -> None:
        """Reset every connection, or a share of them by chance; what they hold is lost."""
        flows = [flow for flow in self._flows if random.random() < share]
        for flow in flows:
            for end in self._flows[flow]:
                _reset(end)
            flow.cancel()
        await asyncio.gather(*flows, return_exceptions=True)

    async def _carry(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        back: asyncio.StreamReader,
        there: asyncio.StreamWriter,
    ) -> None:
        """Carry both directions, until both ends have closed or one of them fails."""
        unheard = asyncio.Event()
        with suppress(ExceptionGroup):
            async with asyncio.TaskGroup() as directions:
                directions.create_task(self._requests(reader, there, unheard))
                directions.create_task(self._replies(back, writer, unheard))

    async def _requests(
        self, reader: asyncio.StreamReader, there: asyncio.StreamWriter, unheard: asyncio.Event
    ) -> None:
        """Carry requests until the client closes. What it sent before it gave up still arrives."""
        while request := await reader.read(CHUNK):
            fault = self._met_by(request)
            if fault in {Fault.LOSE_REQUEST, Fault.REFUSE}:
                raise ConnectionResetError
            if fault is Fault.SILENCE:
                await self._sound.wait()
            elif fault is Fault.DELAY:
                await asyncio.sleep(self.delay)
            elif fault is Fault.LOSE_REPLY:
                unheard.set()
            there.write(request)
            await there.drain()
        there.close()

    async def _replies(self, back: asyncio.StreamReader, writer: asyncio.StreamWriter, unheard: asyncio.Event) -> None:
        """Carry replies until the server closes, or one is to be lost."""
        while reply := await back.read(CHUNK):
            if unheard.is_set():
                break
            if self._fault is Fault.SILENCE and not self.only:
                await self._sound.wait()
            writer.write(reply)
            with suppress(OSError):  # a client that has gone: its requests still arrive
                await writer.drain()
        writer.close()

    def _met_by(self, request: bytes) -> Fault:
        """Return what happens to a request."""
        if self._fault is Fault.NONE or self.only not in request:
            return Fault.NONE
        fault = self._fault
        self.struck += 1
        if fault in ONCE:
            self.times -= 1
            if self.times <= 0:
                self.fault, self.times = Fault.NONE, 1
        return fault


@asynccontextmanager
async def proxy_to(upstream: Address, listen: Address = 0) -> AsyncIterator[tuple[Wire, Address]]:
    """Yield a proxy to a server, and where it listens."""
    proxy = Wire(upstream)
    if isinstance(listen, Path):
        server = await asyncio.start_unix_server(proxy.serve, listen)
    else:
        server = await asyncio.start_server(proxy.serve, "127.0.0.1", listen)
        listen = server.sockets[0].getsockname()[1]
    try:
        yield proxy, listen
    finally:
        server.close()
        await proxy.cut()


@asynccontextmanager
async def wire_to(url: str, folder: Path) -> AsyncIterator[Wire]:
    """Yield a proxy to a Redis that listens on a Unix socket."""
    path = folder / "wire.sock"
    async with proxy_to(Path(urlsplit(url).path), path) as (proxy, _):
        proxy.url = f"unix://{path}"
        yield proxy


def _reset(end: asyncio.StreamWriter) -> None:
    with suppress(OSError, AttributeError):  # a Unix socket, or one that is closed already
        end.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    end.transport.abort()


async def _connect(address: Address) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if isinstance(address, Path):
        return await asyncio.open_unix_connection(address)
    return await asyncio.open_connection("127.0.0.1", address)
