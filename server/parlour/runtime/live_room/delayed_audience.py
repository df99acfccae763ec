"""Those of a room's audience who see it as it was `delay` ms ago: what each has seen, and what is due to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from parlour.core.room import Entry
from parlour.runtime.connection import Connection, Encoder
from parlour.runtime.live_room.context import Decision, RoomContext
from parlour.runtime.live_room.state import RoomState
from parlour.runtime.shown.entry_json import entry_event
from parlour.runtime.shown.past import PastRoom
from parlour.runtime.shown.views import Views


class DelayedAudience:
    """The connections of one room that are behind it.

    Attributes:
        views: the states that were last sent to them.
    """

    def __init__(self, room: str, context: RoomContext) -> None:
        self._context = context
        self._encoder: Encoder = context.encoder
        self.views = Views(room, context.encoder, context.diff)
        self._seen: dict[str, int] = {}

    def name(self, room: str) -> None:
        self.views.name(room)

    def joined(self, connection: Connection, decision: Decision) -> None:
        """Note what a join answer has shown a connection."""
        self.left(connection)
        if decision.late:
            head = cast(dict[str, Any], decision.answer)["head"]
            self._seen[connection.id] = head
            self.views.joined(connection, decision.view_key, head, decision.view)

    def left(self, connection: Connection) -> None:
        """Forget a connection."""
        self._seen.pop(connection.id, None)
        self.views.left(connection)

    def split(
        self, live: RoomState, connections: Iterable[Connection], next_seq: int
    ) -> tuple[list[Connection], list[Connection]]:
        """Return who sees the room as it is, and who sees it as it was.

        Who lost a seat hears of nothing new until the delay has passed; who was seated is told now what was held back.

        Args:
            next_seq: of the first entry that is sent next to whoever sees the room as it is.
        """
        prompt: list[Connection] = []
        late: list[Connection] = []
        for connection in connections:
            if live.room.delays(connection.account or None, connection.rank):
                self._seen.setdefault(connection.id, next_seq - 1)
                late.append(connection)
                continue
            prompt.append(connection)
            seen = self._seen.get(connection.id)
            if seen is not None and live.past is not None:
                self.left(connection)
                self._send(live, live.past, [e for e in live.past.later if seen < e.seq < next_seq], [connection])
        return prompt, late

    def release(self, live: RoomState, past: PastRoom, entries: Sequence[Entry], late: Sequence[Connection]) -> None:
        """Send entries that may be seen now, and the state after them."""
        for entry in entries:
            behind = [connection for connection in late if self._seen[connection.id] < entry.seq]
            self._send(live, past, [entry], behind)
            for connection in behind:
                self._seen[connection.id] = entry.seq
        self._show(past, late)

    def _show(self, past: PastRoom, late: Sequence[Connection]) -> None:
        head = past.record.head
        caught_up = [connection for connection in late if self._seen[connection.id] <= head]
        self.views.send(past.hall, head, caught_up, moved=True)

    def serve_slow(self, past: PastRoom, late: Sequence[Connection]) -> None:
        """Send the state again to connections that were too slow for it."""
        self._show(past, late)

    def _send(self, live: RoomState, past: PastRoom, entries: Sequence[Entry], those: Sequence[Connection]) -> None:
        now = self._context.clock.now()
        for connection in those:
            late = live.room.delays(connection.account or None, connection.rank)
            hall = past.hall if late else live.room
            for entry in entries:
                if entry.type not in hall.unsent:
                    why = hall.redacts(entry, connection.account or None, connection.rank, now)
                    connection.write(self._encoder.frame("entry", entry_event(entry, redacted=why)))
