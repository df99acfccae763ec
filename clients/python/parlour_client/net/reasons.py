"""Why a server cannot be reached, as one sentence of a typed error: what was answered, or what went wrong before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from parlour_client.errors import (
    ConnectionLost,
    Forbidden,
    Invalid,
    ParlourError,
    Unauthorized,
    Unavailable,
    Unreachable,
    error_from,
)

_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_BUSY = frozenset({408, 425, 429})
"""Statuses below 500 that pass by themselves (RFC 9110 section 15.5, RFC 6585 section 4, RFC 8470)."""
_SHOWN = 80
"""Characters of an answer that is no JSON, in an error's sentence."""


def checked_url(url: str) -> str:
    """Return a server's address without a slash at its end, `ws` as `http`.

    Raises:
        Invalid: it lacks its scheme or its host, or has a bad port.
    """
    try:
        parts = urlsplit(url)
        known = _SCHEMES.get(parts.scheme.lower())
        complete = known is not None and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError as error:
        raise Invalid(f"{url!r} is no address: {error}.") from error
    if not complete or known is None:
        cause = ValueError(f"scheme {parts.scheme!r}, host {parts.hostname!r}")
        raise Invalid(f"{url!r} is no address of a server; it begins as http:// or https://.") from cause
    return parts._replace(scheme=known).geturl().rstrip("/")


def from_exception(url: str, error: BaseException) -> ConnectionLost:
    """Return what an exception of a request means; `Unreachable` where trying again cannot help."""
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return Unreachable(f"The certificate of {url} is not trusted: {error.certificate_error}.")
        case aiohttp.ClientConnectorSSLError():
            return Unreachable(f"{url} does not speak TLS, or not ours: {error.os_error}. Is it http://?")
        case aiohttp.ClientConnectorDNSError():
            return ConnectionLost(f"The name {error.host} cannot be resolved: {error.os_error.strerror}.")
        case aiohttp.ClientConnectorError():
            reason = error.os_error.strerror or error.os_error
            return ConnectionLost(f"Nobody can be reached at {error.host}:{error.port}: {reason}.")
        case aiohttp.ClientResponseError():
            return Unreachable(f"What answers at {url} does not speak HTTP: {error.message}. Is it another port?")
        case TimeoutError():
            return ConnectionLost(f"{url} did not answer in time.")
    return ConnectionLost(f"{url} does not answer: {error or type(error).__name__}.")


def from_answer(url: str, status: int, headers: Mapping[str, str], body: bytes) -> ParlourError:
    """Return what an HTTP answer means that was not the one asked for.

    A Parlour server's own `error` comes back as it stands. Anybody else's answer is `Unavailable` where it passes by
    itself (a proxy's 502), and `Unreachable`, `Forbidden` or `Unauthorized` where it lasts.
    """
    parsed = parsed_json(body)
    if status >= 400 and isinstance(parsed, dict) and isinstance(parsed.get("error"), dict):
        return error_from(parsed["error"], Unavailable)
    name = f"{status} {HTTPStatus(status).phrase}" if status in HTTPStatus._value2member_map_ else str(status)
    if status >= 500 or status in _BUSY:
        return Unavailable(
            f"Something before the server at {url} answered {name}: the server is away or full.",
            retry_after=_retry_after_ms(headers),
        )
    if 300 <= status < 400:
        return Unreachable(f"{url} redirects to {headers.get('Location', 'another address')}: connect to that one.")
    if status == 403:
        return Forbidden(f"{url} refuses this client: {name}. Perhaps its origin or its address is not allowed.")
    if status in (401, 407):
        return Unauthorized(f"Something before the server at {url} asks for a password: {name}.")
    if status >= 400:
        return Unreachable(f"There is no Parlour server at {url}: it answered {name}.")
    shown = "an HTML page" if b"<html" in body[:2_000].lower() else repr(body[:_SHOWN].decode("utf-8", "replace"))
    return Unreachable(f"There is no Parlour server at {url}: it answered {shown}.")


def parsed_json(body: bytes) -> Any:
    """Return what a body says as JSON, None where it is none."""
    try:
        return json.loads(body)
    except ValueError:
        return None


class Witness:
    """Remembers how the last HTTP request of a session ended: Socket.IO's library tells of a failure only that it was.

    Attributes:
        trace: goes into the session's `trace_configs`.
    """

    def __init__(self) -> None:
        self.trace = aiohttp.TraceConfig()
        self.trace.on_request_end.append(self._ended)
        self.trace.on_request_exception.append(self._failed)
        self.trace.on_response_chunk_received.append(self._read)
        self._exception: BaseException | None = None
        self._answer: tuple[int, Mapping[str, str]] | None = None
        self._body = b""

    def forget(self) -> None:
        """Begin anew, before a request."""
        self._exception, self._answer, self._body = None, None, b""

    def reason(self, url: str, error: Exception) -> ParlourError:
        """Return what the last request tells of `error`, with its cause."""
        if self._exception is not None:
            found: ParlourError = from_exception(url, self._exception)
            found.__cause__ = self._exception
        elif self._answer is not None and self._answer[0] != HTTPStatus.SWITCHING_PROTOCOLS:
            found = from_answer(url, *self._answer, self._body)
            found.__cause__ = error
        else:
            found = from_exception(url, error)
            found.__cause__ = error
        return found

    async def _ended(self, _session: object, _context: object, end: aiohttp.TraceRequestEndParams) -> None:
        self._exception, self._answer = None, (end.response.status, end.response.headers)

    async def _failed(self, _session: object, _context: object, end: aiohttp.TraceRequestExceptionParams) -> None:
        self._exception, self._answer = end.exception, None

    async def _read(self, _session: object, _context: object, read: aiohttp.TraceResponseChunkReceivedParams) -> None:
        self._body = read.chunk


def _retry_after_ms(headers: Mapping[str, str]) -> int | None:
    """Return the seconds of `Retry-After` (RFC 9110 section 10.2.3) as milliseconds; a date is left out."""
    seconds = headers.get("Retry-After", "")
    return int(seconds) * 1000 if seconds.isascii() and seconds.isdigit() else None
