"""Decide who may connect, by Host, Origin and trusted proxies, and word the refusal. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from parlour.errors import Forbidden, Invalid, ParlourError, TooLarge, Unavailable

UNKNOWN_TRANSPORT, UNKNOWN_SID, BAD_METHOD, BAD_REQUEST, FORBIDDEN, UNSUPPORTED_VERSION = range(6)
"""Error codes of the reference Engine.IO server; clients and tools read them."""


@dataclass(frozen=True, slots=True)
class RequestHead:
    """The parts of one HTTP request that admission reads.

    Attributes:
        method: GET, POST, …
        path: the path without its query.
        query: the query's parameters, decoded; the first of each name.
        headers: the headers; names are lower-case.
        peer: the IP address at the other end of the TCP connection, or "".
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    peer: str


class Refused(Exception):
    """A request is refused with an HTTP answer.

    Attributes:
        status: the HTTP status.
        code: Engine.IO's error code, one of those above.
        message: Engine.IO's error message.
        error: the same as a Parlour error; by default the one that fits the status.
    """

    def __init__(self, status: int, code: int, message: str, error: ParlourError | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.error = error or {403: Forbidden, 413: TooLarge, 503: Unavailable}.get(status, Invalid)(message)
        self.code = code
        self.message = message

    def body(self) -> dict[str, Any]:
        """Return the JSON answer: Engine.IO's `code`, `message` and Parlour's `error` (docs/protocol.md §3)."""
        return {"code": self.code, "message": self.message, "error": self.error.to_json()}


ORIGINS_REPORTED = 100
"""Refused origins that are reported: an operator's own mistake shows, and strangers cannot fill the log."""
_ORIGIN_REFUSED = "Pages of this origin may not connect: the server's operator can name it in PARLOUR_ORIGINS."
SHOWN = 200
"""Characters of a refused origin that are reported."""


class AdmissionPolicy:
    """Decides from a request's headers whether it may come in, and finds the address of its client.

    Args:
        origins: exact origins browsers may come from; None means the server's own host only, "*" any.
        also_accepts: says of an origin that is not listed whether browsers may come from it all the same.
        on_refused: called with an origin that was refused, once for each.
        hosts: values of Host that are served; None means any.
        trusted_proxies: addresses or networks whose X-Forwarded-For and X-Forwarded-Host are believed.
        credentials: cookies are in use, which "*" must never be combined with.
    Raises:
        ValueError: "*" together with credentials, or a proxy that is no address or network.
    """

    def __init__(
        self,
        *,
        origins: Collection[str] | None = None,
        also_accepts: Callable[[str], bool] = lambda origin: False,
        on_refused: Callable[[str], None] = lambda origin: None,
        hosts: Collection[str] | None = None,
        trusted_proxies: Collection[str] = (),
        credentials: bool = False,
    ) -> None:
        if origins is not None and "*" in origins and credentials:
            raise ValueError("every origin ('*') cannot be allowed together with credentials")
        self._origins = None if origins is None else frozenset(origin.lower().rstrip("/") for origin in origins)
        self._any_origin = self._origins is not None and "*" in self._origins
        self._also_accepts = also_accepts
        self._on_refused = on_refused
        self._reported: set[str] = set()
        self._hosts = None if hosts is None else frozenset(host.lower() for host in hosts)
        self._proxies: list[IPv4Network | IPv6Network] = [ip_network(proxy) for proxy in trusted_proxies]

    def check(self, request: RequestHead) -> None:
        """Check Host and Origin. A missing Origin is allowed, because no cookie is ever read here.

        Raises:
            Refused: 403.
        """
        if not self.serves_host(request):
            raise Refused(403, FORBIDDEN, "This host is not served here.")
        origin = request.headers.get("origin")
        if origin is not None and not self.allows_origin(origin, self.host(request)):
            self._report_once(origin[:SHOWN])
            raise Refused(403, FORBIDDEN, "This origin may not connect.", Forbidden(_ORIGIN_REFUSED, reason="origin"))

    def serves_host(self, request: RequestHead) -> bool:
        """Return whether the request's Host is on the list, with its port or without."""
        host = self.host(request)
        return self._hosts is None or host in self._hosts or host.rpartition(":")[0] in self._hosts

    def allows_origin(self, origin: str, host: str) -> bool:
        """Return whether a browser's `origin` may connect to `host` (RFC 6454 §7)."""
        origin = origin.lower()
        if self._origins is None:
            parts = urlsplit(origin)
            return parts.scheme in ("http", "https") and parts.netloc == host
        return self._any_origin or origin in self._origins or self._also_accepts(origin)

    def _report_once(self, origin: str) -> None:
        if origin not in self._reported and len(self._reported) < ORIGINS_REPORTED:
            self._reported.add(origin)
            self._on_refused(origin)

    def host(self, request: RequestHead) -> str:
        """Return the host that was asked for, lower-case: a trusted proxy's X-Forwarded-Host, else Host."""
        forwarded = request.headers.get("x-forwarded-host")
        if forwarded and self._trusts(request.peer):
            return forwarded.rpartition(",")[2].strip().lower()
        return request.headers.get("host", "").lower()

    def remote(self, request: RequestHead) -> str:
        """Return the client's address: the nearest in X-Forwarded-For that is not a trusted proxy itself."""
        address = request.peer
        chain = request.headers.get("x-forwarded-for")
        if not chain or not self._trusts(address):
            return address
        for hop in reversed(chain.split(",")):
            hop = hop.strip()
            if _parse_address(hop) is None:
                return address
            address = hop
            if not self._trusts(hop):
                break
        return address

    def _trusts(self, address: str) -> bool:
        parsed = _parse_address(address) if self._proxies else None
        return parsed is not None and any(parsed in proxy for proxy in self._proxies)


def _parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """Parse an IP address; IPv4 addresses that a dual-stack socket shows as IPv6 become IPv4 again."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
