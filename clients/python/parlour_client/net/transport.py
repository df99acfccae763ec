"""Sockets by python-socketio: a WebSocket, or polling where none can be had."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import socketio

from parlour_client.errors import ConnectionLost, ParlourError, Unavailable, error_from
from parlour_client.net.reasons import Witness, from_exception
from parlour_client.ports import Receive

TRANSPORTS = ("websocket", "polling")
"""Tried in this order each time."""
OPEN_TIMEOUT_S = 10
"""For one transport, from the first packet to the server's yes."""
CLOSE_TIMEOUT_S = 1.0
"""For a goodbye; a poll under way would be waited for until its end, half a minute."""


@dataclass(frozen=True, slots=True)
class SocketPlace:
    """Where a server's socket is.

    Attributes:
        url: the server's address.
        path: of its socket on that host; None for `socket.io` below the path of `url`.
        namespace: that Parlour is in, where the socket is that of an application's own Socket.IO server.
    """

    url: str
    path: str | None = None
    namespace: str = "/"

    @property
    def socket_path(self) -> str:
        """The path that the socket is asked for at."""
        return f"{urlsplit(self.url).path.rstrip('/')}/socket.io" if self.path is None else self.path


class Dialer:
    """Opens sockets to one server; implements `parlour_client.ports.Dial`.

    Args:
        place: where its socket is.
        http: carries every socket; not closed here.
        transports: what is tried, in this order.
        witness: traces `http`; without it less is known of a failure.
    """

    def __init__(
        self,
        place: SocketPlace,
        http: aiohttp.ClientSession,
        transports: tuple[str, ...] = TRANSPORTS,
        *,
        witness: Witness | None = None,
    ) -> None:
        self._place = place
        self._url = place.url
        self._http = http
        self._witness = witness or Witness()
        self.transports = transports

    async def __call__(self, auth: Mapping[str, Any], receive: Receive) -> SocketIo:
        """Open a socket by the first transport that works.

        Raises:
            Unavailable: nobody answered (ConnectionLost), or the server cannot take it now.
            ParlourError: the server refuses for good; Unreachable where what answers is no Parlour server.
        """
        lost: ParlourError = ConnectionLost(f"{self._url} cannot be reached: no transport is allowed.")
        for transport in self.transports:
            self._witness.forget()
            try:
                async with asyncio.timeout(OPEN_TIMEOUT_S + CLOSE_TIMEOUT_S):
                    return await self._open(dict(auth), receive, transport)
            except _Failed as failed:
                lost = self._witness.reason(self._url, failed.error)
            except TimeoutError as error:
                lost = from_exception(self._url, error)
                lost.__cause__ = error
        raise lost

    async def _open(self, auth: dict[str, Any], receive: Receive, transport: str) -> SocketIo:
        client = socketio.AsyncClient(reconnection=False, handle_sigint=False, http_session=self._http)
        refusals: list[Any] = []
        place = self._place
        client.on("connect_error", refusals.append, namespace=place.namespace)
        client.on("*", lambda event, data=None, *_more: receive(event, data), namespace=place.namespace)
        try:
            await client.connect(
                place.url,
                auth=auth,
                transports=[transport],
                namespaces=[place.namespace],
                socketio_path=place.socket_path,
                wait_timeout=OPEN_TIMEOUT_S,
            )
        except Exception as error:  # the library reads what any program may have answered
            if refusals and isinstance(refusals[-1], dict) and "data" in refusals[-1]:
                raise error_from(refusals[-1]["data"], Unavailable) from error
            raise _Failed(error) from error
        if client.eio.state != "connected":
            raise _Failed(ConnectionError("The socket ended while it opened."))
        return SocketIo(client, place.namespace)


class _Failed(Exception):
    """A transport could not be opened, and the server itself has not refused it."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class SocketIo:
    """An open Socket.IO connection; implements `parlour_client.ports.Socket`."""

    def __init__(self, client: socketio.AsyncClient, namespace: str) -> None:
        self._client = client
        self._namespace = namespace

    @property
    def connected(self) -> bool:
        return bool(self._client.connected)

    async def emit(self, event: str, data: Mapping[str, Any], acked: Callable[[Any], None] | int) -> None:
        try:
            if isinstance(acked, int):
                await self._client.emit(event, (dict(data), acked), self._namespace)
            else:
                await self._client.emit(event, dict(data), self._namespace, callback=lambda ack=None: acked(ack))
        except socketio.exceptions.SocketIOError as error:
            raise ConnectionLost("Not connected.") from error

    async def ended(self) -> None:
        # Waited for from outside: a cancellation that reached the library's reader at the moment of a packet would be
        # swallowed by `asyncio.wait_for` (Python 3.11), and the reader would go on for ever.
        await asyncio.wait([asyncio.ensure_future(self._client.eio.wait())])

    async def close(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                if self._client.connected:
                    await self._client.disconnect()
