"""A small HTTP/1.1 client, because a general one would take longer for a request than the servers do.

One connection, kept alive, one request at a time, one callback for the answer: about 20 microseconds a request.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD_END = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
MEDIA_TYPE = re.compile(rb"\r\ncontent-type: *([^\r;]+)", re.IGNORECASE)
CLOSING = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
NO_BODY = frozenset({204, 304})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    media_type: str
    body: bytes
    seconds: float
    """From the request's first byte sent to the answer's last byte received."""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of an answer."""

    status: int
    media_type: str
    length: int | None
    """None: the body comes in chunks."""
    closing: bool


class Connection(asyncio.Protocol):
    """One connection. Broken ones tell their waiting callback None, once."""

    def __init__(self) -> None:
        self.started = False
        """Whether any byte of the answer has come."""
        self.is_open = False
        self._transport: asyncio.Transport | None = None
        self._answered: Callable[[Answer | None], None] | None = None
        self._buffer = bytearray()
        self._head: Head | None = None
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be ready."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name
        self.is_open = True

    def connection_lost(self, _error: Exception | None) -> None:
        """Tell who waits."""
        self.is_open = False
        self._tell(None)

    def get(self, request: bytes, answered: Callable[[Answer | None], None]) -> None:
        """Send a request, as `request_bytes` makes it, when the last one has been answered."""
        assert self._transport is not None
        assert self._answered is None
        self._answered, self._head, self.started = answered, None, False
        self._buffer.clear()
        self._sent = perf_counter()
        self._transport.write(request)

    def close(self) -> None:
        """Close it at once, as a browser does with a request that nobody wants any more. Nobody is told."""
        self._answered, self.is_open = None, False
        if self._transport is not None:
            self._transport.abort()

    def must_be_open(self) -> None:
        """Raise ConnectionError where the server closes a connection that was to be kept alive."""
        if not self.is_open:
            raise ConnectionError("the server closed a connection that was to be kept")

    def data_received(self, data: bytes) -> None:
        """Take a part of the answer in."""
        self.started = True
        self._buffer += data
        if self._head is None:
            end = self._buffer.find(HEAD_END)
            if end < 0:
                return
            self._head = parse_head(bytes(self._buffer[: end + 2]))
            del self._buffer[: end + 4]
        body = self._whole_body(self._head)
        if body is not None:
            self._finish(self._head, body)

    def _whole_body(self, head: Head) -> bytes | None:
        if head.length is None:
            return unchunked(self._buffer)
        return bytes(self._buffer) if len(self._buffer) >= head.length else None

    def _finish(self, head: Head, body: bytes) -> None:
        if head.closing:
            self.is_open = False
        self._tell(Answer(head.status, head.media_type, body, perf_counter() - self._sent))

    def _tell(self, answer: Answer | None) -> None:
        answered, self._answered = self._answered, None
        if answered is not None:
            answered(answer)


def parse_head(head: bytes) -> Head:
    """Return what an answer's head says. `head` ends with one CRLF. Raises ValueError for one that is not HTTP."""
    if not head.startswith(b"HTTP/1."):
        raise ValueError(f"this is not HTTP/1: {head[:50]!r}")
    status, media_type, length = int(head[9:12]), MEDIA_TYPE.search(head), LENGTH.search(head)
    if status in NO_BODY:
        size: int | None = 0
    elif length is not None:
        size = int(length[1])
    elif CHUNKED.search(head):
        size = None
    else:
        raise ValueError(f"an answer whose length nobody knows: {head[:200]!r}")
    name = media_type[1].decode("latin-1").strip() if media_type else ""
    return Head(status, name, size, CLOSING.search(head) is not None)


def unchunked(buffer: bytearray) -> bytes | None:
    """Return the body that came in chunks (RFC 9112, 7.1), or None while its end has not come."""
    if not buffer.endswith(b"0\r\n\r\n"):
        return None
    body, at = bytearray(), 0
    while True:
        end = buffer.find(b"\r\n", at)
        if end < 0:
            return None
        size = int(buffer[at:end].split(b";")[0], 16)
        if size == 0:
            return bytes(body)
        if end + 2 + size + 2 > len(buffer):
            return None
        body += buffer[end + 2 : end + 2 + size]
        at = end + 2 + size + 2


def request_bytes(host: str, port: int, path: str) -> bytes:
    """Return a GET request."""
    return f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAccept: image/*\r\nUser-Agent: bench\r\n\r\n".encode("ascii")


async def connect(host: str, port: int) -> Connection:
    """Return a new connection. Raises OSError."""
    _, protocol = await asyncio.get_running_loop().create_connection(Connection, host, port)
    return protocol
