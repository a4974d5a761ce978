"""One request to a web server that somebody named: it is looked up once, and that address is asked."""

from __future__ import annotations

import asyncio
import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector, hdrs

from service.outbound.reach import check_url

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from aiohttp import ClientResponse
    from yarl import URL

    from service.outbound.reach import Reach

    Resolve: TypeAlias = Callable[[str, int], Awaitable[list[str]]]
    """Returns the IP addresses of a host name, for a port. Raises OSError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is asked of whom, and what may be taken for it."""

    method: str = hdrs.METH_GET
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None
    seconds: float
    """For all of it, the look-up too."""
    most_bytes: int = 0
    """Of the answer; 0: it is not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the server said."""

    status: int
    body: bytes


async def resolve_host(host: str, port: int) -> list[str]:
    """Return the addresses of a host, by the system. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(row[4][0]) for row in found]


async def ask(
    call: Call, reach: Reach, resolve: Resolve = resolve_host, tls: ssl.SSLContext | Literal[True] = True
) -> Answer:
    """Return the answer, whatever its status; a redirect is not followed, a proxy or cookie not used.

    The host is looked up once and the connection made to that very address, under the host's name: who answers for the
    name cannot give one address to the check and another one to the connection. `tls`: who is believed to be who they
    say, by default whom the system believes. Raises ValueError for an address or an
    answer that is none, PermissionError where it may not be asked, TimeoutError, OSError.
    """
    async with asyncio.timeout(call.seconds):
        url = check_url(call.url)
        pinned = await _pin(url, reach, resolve)
        async with ClientSession(
            connector=TCPConnector(force_close=True, limit=1),
            timeout=ClientTimeout(total=None),
            cookie_jar=DummyCookieJar(),
            auto_decompress=False,
        ) as session:
            headers = {**call.headers, hdrs.HOST: url.host_port_subcomponent or "", hdrs.ACCEPT_ENCODING: "identity"}
            name = url.raw_host if url.scheme == "https" else None
            try:
                async with session.request(
                    call.method,
                    pinned,
                    data=call.body,
                    headers=headers,
                    server_hostname=name,
                    ssl=tls,
                    allow_redirects=False,
                ) as response:
                    return Answer(status=response.status, body=await _body(response, call.most_bytes))
            except ClientError as exc:
                if isinstance(exc, OSError):
                    raise
                raise ValueError(f"the answer cannot be read: {type(exc).__name__}") from exc


async def check_reach(url: str, reach: Reach, resolve: Resolve = resolve_host) -> None:
    """Raise ValueError or PermissionError where a server may not be asked, OSError where it is not found."""
    await _pin(check_url(url), reach, resolve)


async def _pin(url: URL, reach: Reach, resolve: Resolve) -> URL:
    """Return the URL with the address of its host in place of the name."""
    addresses = await resolve(url.raw_host or "", url.port or 0)
    return url.with_host(reach.admitted(addresses, is_https=url.scheme == "https"))


async def _body(response: ClientResponse, most_bytes: int) -> bytes:
    if most_bytes == 0:
        return b""
    raw = b""
    async for chunk in response.content.iter_any():
        raw += chunk
        if len(raw) > most_bytes:
            raise ValueError("the answer is too large")
    return raw
