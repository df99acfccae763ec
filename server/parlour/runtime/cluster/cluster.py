"""This node among the others: for each link its two ends, and what reaches them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog

from parlour.core.room import RoomId
from parlour.runtime.cluster.commands import adapter
from parlour.runtime.cluster.forwarding import Forwarding
from parlour.runtime.cluster.news import News
from parlour.runtime.cluster.owners import Owners
from parlour.runtime.cluster.peers import Peer, Peers
from parlour.runtime.cluster.records import FrameCodec, Incoming, Outgoing
from parlour.runtime.cluster.remote_connection import RemoteConnection
from parlour.runtime.cluster.rooms import RemoteRooms
from parlour.runtime.cluster.serving import Registry, Serving
from parlour.runtime.connection import Connection, Encoder
from parlour.runtime.live_room.context import RoomRequest
from parlour.runtime.live_room.recovery import Handover
from parlour.runtime.rooms.interface import RoomService
from parlour.runtime.rooms.registry import RoomRegistry

log = structlog.get_logger()


@dataclass(slots=True)
class Session:
    """One link from its begin to its end."""

    peer: Peer
    outgoing: Outgoing
    incoming: Incoming
    forwarding: Forwarding
    serving: Serving
    over: bool = False


@dataclass(frozen=True, slots=True)
class Ground:
    """What a cluster stands on.

    Attributes:
        local: the rooms of this process.
        codec: carries frames of `encoder` to other processes.
    """

    local: RoomService
    registry: RoomRegistry
    encoder: Encoder
    codec: FrameCodec


class Cluster:
    """All links of this node.

    Attributes:
        rooms: the RoomService over all nodes.
        peers: the other nodes.
    """

    def __init__(self, ground: Ground, peers: Peers, news: News) -> None:
        self.peers = peers
        peers.is_full = lambda: ground.registry.is_full
        self._ground, self._news = ground, news
        self._inside: Registry = _Inside(ground.registry)
        self._sessions: dict[bytes, Session] = {}
        context = ground.registry.context
        owners = Owners(context.store, peers, context.clock)
        self.rooms = RemoteRooms(ground.local, ground.registry, owners, self._reach, self._links)
        ground.registry.elsewhere = self.rooms
        context.on_listed, context.tell_nodes = news.listed, news.tell_all
        context.on_handed_over = _hand_over
        news.stored, news.told = context.hear_stored, context.on_told

    def start(self) -> None:
        """Join the others."""
        self.peers.start(self)

    def drain(self) -> None:
        """Tell the others that this node hands its rooms over."""
        self.peers.draining = True

    async def close(self) -> None:
        """Leave the others: clients of theirs that follow rooms of this node connect again."""
        for session in list(self._sessions.values()):
            session.outgoing.flush()
        await self.peers.close()

    # ── what peers say (PeerEvents) ───────────────────────────────────────────────────────────────────────────

    def up(self, peer: Peer) -> None:
        """Begin a session with a node."""
        loop = asyncio.get_running_loop()

        def send(payload: bytes) -> None:
            if not session.over:
                self.peers.send(peer, payload)

        outgoing = Outgoing(self._ground.codec, send, loop.call_soon)
        forwarding = Forwarding(outgoing, self._ground.encoder)
        serving = Serving(self._ground.local, self._inside, outgoing)
        session = Session(peer, outgoing, Incoming(self._ground.codec), forwarding, serving)
        self._sessions[peer.boot] = session
        self._news.began(peer.boot, outgoing.tell)
        self._changed()

    def down(self, peer: Peer) -> None:
        """End a session: its members leave rooms here, and clients here that follow rooms there connect again."""
        session = self._sessions.pop(peer.boot, None)
        if session is not None:
            session.over = True
            self._news.ended(peer.boot)
            session.serving.end()
            session.forwarding.end()
            self._changed()

    def _changed(self) -> None:
        for look in self._ground.registry.context.on_nodes_changed:
            look()

    def reachable_changed(self) -> None:
        """Refuse what waits for nodes that are silent."""
        for session in self._sessions.values():
            if not self.peers.is_reachable(session.peer):
                session.forwarding.give_up()

    def received(self, peer: Peer, payload: bytes) -> None:
        """Handle the records of a message, in order."""
        session = self._sessions.get(peer.boot)
        if session is None:
            return
        for record in session.incoming.read(payload):
            try:
                if isinstance(record, tuple):
                    session.forwarding.wrote(*record)
                else:
                    self._handle(session, record)
            except Exception:
                log.exception("cluster.record_failed", node=peer.name)

    def _handle(self, session: Session, record: list[Any]) -> None:
        match record:
            case ["ask", *rest]:
                session.serving.submit(*rest)
            case ["call", *rest]:
                session.serving.call(*rest)
            case ["signal", *rest]:
                session.serving.signal(*rest)
            case ["gone", *rest]:
                session.serving.gone(*rest)
            case ["ok", n, answer]:
                session.forwarding.answered(n, answer, refused=False)
            case ["no", n, error]:
                session.forwarding.answered(n, error, refused=True)
            case ["moved", number, room, handover]:
                if (connection := session.forwarding.moved(number, room)) is not None:
                    self.rooms.go_on(connection, room, adapter(Handover).validate_python(handover))
            case ["close", *rest]:
                session.forwarding.closed(*rest)
            case ["news", *rest]:
                self._news.heard(session.peer.boot, *rest)

    def _reach(self, peer: Peer) -> Forwarding | None:
        session = self._sessions.get(peer.boot)
        return session.forwarding if session is not None and self.peers.is_reachable(peer) else None

    def _links(self) -> Iterator[Forwarding]:
        for session in self._sessions.values():
            yield session.forwarding


def _hand_over(room: RoomId, those: Sequence[tuple[Connection, Handover]]) -> None:
    """Tell the nodes of these connections to ask the room's next owner; one of each names who was here."""
    told: set[int] = set()
    for connection, handover in those:
        if isinstance(connection, RemoteConnection):
            node = id(connection.outgoing)
            connection.hand_over(room, replace(handover, members=None) if node in told else handover)
            told.add(node)


class _Inside:
    """The registry of this process for requests that another node passed on: they go no further."""

    def __init__(self, registry: RoomRegistry) -> None:
        self._registry = registry

    def submit(self, room: str, request: RoomRequest) -> None:
        self._registry.submit_here(room, request)
