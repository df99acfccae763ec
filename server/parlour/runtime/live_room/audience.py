"""Everybody connected to a live room, and what they are told: once something is durable, in the order of the log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from parlour.core.room import Entry
from parlour.errors import ParlourError
from parlour.runtime.connection import Connection
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
    """The connections of one room; it outlives a reload of the room's state."""

    def __init__(self, room: str, context: RoomContext) -> None:
        self._room = room
        self._context = context
        self._encoder = context.encoder
        self.presence = Presence(context.limits.presence_named)
        self.views = Views(room, context.encoder, context.diff)
        self._told_presence_at = float("-inf")

    def name(self, room: str) -> None:
        """The room's id as it was created, which every event carries, however it was asked for."""
        self._room = room
        self.views.name(room)

    def __len__(self) -> int:
        return len(self.presence.connections)

    # ── coming and going ──────────────────────────────────────────────────────────────────────────────────────

    def admit(self, live: RoomState, done: Decision, connection: Connection) -> bool:
        """Let a joined connection hear what follows; True where the account was not here before."""
        came = self.presence.enter(connection)
        answer = cast(dict[str, Any], done.answer)
        answer["room"] = live.record.to_json()
        answer["presence"] = self.presence.picture(connection.account)
        if live.room.computed:
            self.views.joined(connection, done.view_key, answer["head"], done.view)
        return came

    def drop(self, connection: Connection) -> bool:
        """This socket hears nothing more; True where it was the account's last one here."""
        self.views.left(connection)
        return self.presence.exit(connection)

    def evict(self, live: RoomState, entries: Sequence[Entry]) -> None:
        """Whoever lost the right to the room by these is told so, and nothing more (protocol §4 `room:removed`)."""
        for entry in entries:
            reason = _REMOVED.get(entry.type)
            if reason is not None and isinstance(entry.body, dict):
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
        """The room is over: everybody is told, and hears nothing more."""
        frame = self._encoder.frame("room:closed", {"room": self._room, "reason": reason})
        for connection in list(self.presence.connections.values()):
            connection.write(frame)
            self.drop(connection)

    def hang_up(self) -> None:
        """This process can no longer serve the room: let the clients come back, to whoever can."""
        for connection in list(self.presence.connections.values()):
            connection.close("replaced", reconnect=True)

    # ── what is told ──────────────────────────────────────────────────────────────────────────────────────────

    def tell(self, live: RoomState, entry: Entry) -> None:
        """The `entry` event, redacted for those from whom it is hidden; encoded once per form."""
        connections = self.presence.connections
        if not connections or not live.sends(entry):
            return
        if not live.room.computed:
            self._broadcast("entry", entry_event(entry))
            return
        frames: dict[bool, Any] = {}
        for connection in connections.values():
            hidden = live.room.hides(entry, connection.account or None)
            if hidden not in frames:
                frames[hidden] = self._encoder.frame("entry", entry_event(entry, hidden=hidden))
            connection.write(frames[hidden])

    def tell_rest(self, live: RoomState, done: Decision) -> None:
        """Notices and signals of a decision, after its entries and its ack."""
        for notice in done.outcome.notices:
            entry = done.entries[notice.index]
            if live.room.admits(notice.account, entry.at):
                told = {"room": self._room, "seq": entry.seq, "type": notice.type, "from": entry.author}
                self._context.notify(notice.account, "notice", told)
        for type_, body in done.outcome.signals:
            self._broadcast("signal", {"room": self._room, "from": None, "type": type_, "body": body}, volatile=True)

    def tell_views(self, live: RoomState, moved: bool) -> None:
        """What changed of the computed state; `moved`: the log went on by entries that are not sent."""
        self.views.tell(cast(Any, live.room), live.record.head, self.presence.connections.values(), moved=moved)

    def serve_late(self, live: RoomState) -> None:
        """Offer the state again to readers that were too slow for it."""
        if self.views.behind:
            self.tell_views(live, moved=False)

    def tell_presence(self) -> None:
        """Who came and left since the last time."""
        if not self.presence.has_news or self.presence_wait() > 0:
            return
        self._told_presence_at = self._context.clock.monotonic()
        self._broadcast("presence", {"room": self._room, **(self.presence.take_news() or {})}, volatile=True)

    def presence_wait(self) -> float:
        """Seconds until news of presence may be told."""
        if self.presence.named:
            return 0.0
        return self._told_presence_at + COUNT_EVERY - self._context.clock.monotonic()

    def tell_read(self, account: str, seq: int) -> None:
        """How far an account has read, unless the room is too large for that."""
        if len(self.presence) <= self._context.limits.presence_named:
            self._broadcast("read", {"room": self._room, "account": account, "seq": seq}, volatile=True)

    def signal(self, sender: Connection, type_: str, body: Any) -> None:
        """Pass news to everybody else; never stored (protocol §4 `signal`)."""
        told = {"account": sender.account, "connection": sender.id}
        frame = self._encoder.frame("signal", {"room": self._room, "from": told, "type": type_, "body": body})
        for connection in self.presence.connections.values():
            if connection is not sender:
                connection.write(frame, volatile=True)

    def next_in(self) -> float | None:
        """Seconds until something is to be told that could not be told at once."""
        waits = []
        if self.presence.has_news:
            waits.append(max(0.0, self.presence_wait()))
        if self.views.behind:
            waits.append(BUSY_READER_WAIT)
        return min(waits, default=None)

    def _broadcast(self, event: str, data: dict[str, Any], *, volatile: bool = False) -> None:
        frame = self._encoder.frame(event, data)
        for connection in self.presence.connections.values():
            connection.write(frame, volatile=volatile)
