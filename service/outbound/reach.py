"""Which servers may be asked: public ones by https, and what an operator allows beside them."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

from yarl import URL

if TYPE_CHECKING:
    from collections.abc import Iterable

NAT64 = IPv6Network("64:ff9b::/96")
UNICAST = IPv6Network("2000::/3")
"""What IANA has given out of IPv6 for use in public."""
LONGEST_URL = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What may be asked beside public addresses by https."""

    this_machine: bool = False
    """Also by http."""
    private: bool = False
    """Private networks, by https."""
    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    """Networks that may be asked in any case, also by http."""

    def admitted(self, addresses: Iterable[str], *, is_https: bool) -> str:
        """Return the first of a host's addresses, if all may be asked. Raises PermissionError.

        One that may not be asked makes all suspicious: who answers for the name can choose which one is tried.
        """
        checked = [ip_address(address.partition("%")[0]) for address in addresses]
        if not checked:
            raise PermissionError("the host name does not resolve")
        if not all(self._holds(carried(address), is_https=is_https) for address in checked):
            raise PermissionError("must be https:// and resolve to public addresses only")
        return str(checked[0])

    def _holds(self, address: IPv4Address | IPv6Address, *, is_https: bool) -> bool:
        if any(address in network for network in self.networks):
            return True
        if address.is_loopback:
            return self.this_machine
        if address.is_multicast or address.is_link_local or address.is_unspecified or address.is_reserved:
            return False
        if isinstance(address, IPv6Address) and address not in UNICAST and not address.is_private:
            return False
        return is_https and (address.is_global or (self.private and address.is_private))


def carried(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that an IPv6 one leads to: mapped, by NAT64 (RFC 6052) or 6to4 (RFC 3056)."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def check_url(url: str) -> URL:
    """Return an address that may be asked, as far as its text says. Raises ValueError."""
    if len(url) > LONGEST_URL or not url.isprintable() or " " in url:
        raise ValueError(f"must be https://host/path of at most {LONGEST_URL} characters, without spaces")
    parts = URL(url)
    _ = parts.port  # which raises ValueError where it is none
    if parts.scheme not in {"https", "http"} or not parts.host or parts.user is not None or parts.password is not None:
        raise ValueError("must be https://host/path, without a user name")
    return parts.with_fragment(None)
