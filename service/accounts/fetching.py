"""Fetching one small document from a web server, without being led to servers that are not meant."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

STEP_SECONDS = 5.0
WHOLE_SECONDS = 15.0
MOST_BYTES = 256 * 1024
CHUNK = 16 * 1024


class _Pinned(http.client.HTTPSConnection):
    """A connection to one address, which speaks TLS under the host's name: the name is not looked up again."""

    def __init__(self, parts: SplitResult, address: str, port: int) -> None:
        super().__init__(parts.hostname or "", port, timeout=STEP_SECONDS)
        self._address = address
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None

    def connect(self) -> None:
        """Connect."""
        self.sock = socket.create_connection((self._address, self.port), STEP_SECONDS)
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host)


def fetch(url: str, *, may_be_private: bool = False) -> bytes:
    """Return what is at an address: `https://` of a global address, or on this machine. Blocks, some 15 s at most.

    A redirect is not followed. Raises OSError, or ValueError for an answer that is none.
    """
    parts = check_url(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    address = admitted(
        [str(row[4][0]) for row in found], is_https=parts.scheme == "https", may_be_private=may_be_private
    )
    connection, ends = _Pinned(parts, address, port), time.monotonic() + WHOLE_SECONDS
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", path, headers={"Accept": "application/json", "Connection": "close"})
        response = connection.getresponse()
        if response.status != HTTPStatus.OK:
            raise ValueError(f"the server answered {response.status}")
        return _body(response, ends)
    except http.client.HTTPException as exc:
        raise ValueError(f"the answer cannot be read: {type(exc).__name__}") from exc
    finally:
        connection.close()


def check_url(url: str) -> SplitResult:
    """Return the parts of an address that may be fetched. Raises ValueError."""
    parts = urlsplit(url)
    _ = parts.port  # which raises ValueError where it is none
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.username is not None:
        raise ValueError("must be https://host/path, or http:// on this machine")
    return parts


def admitted(addresses: Iterable[str], *, is_https: bool, may_be_private: bool) -> str:
    """Return the first of a host's addresses, if all may be asked. Raises PermissionError.

    One that may not be asked makes all suspicious: who answers for the name can choose which one is tried.
    """
    checked = [ip_address(address.partition("%")[0]) for address in addresses]
    if not checked:
        raise PermissionError("the host name does not resolve")
    if not all(_may_be_asked(address, is_https=is_https, may_be_private=may_be_private) for address in checked):
        raise PermissionError("must be https:// and resolve to public addresses, or be on this machine")
    return str(checked[0])


def _may_be_asked(address: IPv4Address | IPv6Address, *, is_https: bool, may_be_private: bool) -> bool:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address.is_loopback:
        return True
    if address.is_multicast or address.is_link_local or address.is_unspecified:
        return False
    return is_https and (address.is_global or (may_be_private and address.is_private))


def _body(response: http.client.HTTPResponse, ends: float) -> bytes:
    raw = b""
    while chunk := response.read1(CHUNK):
        raw += chunk
        if len(raw) > MOST_BYTES or time.monotonic() > ends:
            raise ValueError("the answer is too large or too slow")
    return raw
