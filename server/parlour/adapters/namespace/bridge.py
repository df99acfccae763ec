"""Registers a namespace with a python-socketio server and passes its events to the gateway."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import socketio
import structlog

from parlour.adapters.engine import ConnectRefused, Engine
from parlour.adapters.engine.admission import Refused, RequestHead
from parlour.adapters.engine.packets import check_event
from parlour.adapters.namespace.bridge_connection import BridgeConnection, Outlet
from parlour.adapters.socket.gateway import Gateway
from parlour.errors import ParlourError, RateLimited
from parlour.settings import SettingsError

log = structlog.get_logger()

Serving = Callable[[], tuple[Gateway, Engine] | None]
"""Returns what answers now: the gateway, and the engine whose limits and policy hold."""
RETRY_MS = 250
"""Milliseconds after which a client with too many open requests may try again: most answers take less."""


class NamespaceBridge:
    """Serves clients in one namespace of a `socketio.AsyncServer`; other namespaces stay the host's.

    Args:
        sio: the host's server, with the default serializer.
        name: the namespace, such as `/parlour`; nothing of the host may be registered in it.
        serving: returns what answers now, or None while Parlour does not run.

    Raises:
        SettingsError: the server has another serializer, or the namespace is taken.
    """

    def __init__(self, sio: socketio.AsyncServer, name: str, serving: Serving) -> None:
        if sio.packet_class is not socketio.packet.Packet:
            raise SettingsError("A namespace needs the default serializer of socketio.AsyncServer.")
        if not name.startswith("/") or sio.handlers.get(name) or name in sio.namespace_handlers:
            raise SettingsError(f"{name!r} is no free namespace: name one with a slash that has no handlers yet.")
        self._sio = sio
        self._name = name
        self._serving = serving
        self._connections: dict[str, tuple[BridgeConnection, Gateway]] = {}
        self._outlet = Outlet(sio, name)
        sio.on("connect", self._connect, namespace=name)
        sio.on("disconnect", self._disconnect, namespace=name)
        sio.on("*", self._event, namespace=name)

    async def _connect(self, sid: str, environ: Mapping[str, Any], auth: Any = None) -> bool:
        """Admit a client as the gateway does; raises ConnectionRefusedError, after which it does not retry."""
        serving = self._serving()
        connection: BridgeConnection | None = None
        try:
            if serving is None:
                return await self._turn_away(sid)
            gateway, engine = serving
            head = _head(environ)
            engine.policy.check(head)
            connection = BridgeConnection(self._outlet, sid, engine.policy.remote(head), engine.limits)
            await gateway.connect(connection, auth)
            if not self._outlet.is_there(sid):
                # python-socketio tells of no disconnect before CONNECT was answered.
                connection.ended()
                gateway.disconnect(connection, "transport close")
                return False
        except Refused as refusal:
            raise socketio.exceptions.ConnectionRefusedError(refusal.message, refusal.error.to_json()) from None
        except ConnectRefused as refusal:
            raise socketio.exceptions.ConnectionRefusedError(str(refusal), refusal.data) from None
        except Exception as error:
            # No refusal: stock clients never try again after one, and this is the server's fault.
            log.warning("namespace.connect_failed", error=repr(error))
            return await self._turn_away(sid)
        self._connections[sid] = (connection, gateway)
        asyncio.get_running_loop().call_soon(connection.accept)  # once CONNECT is queued, which follows this return
        return True

    async def _turn_away(self, sid: str) -> bool:
        """Drop the client's transport, so that it connects again."""
        await self._outlet.drop(self._outlet.engine_sid(sid))
        return False

    async def _disconnect(self, sid: str, reason: str) -> None:
        """Forget a client that is gone."""
        known = self._connections.pop(sid, None)
        if known is not None:
            connection, gateway = known
            connection.ended()
            gateway.disconnect(connection, reason)

    async def _event(self, event: Any, sid: str, *values: Any) -> Any:
        """Pass one request to the gateway and return its answer, which python-socketio sends as the ack."""
        known = self._connections.get(sid)
        if known is None:
            return None
        connection, gateway = known
        args, ack = connection.take_ack(list(values))
        error = self._fault(connection, event, args)
        if error is not None:
            ack({"ok": False, "error": error.to_json()})
        else:
            gateway.event(connection, event, args, ack)
        return await ack.wait()

    def _fault(self, connection: BridgeConnection, event: Any, args: list[Any]) -> ParlourError | None:
        if connection.held:
            return RateLimited("Too many requests are open; wait for their answers.", retry_after=RETRY_MS)
        return check_event([event, *args], connection.limits)


def _head(environ: Mapping[str, Any]) -> RequestHead:
    """Read from a WSGI environment what admission looks at; aiohttp's driver makes REMOTE_ADDR up."""
    headers = {key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")}
    peer = environ.get("REMOTE_ADDR", "")
    if (request := environ.get("aiohttp.request")) is not None:
        peer = request.remote or ""
    elif (scope := environ.get("asgi.scope")) is not None:
        peer = scope["client"][0] if scope.get("client") else ""
    return RequestHead(environ["REQUEST_METHOD"], environ["PATH_INFO"], {}, headers, peer)
