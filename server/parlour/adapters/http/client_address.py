"""Finds the client's IP address, under which requests are counted, and the address by which it found this server.

`X-Forwarded-For` is believed only as far as configured proxies wrote it: from the right, the first address that is not
a proxy of ours. An IPv6 customer owns a /64, so a /64 is one client; an IPv4 address mapped into IPv6 is that IPv4
address. `X-Forwarded-Proto`, `-Host` and `-Prefix` are believed of a proxy of ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_network

from aiohttp import web

from parlour.runtime.limits import address_key, parse_address


class ClientAddress:
    """Finds the client behind a request.

    Args:
        proxies: networks or addresses of our own proxies, such as `10.0.0.0/8`.

    Raises:
        ValueError: one of them is neither.
    """

    def __init__(self, proxies: Sequence[str] = ()) -> None:
        self._proxies = [ip_network(proxy, strict=False) for proxy in proxies]

    def of(self, request: web.Request) -> str:
        """Return the key under which an HTTP request is counted."""
        return self.find(request.remote, ", ".join(request.headers.getall("X-Forwarded-For", [])))

    def find(self, peer: str | None, forwarded: str = "") -> str:
        """Return the key for a peer with this `X-Forwarded-For`; `unknown` where the peer has no IP address."""
        client = parse_address(peer or "")
        for hop in reversed(forwarded.split(",") if forwarded else []):
            if client is None or not self._is_ours(client):
                break
            before = parse_address(hop.strip())
            if before is None:
                break
            client = before
        return "unknown" if client is None else address_key(client)

    def asked_for(self, request: web.Request) -> str:
        """Return the address by which the client found this server, without a slash at its end."""
        scheme, host, prefix = request.scheme, request.host, ""
        peer = parse_address(request.remote or "")
        if peer is not None and self._is_ours(peer):
            scheme = _said(request, "Proto") or scheme
            host = _said(request, "Host") or host
            prefix = _said(request, "Prefix").strip("/")
        return f"{scheme}://{host}/{prefix}".rstrip("/")

    def hosts_of(self, headers: Mapping[str, str]) -> set[str]:
        """Return the hosts by which a handshake may have found this server; header names are in lower case."""
        named = {headers.get("host", "")}
        if self._proxies:
            named.add(headers.get("x-forwarded-host", "").rpartition(",")[2].strip())
        return {host.lower() for host in named if host}

    def _is_ours(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self._proxies if network.version == address.version)


def _said(request: web.Request, what: str) -> str:
    """Return the last value of an X-Forwarded header: what the nearest proxy wrote."""
    return request.headers.get(f"X-Forwarded-{what}", "").rpartition(",")[2].strip()
