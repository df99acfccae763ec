"""Keeps what came by a request from reaching into the operator's network: only public addresses are connected to."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver

_LAST_FOUR = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("::/96"))
"""Networks whose last four bytes are an IPv4 address: RFC 6052, and RFC 4291 section 2.5.5.1."""
_LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")
"""RFC 8215: translated by the operator's own network, to wherever it likes; Python calls it global before 3.11.10."""


class PublicResolver(AbstractResolver):
    """Resolves names to public addresses alone, and the connection goes to the address that was looked at.

    A name may point into the operator's network, by mistake or by who owns it. An address that is written out is not
    resolved: whoever takes one from a request asks `is_public`.

    Args:
        resolver: asks for the addresses; the system's by default.
        private: names of the operator's own network that may be reached all the same.
    """

    def __init__(self, resolver: AbstractResolver | None = None, private: Collection[str] = ()) -> None:
        self._resolver = resolver or DefaultResolver()
        self._private = private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the public addresses of a host; raises OSError where it has none."""
        found = await self._resolver.resolve(host, port, family)
        public = [each for each in found if host in self._private or is_public(each["host"])]
        if not public:
            raise OSError("the name has no public address")
        return public

    async def close(self) -> None:
        """Close the resolver behind."""
        await self._resolver.close()


def is_public(host: str) -> bool:
    """Return whether a host is an address outside loopback, private, link-local and other special networks."""
    address = _address(host)
    if address is None:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if address in _LOCAL_NAT64:
            return False
        if any(address in network for network in _LAST_FOUR):
            return is_public(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is not None:
            return is_public(str(inner))
    return address.is_global and not address.is_multicast


def is_address(host: str) -> bool:
    """Return whether a host is an address and no name."""
    return _address(host) is not None


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None
