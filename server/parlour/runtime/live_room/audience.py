"""Sends events to the connections of a live room: in the order of the log, and only what is durable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from parlour.core.room import Entry
from parlour.errors import Forbidden, ParlourError
from parlour.runtime.connection import Connection
from parlour.runtime.limits import FairBucket
from parlour.runtime.live_room.context import Decision, RoomContext
from parlour.runtime.live_room.entry_json import entry_event
from parlour.runtime.live_room.presence import Presence
from parlour.runtime.live_room.state import RoomState
from parlour.runtime.live_room.views import Views

COUNT_EVERY = 1.0
"""Seconds between presence events of a room too large for names: one each would be a flood of its own."""
BUSY_READER_WAIT = 0.25
"""Seconds until a state that a slow reader was spared is offered again."""
_REMOVED = {"member.banned": "banned", "member.removed": "kicked"}


class Audience:
    """The connections of one room; kept when the room's state is loaded again."""

    def __init__(self, room: str, context: RoomContext) -> None:
        self._room = room
        self._context = context
        self._encoder = context.encoder
        self.presence = Presence(context.limits.presence_named)
        self.views = Views(room, context.encoder, context.diff)
        self._presence_sent_at = float("-inf")
        limits = context.limits
        self._signals = FairBucket(limits.room_signals_per_second, limits.room_signals_burst, context.clock)

    def name(self, room: str) -> None:
        """Set the id that events carry: the one the room was created with, in its original case."""
        self._room = room
        self.views.name(room)

    def __len__(self) -> int:
        return len(self.presence.connections)

    # ── coming and going ──────────────────────────────────────────────────────────────────────────────────────

    def admit(self, live: RoomState, decision: Decision, connection: Connection) -> bool:
        """Add a joined connection; return whether it is the account's first one here."""
        came = self.presence.enter(connection)
        answer = cast(dict[str, Any], decision.answer)
        answer["room"] = live.record.to_json()
        answer["presence"] = self.presence.picture(connection.account)
        if live.room.computed:
            self.views.joined(connection, decision.view_key, answer["head"], decision.view)
        return came

    def drop(self, connection: Connection) -> bool:
        """Remove a connection; return whether it was the account's last one here."""
        self.views.left(connection)
        return self.presence.exit(connection)

    def evict(self, live: RoomState, entries: Sequence[Entry]) -> None:
        """Remove connections that lost access through these entries and send them room:removed (protocol §4)."""
        for entry in entries:
            reason = _REMOVED.get(entry.type)
            if reason is not None and isinstance(entry.body, dict) and not live.room.plays(entry.body["account"]):
                for connection in self.presence.of(entry.body["account"]):
                    self._remove(connection, reason)
        now = self._context.clock.now()
        for connection in list(self.presence.connections.values()):
            try:
                live.room.may_read(connection.account, connection.rank, now)
            except ParlourError as lost:
                self._remove(connection, lost.reason or "private")

    def _remove(self, connection: Connection, reason: str) -> None:
        connection.write(self._encoder.frame("room:removed", {"room": self._room, "reason": reason}))
        self.drop(connection)

    def close(self, reason: str | None) -> None:
        """Send room:closed to every connection and remove it."""
        frame = self._encoder.frame("room:closed", {"room": self._room, "reason": reason})
        for connection in list(self.presence.connections.values()):
            connection.write(frame)
            self.drop(connection)

    def hang_up(self) -> None:
        """Close every connection so that clients reconnect, because another process must serve the room."""
        for connection in list(self.presence.connections.values()):
            connection.close("replaced", reconnect=True)

    # ── what is sent ──────────────────────────────────────────────────────────────────────────────────────────

    def send_entry(self, live: RoomState, entry: Entry) -> None:
        """Send the `entry` event, redacted where it is hidden from the viewer; encoded once per form."""
        connections = self.presence.connections
        if not connections or entry.type in live.room.unsent:
            return
        if not live.room.computed or not live.room.may_hide(entry):
            self._broadcast("entry", entry_event(entry))
            return
        frames: dict[bool, Any] = {}
        for connection in connections.values():
            hidden = live.room.hides(entry, connection.account or None)
            if hidden not in frames:
                frames[hidden] = self._encoder.frame("entry", entry_event(entry, hidden=hidden))
            connection.write(frames[hidden])

    def send_signals_and_notices(self, live: RoomState, decision: Decision) -> None:
        """Send a decision's notices and signals, after its entries and its ack."""
        for notice in decision.outcome.notices:
            entry = decision.entries[notice.index]
            if live.room.admits(notice.account, entry.at):
                event = {"room": self._room, "seq": entry.seq, "type": notice.type, "from": entry.author}
                self._context.notify(notice.account, "notice", event)
        for type_, body in decision.outcome.signals:
            self._broadcast("signal", {"room": self._room, "from": None, "type": type_, "body": body}, volatile=True)

    def send_views(self, live: RoomState, moved: bool) -> None:
        """Send what changed of the computed state.

        Args:
            moved: entries that are never sent themselves were stored, so the position changed too.
        """
        room: Any = live.room
        self.views.send(room, live.journal.record.head, self.presence.connections.values(), moved=moved)

    def serve_late(self, live: RoomState) -> None:
        """Send the state again to connections that were too slow for it."""
        self.send_views(live, moved=False)

    def send_presence(self) -> None:
        """Send who came and who left since the last presence event."""
        if not self.presence.has_news or self.presence_wait() > 0:
            return
        self._presence_sent_at = self._context.clock.monotonic()
        self._broadcast("presence", {"room": self._room, **(self.presence.next_event() or {})}, volatile=True)

    def presence_wait(self) -> float:
        """Return the seconds until the next presence event may be sent."""
        if self.presence.named:
            return 0.0
        return self._presence_sent_at + COUNT_EVERY - self._context.clock.monotonic()

    def send_read_position(self, account: str, seq: int) -> None:
        """Send how far an account has read, unless the room is too large for that."""
        if len(self.presence) <= self._context.limits.presence_named:
            self._broadcast("read", {"room": self._room, "account": account, "seq": seq}, volatile=True)

    def signal(self, live: RoomState, sender: Connection, type_: str, body: Any) -> None:
        """Send a signal to every other connection; it is never stored (protocol §4 `signal`).

        Raises:
            Forbidden: the sender has not joined on this socket, or is muted.
            RateLimited: too many signals in this room.
        """
        if sender not in self.presence:
            raise Forbidden("Join the room on this socket before you signal.", reason="role")
        if live.room.may_read(sender.account, sender.rank, self._context.clock.now()) == "muted":
            raise Forbidden("You are muted in this room.", reason="muted")
        self._signals.spend(sender.account)
        author = {"account": sender.account, "connection": sender.id}
        frame = self._encoder.frame("signal", {"room": self._room, "from": author, "type": type_, "body": body})
        for connection in self.presence.connections.values():
            if connection is not sender:
                connection.write(frame, volatile=True)

    def next_in(self) -> float:
        """Return the seconds until something waits to be sent again, or infinity."""
        if not self.presence.has_news:
            return BUSY_READER_WAIT if self.views.behind else float("inf")
        wait = max(0.0, self.presence_wait())
        return min(wait, BUSY_READER_WAIT) if self.views.behind else wait

    def _broadcast(self, event: str, data: dict[str, Any], *, volatile: bool = False) -> None:
        frame = self._encoder.frame(event, data)
        for connection in self.presence.connections.values():
            connection.write(frame, volatile=volatile)
