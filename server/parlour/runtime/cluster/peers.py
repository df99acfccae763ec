"""The other nodes: who is there, a link with each, and what happens when one falls silent.

Every node tells all others of itself a few times a second. A node is believed to live once its heartbeat names this
process's nonce, which is new at each start, so that an old heartbeat said again makes nobody live.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson
import structlog

from parlour.runtime.clock import Clock, Timer
from parlour.runtime.cluster.bus import Bus
from parlour.runtime.cluster.envelope import AGAIN, DATA, HELLO, ID_BYTES, NO_ID, Message, Seals
from parlour.runtime.cluster.link import Link, LinkState

log = structlog.get_logger()

ASK_AGAIN_SECONDS = 0.1
"""Between two requests for what is missing, so that one hole is not filled many times."""

UNHEARD = LinkState(NO_ID, NO_ID, 0, 0)
"""What a node says of a link with one that it does not know."""


@dataclass(frozen=True, slots=True)
class ClusterLimits:
    """How nodes notice that one is gone; settings (settings/server.py) of the same name.

    Attributes:
        node_beat_ms: between two heartbeats.
        node_silence_ms: without a heartbeat, after which requests for a node's rooms are refused for now.
        node_gone_ms: without one, after which a node's members leave and its rooms are looked for elsewhere.
        node_held_bytes: kept for each node until it has confirmed them.
    """

    node_beat_ms: int = 300
    node_silence_ms: int = 1000
    node_gone_ms: int = 10_000
    node_held_bytes: int = 32 << 20


@dataclass(slots=True)
class Peer:
    """Another process of the cluster.

    Attributes:
        name: what its leases are held under.
        version: of its release.
        started: when (ms) its process began.
        draining: it hands its rooms over.
        full: it can open no further room.
        beats: the number of its last heartbeat.
        silent: this node's beats since then.
    """

    boot: bytes
    link: Link
    name: str = ""
    version: str = ""
    started: int = 0
    draining: bool = False
    full: bool = False
    beats: int = 0
    silent: int = 0
    asked_again_at: float = field(default=float("-inf"))


class PeerEvents(Protocol):
    """What hears of other nodes."""

    def up(self, peer: Peer) -> None:
        """A link with this node has begun."""

    def down(self, peer: Peer) -> None:
        """The link has ended; what was under way on it is lost."""

    def reachable_changed(self) -> None:
        """Some nodes may have become silent, or be heard again."""

    def received(self, peer: Peer, payload: bytes) -> None:
        """The next message of a link; each comes once, in order."""


@dataclass(frozen=True, slots=True)
class Me:
    """This process, as the others get to know it."""

    name: str
    version: str
    started: int


class Peers:
    """All other nodes that this one hears of.

    Args:
        draw: makes random bytes.

    Attributes:
        draining: tell the others that this node hands its rooms over.
        is_full: tells whether this node can open no further room.
        twin: another live process uses this node's name.
        sent, sent_bytes: messages of links, each counted once.
    """

    def __init__(
        self, bus: Bus, seals: Seals, me: Me, clock: Clock, limits: ClusterLimits, draw: Callable[[int], bytes]
    ) -> None:
        self.boot = draw(ID_BYTES)
        self.me = me
        self.draining = self.twin = False
        self.is_full: Callable[[], bool] = lambda: False
        self.sent = self.sent_bytes = 0
        self._bus, self._seals, self._clock, self._limits, self._draw = bus, seals, clock, limits, draw
        self._events: PeerEvents | None = None
        self._peers: dict[bytes, Peer] = {}
        self._beats = self._own_silent = self._own_heard = 0
        self._answered_at = float("-inf")
        self._timer: Timer | None = None
        self._all = f"parlour:{seals.cluster.decode()}:all"
        self._silence = max(1, round(limits.node_silence_ms / limits.node_beat_ms))
        self._gone = max(self._silence + 1, round(limits.node_gone_ms / limits.node_beat_ms))

    def start(self, events: PeerEvents) -> None:
        """Begin to tell the others of this node, and to listen."""
        self._events = events
        self._bus.start([self._all, self._channel(self.boot)], self._heard, self._bus_changed)
        self._beat()

    async def close(self) -> None:
        """Say goodbye and stop."""
        if self._timer is not None:
            self._timer.cancel()
        self._hello(bye=True)
        await asyncio.sleep(0)
        await self._bus.close()

    def __iter__(self) -> Iterator[Peer]:
        """Give those with a link."""
        return iter([peer for peer in self._peers.values() if peer.link.is_up])

    def named(self, name: str) -> Peer | None:
        """Return the newest live process of a node, or None."""
        found = [peer for peer in self if peer.name == name]
        return max(found, key=lambda peer: peer.started) if found else None

    def roomy(self) -> Peer | None:
        """Return a node that can open a room, or None."""
        return next((peer for peer in self if self.is_reachable(peer) and not (peer.full or peer.draining)), None)

    def takers(self) -> int:
        """Return how many other nodes take clients."""
        return sum(self.is_reachable(peer) and not peer.draining for peer in self)

    @property
    def bus_works(self) -> bool:
        """Whether this node hears its own heartbeats."""
        return self._bus.connected and self._own_silent < self._silence

    def is_reachable(self, peer: Peer) -> bool:
        """Return whether it is worth asking a node now."""
        return self.bus_works and peer.link.is_up and peer.silent < self._silence

    @property
    def problem(self) -> str:
        """What keeps this node from the others, in a sentence; "" while nothing does."""
        if self.twin:
            return f"Another live process is called {self.me.name} as well; give each a PARLOUR_NODE of its own."
        return self._bus.problem or ("" if self.bus_works else "Redis carries no messages.")

    def send(self, peer: Peer, payload: bytes) -> None:
        """Send a message on a link, or as soon as the bus works again; a link that holds too much ends."""
        if not peer.link.is_up:
            return
        raw = peer.link.keep(Message(DATA, self.boot, NO_ID, NO_ID, 0, payload), self._seals.seal)
        if raw is None:
            log.warning("cluster.link_overflowed", node=peer.name)
            self.end(peer)
        else:
            self.sent += 1
            self.sent_bytes += len(raw)
            self._bus.publish(self._channel(peer.boot), raw)

    def end(self, peer: Peer) -> None:
        """End the link with a node; another one begins where it lives."""
        was_up = peer.link.is_up
        peer.link.end()
        if was_up and self._events is not None:
            self._events.down(peer)

    # ── heartbeats ────────────────────────────────────────────────────────────────────────────────────────────

    def _beat(self) -> None:
        self._timer = self._clock.call_later(self._limits.node_beat_ms / 1000, self._beat)
        self._own_silent += 1
        self._hello()
        if not self.bus_works:
            self._changed()
            return
        for peer in list(self._peers.values()):
            peer.silent += 1
            if peer.silent >= self._gone:
                self._drop(peer, "silent")
        self._changed()

    def _hello(self, *, bye: bool = False) -> None:
        self._beats += 1
        links = {peer.boot.hex(): _state_json(peer.link.state()) for peer in self._peers.values()}
        about = {"name": self.me.name, "version": self.me.version, "started": self.me.started}
        payload = orjson.dumps({**about, "draining": self.draining, "full": self.is_full(), "bye": bye, "links": links})
        message = Message(HELLO, self.boot, NO_ID, NO_ID, self._beats, payload)
        self._bus.publish(self._all, self._seals.seal(message))

    def _hello_soon(self) -> None:
        """Answer a node that is getting to know this one, without waiting for the next beat; once for many."""
        now = self._clock.monotonic()
        if now - self._answered_at >= ASK_AGAIN_SECONDS:
            self._answered_at = now
            self._hello()

    def _changed(self) -> None:
        if self._events is not None:
            self._events.reachable_changed()

    def _bus_changed(self, connected: bool) -> None:
        if connected:
            self._own_silent = 0
            self._hello()
        self._changed()

    def _heard(self, channel: str, raw: bytes) -> None:
        message = self._seals.open(raw)
        if message is None:
            return
        if message.sender == self.boot:
            self._own(message)
        elif message.kind == HELLO:
            self._greeted(message)
        else:
            peer = self._peers.get(message.sender)
            if peer is None:
                self._seals.refuse("boot")
            elif not peer.link.belongs(message):
                self._seals.refuse("link")
            elif message.kind == DATA:
                self._data(peer, message)
            elif message.kind == AGAIN:
                self._send_again(peer, message.counter)

    def _own(self, message: Message) -> None:
        """Note that the bus carries this node's heartbeats; an old one, said again by somebody, shows nothing."""
        if message.kind == HELLO and message.counter > self._own_heard:
            self._own_heard, self._own_silent = message.counter, 0
        else:
            self._seals.refuse("counter")

    def _greeted(self, message: Message) -> None:
        peer = self._peers.get(message.sender)
        if peer is not None and message.counter <= peer.beats:
            self._seals.refuse("counter")
            return
        said = orjson.loads(message.payload)
        new = peer is None
        if peer is None:
            link = Link(lambda: self._draw(ID_BYTES), self._limits.node_held_bytes)
            peer = self._peers[message.sender] = Peer(message.sender, link)
        peer.beats, peer.silent = message.counter, 0
        peer.name, peer.version, peer.started = said["name"], said["version"], said["started"]
        peer.draining, peer.full = said["draining"], said["full"]
        if said["bye"]:
            self._drop(peer, "gone")
            return
        state = said["links"].get(self.boot.hex())
        was_up = peer.link.is_up
        ended = peer.link.heard(_state(state) if state else UNHEARD)
        if ended and self._events is not None:
            self._events.down(peer)
        if peer.link.is_up and (ended or not was_up):
            self._went_up(peer)
        if state and peer.link.is_behind(state[2]):
            self._ask_again(peer)
        if new or not (state and peer.link.is_up):
            self._hello_soon()

    def _went_up(self, peer: Peer) -> None:
        log.info("cluster.node_found", node=peer.name, version=peer.version)
        for other in [each for each in self if each.name == peer.name and each.started < peer.started]:
            self._drop(other, "replaced")
        self.twin = any(each.name == self.me.name for each in self)
        if self.twin:
            log.error("cluster.two_nodes_of_one_name", name=self.me.name)
        if self._events is not None:
            self._events.up(peer)

    def _drop(self, peer: Peer, why: str) -> None:
        if self._peers.pop(peer.boot, None) is not None and peer.name:
            log.warning("cluster.node_gone", node=peer.name, why=why)
        self.end(peer)
        self.twin = any(each.name == self.me.name for each in self)

    # ── numbered messages ─────────────────────────────────────────────────────────────────────────────────────

    def _data(self, peer: Peer, message: Message) -> None:
        was_up = peer.link.is_up
        next_one = peer.link.take(message.counter)
        if next_one is None:
            self._ask_again(peer)
        elif not next_one:
            self._seals.refuse("counter")
        elif self._events is not None:
            if not was_up:
                self._went_up(peer)
            self._events.received(peer, message.payload)

    def _ask_again(self, peer: Peer) -> None:
        now = self._clock.monotonic()
        if now - peer.asked_again_at >= ASK_AGAIN_SECONDS:
            peer.asked_again_at = now
            link = peer.link
            message = Message(AGAIN, self.boot, link.mine, link.yours, link.got, b"")
            self._bus.publish(self._channel(peer.boot), self._seals.seal(message))

    def _send_again(self, peer: Peer, got: int) -> None:
        missing = peer.link.after(got)
        if missing is None:
            log.warning("cluster.link_lost_messages", node=peer.name)
            self.end(peer)
            return
        for raw in missing:
            self._bus.publish(self._channel(peer.boot), raw)

    def _channel(self, boot: bytes) -> str:
        return f"parlour:{self._seals.cluster.decode()}:{boot.hex()}"


def _state_json(state: LinkState) -> list[Any]:
    return [state.mine.hex(), state.yours.hex(), state.sent, state.got]


def _state(said: list[Any]) -> LinkState:
    return LinkState(bytes.fromhex(said[0]), bytes.fromhex(said[1]), said[2], said[3])
