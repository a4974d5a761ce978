"""Which addresses count as one client, and which as one network."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

ADDRESSES = 10_000
UNKNOWN = "unknown"
"""Where there is no address: a Unix socket, or a text that is none."""


@lru_cache(ADDRESSES)
def client_source(address: str) -> str:
    """Return what rates are counted by: an IPv4 address, or the /64 of an IPv6 address; else the text itself.

    One subscriber has a whole /64 (RFC 6177), so that counting its addresses apart would count nothing.
    """
    ip = _parsed(address)
    if ip is None or ip.version == 4:  # noqa: PLR2004
        return address if ip is None else str(ip)
    return str(ip_network((ip, 64), strict=False))


def client_network(address: str) -> str:
    """Return the network that shares a guess bucket with an address: its /24 (IPv4) or /64 (IPv6)."""
    ip = _parsed(address)
    if ip is None:
        return UNKNOWN
    return str(ip_network((ip, 24 if ip.version == 4 else 64), strict=False).network_address)  # noqa: PLR2004


@lru_cache(ADDRESSES)
def unmapped(address: str) -> str:
    """Return an IPv4 address that a socket for both kinds wrote as IPv6 (`::ffff:192.0.2.1`) as itself."""
    ip = _parsed(address) if address.startswith("::") else None
    return address if ip is None else str(ip)


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    """Return an address, as IPv4 where it is one in IPv6 (`::ffff:192.0.2.1`); None for a text that is none."""
    try:
        ip = ip_address(address)
    except ValueError:
        return None
    return ip.ipv4_mapped if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None else ip
