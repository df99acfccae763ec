"""Tells whether a request came over TLS, or from this very machine, so that nobody between could read it."""

from __future__ import annotations

from aiohttp import web

from parlour.adapters.http.client_address import ClientAddress
from parlour.core.identity.sign_in import is_loopback_host
from parlour.errors import Forbidden
from parlour.runtime.limits import parse_address


def is_encrypted(request: web.Request, addresses: ClientAddress) -> bool:
    """Return whether the client speaks TLS, with the server or with a proxy of ours that says so."""
    return addresses.asked_for(request).lower().startswith("https://")


def check_private(request: web.Request, addresses: ClientAddress) -> None:
    """Raise Forbidden for a request that others on its way could read."""
    client = parse_address(addresses.of(request))
    here = client is not None and client.is_loopback and is_loopback_host(request.host)
    if not here and not is_encrypted(request, addresses):
        raise Forbidden("Use https, or open this on the server's own machine.", reason="insecure")
