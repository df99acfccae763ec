"""Sends events to the connections of a live room: in the order of the log, and only what is durable."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, cast

from parlour.core.documents.awareness import Awareness
from parlour.core.gates.grants import REASON, is_gate_entry
from parlour.core.room import Entry
from parlour.core.rooms.direct import blocked
from parlour.errors import Forbidden, ParlourError
from parlour.runtime.connection import Connection
from parlour.runtime.limits import FairBucket
from parlour.runtime.live_room.agenda import NEVER
from parlour.runtime.live_room.context import Decision, RoomContext
from parlour.runtime.live_room.delayed_audience import DelayedAudience
from parlour.runtime.live_room.presence import Presence
from parlour.runtime.live_room.recovery import Handover
from parlour.runtime.live_room.state import RoomState
from parlour.runtime.shown.entry_json import entry_event
from parlour.runtime.shown.past import PastRoom
from parlour.runtime.shown.views import Views

COUNT_EVERY = 1.0
"""Seconds between presence events of a room too large for names, and of data, which signals tell at once."""
RETURN_SECONDS = 3.0
"""After a handover nobody is told to have left for so long: clients of the node that drains come back within two."""
BUSY_READER_WAIT = 0.25
"""Seconds until a state that a slow reader was spared is offered again."""
AWARENESS = "doc.awareness"
PRESENCE = "presence"
"""The signal whose body newcomers get too, until its connection is gone."""
_REMOVED = {"member.banned": "banned", "member.removed": "kicked"}


def _removal(entry: Entry) -> str | None:
    """Return why an entry puts an account out, as `room:removed` says it; None where it does not."""
    return REASON if entry.type == "member.removed" and is_gate_entry(entry) else _REMOVED.get(entry.type)


class Audience:
    """The connections of one room; kept when the room's state is loaded again."""

    def __init__(self, room: str, context: RoomContext, on_news: Callable[[], None]) -> None:
        """Args: on_news: called where `send_presence` has something to send."""
        self._room = room
        self._context = context
        self._encoder = context.encoder
        self._on_news = on_news
        self.presence = Presence(
            context.limits.presence_named, context.statuses.shown, context.limits.presence_data_bytes
        )
        self.views = Views(room, context.encoder, context.diff)
        self.delayed = DelayedAudience(room, context)
        self._presence_sent_at = self._returning_until = float("-inf")
        self.lapses_at = NEVER
        limits = context.limits
        self._awareness = Awareness()
        self._signals = FairBucket(limits.room_signals_per_second, limits.room_signals_burst, context.clock)

    def name(self, room: str) -> None:
        """Set the id that events carry: the one the room was created with, in its original case."""
        self._room = room
        self.views.name(room)
        self.delayed.name(room)

    def __len__(self) -> int:
        return len(self.presence.connections)

    # ── coming and going ──────────────────────────────────────────────────────────────────────────────────────

    def admit(self, live: RoomState, decision: Decision, connection: Connection) -> bool:
        """Add a joined connection; return whether it is the account's first one here."""
        came = self.enter(live, connection)
        answer = cast(dict[str, Any], decision.answer)
        answer["room"] = live.described(connection.account, connection.rank)
        answer["presence"] = self.presence.picture(connection.account, decision.request.seen)
        if live.past is not None:
            self.views.left(connection)
            self.delayed.joined(connection, decision)
            if decision.late:
                answer["room"] |= {"game": live.past.record.game, "title": live.past.record.title}
        if live.room.computed and not decision.late:
            self.views.joined(connection, decision.view_key, answer["head"], decision.view)
        return came

    def enter(self, live: RoomState, connection: Connection) -> bool:
        """Add a connection; return whether it is the account's first one here."""
        self.presence.tells_last_seen = live.room.rules.last_seen
        came = self.presence.enter(connection)
        if came:
            self._context.statuses.enter(connection.account, self)
        if connection.account in live.room.access.opened:
            self._look_for_lapse(live)
        return came

    def go_on(self, handover: Handover) -> None:
        """Go on with the presence that the room's last owner told."""
        if self.presence.go_on(handover.v, handover.count, handover.members):
            self._returning_until = self._context.clock.monotonic() + RETURN_SECONDS

    def go_on_at(self, cursors: bytes, connection: Connection) -> None:
        """Know where a connection's clients are in a document, as the room's last owner did."""
        self._awareness.take(cursors, connection.id, connection.account)

    def stands(self, live: RoomState) -> list[tuple[Connection, Handover]]:
        """Return where each connection stands in a room that was closed; of a room with a delay none: they differ."""
        presence, record = self.presence, live.record
        if live.past is not None:
            return []
        told, here = presence.told(), presence.connections.values()
        stood = record.epoch, record.head, *told
        return [(each, Handover(*stood, presence.shown_by(each), self._awareness.of(each.id))) for each in here]

    def drop(self, connection: Connection) -> bool:
        """Remove a connection; return whether it was the account's last one here."""
        self.views.left(connection)
        self.delayed.left(connection)
        last = self.presence.exit(connection)
        if last:
            self._context.statuses.exit(connection.account, self)
        removal = self._awareness.drop(connection.id)
        if removal is not None:
            self._broadcast("signal", self._awareness_event(removal))
        return last

    def greet(self, connection: Connection) -> None:
        """Show a newcomer who is where, after the answer to the join."""
        states = self._awareness.whole()
        if states is not None:
            connection.write(self._encoder.frame("signal", self._awareness_event(states)))

    def _awareness_event(self, states: bytes) -> dict[str, Any]:
        return {"room": self._room, "from": None, "type": AWARENESS, "body": states}

    def evict(self, live: RoomState, entries: Sequence[Entry]) -> None:
        """Remove connections that lost access through these entries and send them room:removed (protocol §4)."""
        for entry in entries:
            reason = _removal(entry)
            if reason is not None and isinstance(entry.body, dict) and not live.room.plays(entry.body["account"]):
                for connection in self.presence.of(entry.body["account"]):
                    self._remove(connection, reason)
        now = self._context.clock.now()
        for connection in list(self.presence.connections.values()):
            try:
                live.room.may_read(connection.account, connection.rank, now)
            except ParlourError as lost:
                self._remove(connection, lost.reason or "private")

    def lapse(self, live: RoomState) -> None:
        """Remove administrators whose day in a sealed room is over, also where nobody writes."""
        if self.lapses_at <= self._context.clock.monotonic():
            self.evict(live, ())
            self._look_for_lapse(live)

    def _look_for_lapse(self, live: RoomState) -> None:
        now, opened = self._context.clock.now(), live.room.access.opened.items()
        ends = [until - now for account, until in opened if until > now and self.presence.holds(account)]
        self.lapses_at = self._context.clock.monotonic() + min(ends) / 1000 if ends else NEVER

    def _remove(self, connection: Connection, reason: str) -> None:
        connection.write(self._encoder.frame("room:removed", {"room": self._room, "reason": reason}))
        self.drop(connection)

    def put_out(self, reason: str) -> None:
        """Send room:removed to every connection and remove it."""
        for connection in list(self.presence.connections.values()):
            self._remove(connection, reason)

    def close(self, reason: str | None, connections: Iterable[Connection]) -> None:
        """Send room:closed to these connections and remove them."""
        frame = self._encoder.frame("room:closed", {"room": self._room, "reason": reason})
        self._awareness = Awareness()
        for connection in list(connections):
            connection.write(frame)
            self.drop(connection)

    def hang_up(self) -> None:
        """Close every connection so that clients reconnect, because another process must serve the room."""
        for connection in list(self.presence.connections.values()):
            connection.close("replaced", reconnect=True)

    # ── what is sent ──────────────────────────────────────────────────────────────────────────────────────────

    def prompt(self, live: RoomState, next_seq: int | None = None) -> Collection[Connection]:
        """Return the connections that see the room as it is, and not as it was `delay` ms ago."""
        connections = self.presence.connections.values()
        if live.past is None:
            return connections
        next_seq = live.journal.record.head + 1 if next_seq is None else next_seq
        prompt, late = self.delayed.split(live, connections, next_seq)
        for connection in late:
            self.views.left(connection)
        return prompt

    def late(self, live: RoomState) -> list[Connection]:
        """Return the other ones."""
        return self.delayed.split(live, self.presence.connections.values(), live.journal.record.head + 1)[1]

    def release(self, live: RoomState, past: PastRoom, entries: Sequence[Entry], *, whole: bool = False) -> None:
        """Send entries that may be seen now to those who see the room as it was; `whole` sends them whole states."""
        if whole:
            self.delayed.views.reset()
        self.delayed.release(live, past, entries, self.late(live))
        for entry in entries:
            if entry.type == "room.closed" and isinstance(entry.body, dict):
                self.close(entry.body.get("reason"), self.late(live))

    def send_entry(self, live: RoomState, entry: Entry, to: Collection[Connection] | None = None) -> None:
        """Send the `entry` event, redacted where it is hidden from the viewer; encoded once per form."""
        connections = self.prompt(live, entry.seq) if to is None else to
        if not connections or entry.type in live.room.unsent:
            return
        if not live.room.may_redact(entry):
            self._encoder.write_to_all(connections, self._encoder.frame("entry", entry_event(entry)), volatile=False)
            return
        frames: dict[str | None, Any] = {}
        now = self._context.clock.now()
        for connection in connections:
            redacted = live.room.redacts(entry, connection.account or None, connection.rank, now)
            if redacted not in frames:
                frames[redacted] = self._encoder.frame("entry", entry_event(entry, redacted=redacted))
            connection.write(frames[redacted])

    def send_signals_and_notices(self, live: RoomState, decision: Decision) -> None:
        """Send a decision's notices and signals, after its entries and its ack."""
        for notice in decision.news:
            self._context.notify(notice.account, "notice", notice.to_json())
        for type_, body in decision.outcome.signals:
            event = {"room": self._room, "from": None, "type": type_, "body": body}
            self._encoder.write_to_all(self.prompt(live), self._encoder.frame("signal", event), volatile=True)

    def send_views(self, live: RoomState, moved: bool) -> None:
        """Send what changed of the computed state.

        Args:
            moved: entries that are never sent themselves were stored, so the position changed too.
        """
        viewers = self.presence.connections.values() if live.past is None else self.prompt(live)
        self.views.send(live, live.journal.record.head, viewers, moved=moved)

    def show_whole(self, connection: Connection, decision: Decision, seq: int) -> None:
        """Send a connection that goes on the state as it was decided."""
        event = {"room": self._room, "seq": seq, "state": decision.view}
        connection.write(self._encoder.frame("state", event))
        self.views.joined(connection, decision.view_key, seq, decision.view)

    def serve_late(self, live: RoomState) -> None:
        """Send the state again to connections that were too slow for it."""
        self.send_views(live, moved=False)
        if live.past is not None and self.delayed.views.behind:
            self.delayed.serve_slow(live.past, self.late(live))

    def send_presence(self) -> None:
        """Send who came and who left since the last presence event."""
        if not self.presence.has_news or self.presence_wait() > 0:
            return
        self._presence_sent_at = self._context.clock.monotonic()
        event = self.presence.next_event(self._context.clock.now()) or {}
        self._broadcast("presence", {"room": self._room, **event}, volatile=True)

    def status_changed(self, account: str) -> None:
        """Send soon what an account says of itself now."""
        self.presence.status_changed(account)
        if self.presence.has_news:
            self._on_news()

    def presence_wait(self) -> float:
        """Return the seconds until the next presence event may be sent."""
        now = self._context.clock.monotonic()
        soonest = now if self.presence.named and self.presence.urgent else self._presence_sent_at + COUNT_EVERY
        return max(soonest, self._returning_until) - now

    def send_read_position(self, account: str, seq: int) -> None:
        """Send how far an account has read, unless the room is too large for that."""
        if len(self.presence) <= self._context.limits.presence_named:
            self._broadcast("read", {"room": self._room, "account": account, "seq": seq}, volatile=True)

    def signal(self, live: RoomState, sender: Connection, type_: str, body: Any) -> None:
        """Send a signal to every other connection; it is never stored (protocol §4 `signal`).

        Raises:
            Forbidden: the sender has not joined on this socket, or is muted.
            RateLimited: too many signals in this room. Invalid: an awareness update that is none.
        """
        if sender not in self.presence:
            raise Forbidden("Join the room on this socket before you signal.", reason="role")
        if live.room.may_read(sender.account, sender.rank, self._context.clock.now()) == "muted":
            raise Forbidden("You are muted in this room.", reason="muted")
        live.room.check_signal(type_)
        if sender.account in live.blocked:
            raise blocked()
        self._signals.spend(sender.account)
        removes = False
        if type_ == AWARENESS and live.room.aware:
            removes = self._awareness.take(body if isinstance(body, bytes) else b"", sender.id, sender.account)
        if type_ == PRESENCE:
            self.presence.show(sender, body)
            self._on_news()
        connections = self.presence.connections
        if len(connections) == 1:
            return
        author = {"account": sender.account, "connection": sender.id}
        frame = self._encoder.frame("signal", {"room": self._room, "from": author, "type": type_, "body": body})
        for connection in connections.values():
            if connection is not sender:
                connection.write(frame, volatile=not removes)

    def tell(self, type_: str, body: Any) -> None:
        """Send a signal of the server to everybody here; slow readers miss it."""
        event = {"room": self._room, "from": {"account": "", "connection": ""}, "type": type_, "body": body}
        self._broadcast("signal", event, volatile=True)

    def next_at(self) -> float:
        """Return when (monotonic seconds) something waits to be sent again, or infinity."""
        now = self._context.clock.monotonic()
        late = now + BUSY_READER_WAIT if self.views.behind or self.delayed.views.behind else NEVER
        return min(late, now + max(0.0, self.presence_wait())) if self.presence.has_news else late

    def _broadcast(self, event: str, data: dict[str, Any], *, volatile: bool = False) -> None:
        frame = self._encoder.frame(event, data)
        self._encoder.write_to_all(self.presence.connections.values(), frame, volatile=volatile)
