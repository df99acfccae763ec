"""Who may knock: Host and Origin allow-lists, proxies that are believed, and what a refusal looks like. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from parlour.errors import Forbidden, Invalid, ParlourError, TooLarge, Unavailable


@dataclass(frozen=True, slots=True)
class Handshake:
    """One HTTP request, as much of it as admission reads. Header names are lower-case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    peer: str


class Refused(Exception):
    """The request gets this HTTP answer and nothing else."""

    def __init__(self, status: int, code: int, message: str, error: ParlourError | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.error = error or {403: Forbidden, 413: TooLarge, 503: Unavailable}.get(status, Invalid)(message)
        self.code = code
        self.message = message

    def body(self) -> dict[str, Any]:
        """Engine.IO's own `code` and `message`, beside the error object every Parlour answer has (protocol §3)."""
        return {"code": self.code, "message": self.message, "error": self.error.to_json()}


# The codes of the reference server, so that tools reading them keep working.
UNKNOWN_TRANSPORT, UNKNOWN_SID, BAD_METHOD, BAD_REQUEST, FORBIDDEN, UNSUPPORTED_VERSION = range(6)


NOT_SERVED = "This host is not served here."


class Doorkeeper:
    """Answers whether a request may come in, and who is behind it.

    Args:
        origins: exact origins browsers may come from; None means the server's own host only, "*" any.
        hosts: values of Host that are served; None means any.
        trusted_proxies: addresses or networks whose X-Forwarded-For and X-Forwarded-Host are believed.
        credentials: cookies are in use, which "*" must never go with.
    Raises:
        ValueError: "*" together with credentials.
    """

    def __init__(
        self,
        *,
        origins: Collection[str] | None,
        hosts: Collection[str] | None,
        trusted_proxies: Collection[str],
        credentials: bool = False,
    ) -> None:
        if origins is not None and "*" in origins and credentials:
            raise ValueError("every origin ('*') cannot be allowed together with credentials")
        self._origins = None if origins is None else frozenset(origin.lower().rstrip("/") for origin in origins)
        self._any_origin = self._origins is not None and "*" in self._origins
        self._hosts = None if hosts is None else frozenset(host.lower() for host in hosts)
        self._proxies: list[IPv4Network | IPv6Network] = [ip_network(proxy) for proxy in trusted_proxies]

    def admit(self, request: Handshake) -> None:
        """Check Host and Origin. A missing Origin is allowed: no cookie is ever read here.

        Raises:
            Refused: 403.
        """
        if not self.serves(request):
            raise Refused(403, FORBIDDEN, NOT_SERVED)
        origin = request.headers.get("origin")
        if origin is not None and not self.allows(origin, self.host(request)):
            raise Refused(403, FORBIDDEN, "This origin may not connect.")

    def serves(self, request: Handshake) -> bool:
        """Whether its Host is on the list, with a port or without."""
        host = self.host(request)
        return self._hosts is None or host in self._hosts or host.rpartition(":")[0] in self._hosts

    def allows(self, origin: str, host: str) -> bool:
        origin = origin.lower()
        if self._origins is None:
            parts = urlsplit(origin)
            return parts.scheme in ("http", "https") and parts.netloc == host
        return self._any_origin or origin in self._origins

    def host(self, request: Handshake) -> str:
        forwarded = request.headers.get("x-forwarded-host")
        if forwarded and self._trusts(request.peer):
            return forwarded.rpartition(",")[2].strip().lower()
        return request.headers.get("host", "").lower()

    def remote(self, request: Handshake) -> str:
        """The client's address: the nearest one in the chain of proxies that is not a trusted proxy itself."""
        address = request.peer
        chain = request.headers.get("x-forwarded-for")
        if not chain or not self._trusts(address):
            return address
        for hop in reversed(chain.split(",")):
            hop = hop.strip()
            if _parsed(hop) is None:
                return address
            address = hop
            if not self._trusts(hop):
                break
        return address

    def _trusts(self, address: str) -> bool:
        parsed = _parsed(address) if self._proxies else None
        return parsed is not None and any(parsed in proxy for proxy in self._proxies)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """The address; an IPv4 one that a dual-stack socket shows as IPv6 is that IPv4 address."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
