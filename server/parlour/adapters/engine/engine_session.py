"""Run one Engine.IO session (Engine.IO v4): one client, whatever transport it is on at the moment."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from parlour.adapters.engine import frames, packets
from parlour.adapters.engine.admission import BAD_REQUEST, Refused
from parlour.adapters.engine.engine_connection import ConnectLater, ConnectRefused, EngineConnection
from parlour.adapters.engine.frames import Frame
from parlour.adapters.engine.packets import Malformed, Packet
from parlour.adapters.engine.read_gate import ReadGate
from parlour.adapters.engine.rfc6455 import GOING_AWAY
from parlour.adapters.engine.send_queue import SendQueue
from parlour.adapters.engine.session_host import SessionHost
from parlour.adapters.engine.websocket import WebSocket
from parlour.errors import ParlourError

log = logging.getLogger("parlour.engine")


class EngineSession:
    """Reads packets, answers CONNECT, sends heartbeats and ends once.

    All it sends goes through `send_queue`.

    Attributes:
        sid: the secret Engine.IO session id.
        remote: the client's IP address.
        origin: the handshake's Origin header, or None.
        headers: the handshake's headers; emptied at the connect timeout, so that idle sessions do not keep them.
        closed: the session has ended.
        gate: held while the client is not read.
        send_queue: the frames on their way to the client.
    """

    __slots__ = (
        "_host",
        "_namespaces",
        "_outstanding",
        "_partial",
        "_probed",
        "_probing",
        "closed",
        "gate",
        "headers",
        "origin",
        "remote",
        "send_queue",
        "sid",
    )

    def __init__(self, host: SessionHost[EngineSession], sid: str, remote: str, headers: Mapping[str, str]) -> None:
        self.sid = sid
        self.remote = remote
        self.origin = headers.get("origin")
        self.headers = headers
        self.closed = False
        self.gate = ReadGate()
        self.send_queue = SendQueue(self, host.flushes, host.limits, host.stats)
        self._host = host
        self._namespaces: dict[str, EngineConnection] = {}
        self._partial: Packet | None = None  # a packet whose attachments are still to come
        self._outstanding = 0  # requests without an answer
        self._probing = False  # a WebSocket is open that may take over
        self._probed = False  # it has sent its probe, so polls are answered at once
        host.connects.add(self)
        host.pings.add(self)

    @property
    def transport(self) -> str:
        """`websocket` or `polling`, as it is now."""
        return "polling" if self.send_queue.socket is None else "websocket"

    # --- packets from the client

    def received(self, message: str | bytes) -> None:
        """Handle one Engine.IO packet; a binary message is an attachment of a Socket.IO packet."""
        if self.closed:
            return
        try:
            if isinstance(message, bytes):
                self._attachment(message)
            elif self._partial is None and (plain := packets.plain_event(message, self._host.limits)) is not None:
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
            self.end_malformed(error)

    def end_malformed(self, error: Malformed) -> None:
        """End the session because of a packet that no client may send."""
        log.debug("closed %s: %s", self.remote, error)
        self._host.stats.malformed += 1
        self.end("parse error", final=frames.CLOSE)

    def _packet(self, text: str) -> None:
        if self._partial is not None:
            raise Malformed("text where an attachment is due")
        packet = packets.decode(text, self._host.limits)
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
            raise Malformed("an attachment without its packet")
        if packet.add_attachment(data, self._host.limits):
            self._partial = None
            if packet.type == packets.EVENT:
                self._event(packet.namespace, packet.id, packet.data, packet.error)

    def _event(self, namespace: str, id: int | None, data: list[Any], error: ParlourError | None) -> None:
        connection = self._namespaces.get(namespace)
        if connection is None:
            raise Malformed("an event before CONNECT")
        if id is not None:
            self._outstanding += 1
            if self._outstanding == self._host.limits.outstanding:
                self.gate.hold()
        connection.deliver(id, data, error)

    def count_answer(self) -> None:
        """Count one request of this session as answered, and read on if the limit had been reached."""
        self._outstanding -= 1
        if self._outstanding == self._host.limits.outstanding - 1:
            self.gate.release()

    # --- namespaces

    def _connect(self, packet: Packet) -> None:
        namespace = packet.namespace
        if namespace in self._namespaces:
            raise Malformed("a second CONNECT")
        handlers = self._host.namespaces.get(namespace)
        if handlers is None:
            self.send_queue.send(frames.connect_error({"message": "Invalid namespace"}, namespace))
            return
        connection = EngineConnection(self, namespace, handlers)
        self._namespaces[namespace] = connection
        self.gate.hold()
        self._host.spawn(self._admit(connection, packet.data))

    async def _admit(self, connection: EngineConnection, auth: object | None) -> None:
        """Call the connect handler and answer CONNECT. Nothing else of this client is read meanwhile."""
        try:
            await connection.handlers.connect(connection, auth)
        except ConnectRefused as refusal:
            self._namespaces.pop(connection.namespace, None)
            body = {"message": str(refusal.data.get("message", "Refused")), "data": refusal.data}
            self.send_queue.send(frames.connect_error(body, connection.namespace))
        except Exception as error:
            # No CONNECT_ERROR: stock clients never try again after one, and this is the server's fault.
            if not isinstance(error, ConnectLater):
                log.exception("the connect handler failed")
            self._namespaces.pop(connection.namespace, None)
            self.end("server error")
        else:
            connection.accept()
        finally:
            self.gate.release()

    def _disconnect(self, namespace: str) -> None:
        connection = self._namespaces[namespace]
        self.forget(namespace)
        connection.end("client namespace disconnect")

    def forget(self, namespace: str) -> None:
        """Remove the connection of a namespace; after the last one the connect timeout starts anew."""
        self._namespaces.pop(namespace, None)
        if not self._namespaces:
            self._host.connects.add(self)

    # --- heartbeats (Engine.IO v4, "Heartbeat"); the timeouts call these

    def ping(self) -> None:
        """Send a heartbeat and expect its answer within `ping_timeout`."""
        self.send_queue.send(frames.PING)
        self._host.pongs.add(self)

    def _pong(self) -> None:
        if self in self._host.pongs:  # a pong that nobody asked for must not put off the next ping
            self._host.pongs.remove(self)
            self._host.pings.add(self)

    def pong_missing(self) -> None:
        """End the session, unless it is this server that is not reading the client."""
        if self.gate.held:
            self._host.pongs.add(self)
        else:
            self.end("ping timeout", final=frames.CLOSE)

    def connect_missing(self) -> None:
        """End a session without a connected namespace; drop the headers of every other."""
        if any(connection.open for connection in self._namespaces.values()):
            self.headers = {}
        else:
            self.end("connect timeout", final=frames.CLOSE)

    # --- transports

    async def poll(self) -> bytes:
        """Return the body of the next polling answer, waiting for it where no frame is queued.

        Raises:
            Refused: 400; another poll is waiting, which ends the session (Engine.IO v4, "HTTP long-polling").
        """
        queue = self.send_queue
        if queue.polled:
            self.end("transport error", final=frames.CLOSE)
            raise Refused(400, BAD_REQUEST, "Another poll of this session is under way.")
        if queue.empty and not self._probed and not self.closed:
            await queue.wait_for_frames()
        body = queue.next_batch()
        if self.closed and queue.empty:
            self._host.remove(self)
        return body

    def attach(self, socket: WebSocket) -> None:
        """Move to this WebSocket: after its handshake, or when the client sent its upgrade packet."""
        queue = self.send_queue
        queue.socket = socket
        self.stop_probe()
        queue.wake_poll()
        self.gate.attach(socket)
        queue.flush()

    @property
    def upgradable(self) -> bool:
        """Whether a WebSocket may open beside polling to take over."""
        return not (self.closed or self._probing or self.transport == "websocket")

    def start_probe(self) -> None:
        """Note that a WebSocket opened to take over (Engine.IO v4, "Upgrade")."""
        self._probing = True

    def confirm_probe(self) -> None:
        """Answer polls at once from now on, so that the client can leave polling."""
        self._probed = True
        self.send_queue.wake_poll()

    def stop_probe(self) -> None:
        """Note that the WebSocket has taken over or is gone."""
        self._probing = self._probed = False

    def writable(self, ready: bool) -> None:
        """Send waiting frames once the transport is empty; close it then if the session has ended."""
        if not ready:
            return
        self.send_queue.resume()
        if self.closed and self.send_queue.socket is not None:
            self.send_queue.socket.close(GOING_AWAY)

    def pinged(self, pong: bytes) -> None:
        """Answer a WebSocket PING through the queue, so that unread PONGs count against its limit."""
        self.send_queue.send(Frame.raw(pong))

    # --- ends

    def lost(self, reason: str) -> None:
        """End the session: its WebSocket is gone."""
        self._finish(reason)
        self.send_queue.socket = None  # the socket refers to the session
        self.gate.detach()
        self._host.remove(self)

    def end(self, reason: str, *, final: Frame | None = None) -> None:
        """End the session; a WebSocket is closed after everything queued was written.

        Args:
            reason: passed to `Handlers.disconnect`.
            final: answers a waiting poll in place of all queued frames. Without it polls still fetch those.
        """
        if self.closed:
            return
        queue = self.send_queue
        if queue.socket is not None:
            queue.write_out()
            self._finish(reason)
            queue.socket.close(GOING_AWAY)
            return
        if final is not None:
            queue.replace([final] if queue.polled else [])
        self._finish(reason)
        if queue.polled:
            queue.wake_poll()
        elif queue.empty:
            self._host.remove(self)
        else:
            self._host.closes.add(self)

    def cut_slow_reader(self) -> None:
        """End the session because the client reads too slowly; it has `close_timeout` to read `closing`."""
        if self.closed:
            return
        self._host.stats.slow += 1
        log.info("closed %s: it reads too slowly", self.remote)
        queue = self.send_queue
        queue.replace([connection.closing("slow", reconnect=True) for connection in self._namespaces.values()])
        if queue.socket is None:
            self.end("slow")
            return
        queue.write_out()
        self._finish("slow")
        queue.socket.close_when_sent()

    def abort(self) -> None:
        """End the session and drop its transport now."""
        self._finish("aborted")
        if self.send_queue.socket is not None:
            self.send_queue.socket.abort()
        self._host.remove(self)

    def _finish(self, reason: str) -> None:
        """Close the queue, stop the timeouts and end every connection, once."""
        if self.closed:
            return
        self.closed = self.send_queue.sealed = True
        for timeouts in (self._host.pings, self._host.pongs, self._host.connects):
            timeouts.remove(self)
        self._partial = None
        self.headers = {}
        self.gate.end()
        namespaces, self._namespaces = self._namespaces, {}
        for connection in namespaces.values():
            connection.end(reason)
