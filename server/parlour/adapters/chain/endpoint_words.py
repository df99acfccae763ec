"""Names endpoints and their failures without secrets of the URL and without the provider's own text.

Providers take their keys from a URL's user, path, query or host, and quote them in error messages, redirects and pages.
What is worded here reaches `/readyz`, acks, operators and the log.
"""

from __future__ import annotations

from http import HTTPStatus

import aiohttp

from parlour.runtime.nodes.node import Disconnected
from parlour.settings.masking import public_host


def public_name(url: str) -> str:
    """Return scheme, host and port of a URL, with labels of the host that look like a key hidden."""
    try:
        return public_host(url)
    except ValueError:
        return "an endpoint whose URL cannot be read"


def http_status(status: int) -> str:
    """Return the words for a status code; the reason phrase that came is the provider's own text."""
    if 300 <= status < 400:
        return f"HTTP {status}: it redirects, and redirects are not followed; configure the final URL"
    known = status in HTTPStatus._value2member_map_
    return f"HTTP {status} {HTTPStatus(status).phrase}" if known else f"HTTP {status}"


def no_answer(name: str, error: Exception) -> Disconnected:
    """Return the failure of an endpoint that gave no answer; `error` comes from aiohttp or the socket."""
    return Disconnected(f"{name}: {_cause(error)}")


def _cause(error: Exception) -> str:
    match error:
        case TimeoutError():
            return "no answer in time"
        case aiohttp.InvalidURL():
            return "its URL cannot be used"
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientConnectorSSLError() | aiohttp.ClientSSLError():
            return "its TLS certificate or handshake was not accepted"
        case aiohttp.ClientConnectorDNSError():
            return "its host name was not found"
        case aiohttp.ClientConnectorError():
            return f"no connection ({type(error.os_error).__name__})"
        case aiohttp.ClientResponseError():
            return http_status(error.status)
        case aiohttp.ServerDisconnectedError():
            return "the connection closed"
        case _:
            return type(error).__name__
