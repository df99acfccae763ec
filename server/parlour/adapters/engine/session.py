"""One Engine.IO session (protocol v4): a client, whatever transport it is on at the moment."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from parlour.adapters.engine import frames, packets
from parlour.adapters.engine.admission import BAD_REQUEST, Refused
from parlour.adapters.engine.connection import ConnectLater, ConnectRefused, EngineConnection
from parlour.adapters.engine.frames import Frame
from parlour.adapters.engine.outbox import SendQueue
from parlour.adapters.engine.packets import Malformed, Packet
from parlour.adapters.engine.rfc6455 import GOING_AWAY
from parlour.adapters.engine.websocket import WebSocket
from parlour.errors import ParlourError

if TYPE_CHECKING:
    from parlour.adapters.engine.engine import Engine

log = logging.getLogger("parlour.engine")


class EngineSession:
    """Reads packets, answers CONNECT, keeps the heartbeat and ends once. What is said goes through its `outbox`."""

    __slots__ = (
        "_holds",
        "_namespaces",
        "_outstanding",
        "_partial",
        "_posting",
        "_probed",
        "_resumed",
        "closed",
        "engine",
        "headers",
        "origin",
        "outbox",
        "probing",
        "remote",
        "sid",
    )

    def __init__(self, engine: Engine, sid: str, remote: str, headers: Mapping[str, str]) -> None:
        self.engine = engine
        self.sid = sid
        self.remote = remote
        self.origin = headers.get("origin")
        self.headers = headers
        self.closed = False
        self.probing = False
        self._probed = False
        self.outbox = SendQueue(engine, self)
        self._namespaces: dict[str, EngineConnection] = {}
        self._partial: Packet | None = None
        self._holds = 0
        self._outstanding = 0
        self._resumed: asyncio.Future[None] | None = None
        self._posting = False
        engine.connects.add(self)
        engine.pings.add(self)

    @property
    def transport(self) -> str:
        return "polling" if self.outbox.socket is None else "websocket"

    # --- what the client says

    def received(self, message: str | bytes) -> None:
        """One Engine.IO packet; binary messages are Socket.IO attachments."""
        if self.closed:
            return
        try:
            if isinstance(message, bytes):
                self._attachment(message)
            elif self._partial is None and (plain := packets.plain_event(message, self.engine.limits)) is not None:
                id, data = plain
                self._event("/", id, data, None)
            elif message[:1] == "4":
                self._packet(message[1:])
            elif message == "3":
                self._pong()
            elif message == "1":
                self.end("transport close", final=frames.NOOP)
            elif message not in ("5", "6"):
                raise Malformed("an unexpected packet type")
        except Malformed as error:
            self._parse_error(error)

    def _parse_error(self, error: Malformed) -> None:
        log.debug("closed %s: %s", self.remote, error)
        self.engine.stats.malformed += 1
        self.end("parse error", final=frames.CLOSE)

    def _packet(self, text: str) -> None:
        if self._partial is not None:
            raise Malformed("text where an attachment is due")
        packet = packets.decode(text, self.engine.limits)
        if packet.type == packets.CONNECT:
            self._connect(packet)
        elif packet.namespace not in self._namespaces:
            raise Malformed("a packet before CONNECT")
        elif packet.waiting:
            self._partial = packet
        elif packet.type == packets.EVENT:
            self._event(packet.namespace, packet.id, packet.data, packet.error)
        elif packet.type == packets.DISCONNECT:
            self._disconnect(packet.namespace)

    def _attachment(self, data: bytes) -> None:
        packet = self._partial
        if packet is None:
            raise Malformed("an attachment of nothing")
        if packet.add(data, self.engine.limits):
            self._partial = None
            if packet.type == packets.EVENT:
                self._event(packet.namespace, packet.id, packet.data, packet.error)

    def _event(self, namespace: str, id: int | None, data: list[Any], error: ParlourError | None) -> None:
        connection = self._namespaces.get(namespace)
        if connection is None:
            raise Malformed("an event before CONNECT")
        if id is not None:
            self._outstanding += 1
            if self._outstanding == self.engine.limits.outstanding:
                self.hold()
        connection.deliver(id, data, error)

    def answered(self) -> None:
        """A request of this session has its answer."""
        self._outstanding -= 1
        if self._outstanding == self.engine.limits.outstanding - 1:
            self.release()

    def _connect(self, packet: Packet) -> None:
        namespace = packet.namespace
        if namespace in self._namespaces:
            raise Malformed("a second CONNECT")
        handlers = self.engine.namespaces.get(namespace)
        if handlers is None:
            self.outbox.send(frames.refused({"message": "Invalid namespace"}, namespace))
            return
        connection = EngineConnection(self, namespace, handlers)
        self._namespaces[namespace] = connection
        self.hold()
        self.engine.spawn(self._admit(connection, packet.data))

    async def _admit(self, connection: EngineConnection, auth: object | None) -> None:
        """Ask the handlers, and answer CONNECT. Nothing else of this client is read meanwhile."""
        try:
            await connection.handlers.connect(connection, auth)
        except ConnectRefused as refusal:
            self._namespaces.pop(connection.namespace, None)
            message = str(refusal.data.get("message", "Refused"))
            self.outbox.send(frames.refused({"message": message, "data": refusal.data}, connection.namespace))
        except Exception as error:
            # No CONNECT_ERROR: stock clients never try again after one, and this is our fault.
            if not isinstance(error, ConnectLater):
                log.exception("the connect handler failed")
            self._namespaces.pop(connection.namespace, None)
            self.end("server error")
        else:
            connection.accept()
        finally:
            self.release()

    def _disconnect(self, namespace: str) -> None:
        connection = self._namespaces[namespace]
        self.forget(namespace)
        connection.gone("client namespace disconnect")

    def forget(self, namespace: str) -> None:
        """A namespace is left; a transport without any is kept only as long as one that never connected."""
        self._namespaces.pop(namespace, None)
        if not self._namespaces:
            self.engine.connects.add(self)

    # --- what the WebSocket says

    def writable(self, ready: bool) -> None:
        if not ready:
            return
        self.outbox.resume()
        if self.closed and self.outbox.socket is not None:
            self.outbox.socket.close(GOING_AWAY)

    def pinged(self, pong: bytes) -> None:
        """A WebSocket PING: its PONG counts against the queue like everything else."""
        self.outbox.send(Frame.raw(pong))

    # --- heartbeats

    def ping(self) -> None:
        self.outbox.send(frames.PING)
        self.engine.pongs.add(self)

    def _pong(self) -> None:
        if self in self.engine.pongs:
            self.engine.pongs.remove(self)
            self.engine.pings.add(self)

    def pong_missing(self) -> None:
        if self._holds:  # we are not reading: the answer may be there
            self.engine.pongs.add(self)
        else:
            self.end("ping timeout", final=frames.CLOSE)

    def connect_missing(self) -> None:
        if any(connection.open for connection in self._namespaces.values()):
            self.headers = {}  # a handler reads them while it connects; idle sockets need not carry them
        else:
            self.end("connect timeout", final=frames.CLOSE)

    # --- inbound back-pressure

    def hold(self) -> None:
        """Read nothing more until `release` was called as often."""
        self._holds += 1
        if self.outbox.socket is not None:
            self.outbox.socket.pause()

    def release(self) -> None:
        """Read on, from the loop's next turn: never inside the ack or the write that made room."""
        self._holds -= 1
        if not self._holds:
            asyncio.get_running_loop().call_soon(self._read_on)

    def _read_on(self) -> None:
        if self._holds:
            return
        if self._resumed is not None and not self._resumed.done():
            self._resumed.set_result(None)
        if self.outbox.socket is not None:
            self.outbox.socket.resume()

    # --- HTTP long polling

    async def poll(self) -> bytes:
        """The body of the next polling answer.

        Raises:
            Refused: another poll is under way, which ends the session.
        """
        outbox = self.outbox
        if outbox.polled:
            self.end("transport error", final=frames.CLOSE)
            raise Refused(400, BAD_REQUEST, "Another poll of this session is under way.")
        if outbox.empty and not self._probed and not self.closed:
            await outbox.wait()
        body = outbox.take()
        if self.closed and outbox.empty:
            self.engine.drop(self)
        return body

    def begin_post(self) -> bool:
        """False, and the end of the session, where another POST is under way."""
        if self._posting:
            self.end("transport error", final=frames.CLOSE)
            return False
        self._posting = True
        return True

    def end_post(self) -> None:
        self._posting = False

    async def post(self, body: str) -> None:
        """Take the packets of one polling body, in order, as fast as they are wanted.

        Raises:
            Refused: the body is malformed, which ends the session.
        """
        for text in body.split("\x1e"):
            while self._holds and not self.closed:
                self._resumed = asyncio.get_running_loop().create_future()
                await self._resumed
            if text[:1] == "b":
                attachment = packets.from_base64(text[1:])
                if attachment is None:
                    self._parse_error(Malformed("not base64"))
                else:
                    self.received(attachment)
            elif text in ("2", "5") or not text:
                self._parse_error(Malformed("an unexpected packet type"))
            else:
                self.received(text)
            if self.closed and text != "1":
                raise Refused(400, BAD_REQUEST, "The payload is malformed.")

    # --- transports

    def attach(self, socket: WebSocket) -> None:
        """Move to WebSocket: at the handshake, or when the client's upgrade packet came."""
        self.outbox.socket = socket
        self.probing = self._probed = False
        self.outbox.wake()
        if self._holds:
            socket.pause()
        self.outbox.flush()

    def probe(self) -> None:
        """The client tries a WebSocket: polls are answered at once, so that it can leave polling."""
        self._probed = True
        self.outbox.wake()

    def probe_failed(self) -> None:
        self.probing = self._probed = False

    # --- ends

    def lost(self, reason: str) -> None:
        """The WebSocket is gone."""
        self._finish(reason)
        self.outbox.socket = None  # they hold each other
        self.engine.drop(self)

    def end(self, reason: str, *, final: Frame | None = None) -> None:
        """End the session; a WebSocket is closed after what was written.

        Args:
            final: answers a waiting poll in place of all that was queued. Without it, polls still fetch that.
        """
        if self.closed:
            return
        outbox = self.outbox
        if outbox.socket is not None:
            outbox.write_out()
            self._finish(reason)
            outbox.socket.close(GOING_AWAY)
            return
        if final is not None:
            outbox.replace([final] if outbox.polled else [])
        self._finish(reason)
        if outbox.polled:
            outbox.wake()
        elif outbox.empty:
            self.engine.drop(self)
        else:
            self.engine.closes.add(self)

    def cut(self) -> None:
        """The peer reads too slowly: say so where that still can be said, and give it `close_timeout` to hear it."""
        if self.closed:
            return
        self.engine.stats.slow += 1
        log.info("cut %s: it reads too slowly", self.remote)
        outbox = self.outbox
        outbox.replace([connection.closing("slow", reconnect=True) for connection in self._namespaces.values()])
        if outbox.socket is None:
            self.end("slow")
            return
        outbox.write_out()
        self._finish("slow")
        outbox.socket.expire()

    def abort(self) -> None:
        """Drop the transport now."""
        self._finish("aborted")
        if self.outbox.socket is not None:
            self.outbox.socket.abort()
        self.engine.drop(self)

    def _finish(self, reason: str) -> None:
        """Tell every namespace, once. Only polls for what is left are answered after this."""
        if self.closed:
            return
        self.closed = self.outbox.sealed = True
        self.engine.rest(self)
        self._partial = None
        self.headers = {}
        if self._resumed is not None and not self._resumed.done():
            self._resumed.set_result(None)
        namespaces, self._namespaces = self._namespaces, {}
        for connection in namespaces.values():
            connection.gone(reason)
