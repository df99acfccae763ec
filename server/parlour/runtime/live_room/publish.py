"""After the commit everybody hears, in the order of the log: entries, then acks, then states (protocol §3 "Order")."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from parlour.core.room import Account, Command, Entry, Join, Post, Returned, Tick
from parlour.errors import Illegal, ParlourError
from parlour.runtime.live_room.agenda import tick_rate
from parlour.runtime.live_room.audience import Audience
from parlour.runtime.live_room.context import Decision, RoomRequest
from parlour.runtime.live_room.decide import is_correction
from parlour.runtime.live_room.state import RoomState

RIGHTS = ("member.", "room.configured")


class Publisher:
    """Tells an audience what became durable.

    Attributes:
        inputs: senders whose input is played and not stored yet.
    """

    def __init__(self, audience: Audience) -> None:
        self.inputs = PendingInputs()
        self._audience = audience

    def publish(self, live: RoomState, batch: Sequence[Decision]) -> list[Command]:
        """Tell a stored batch; answers what the room should be told in turn."""
        audience, inputs = self._audience, self.inputs
        follow_up: list[Command] = []
        changed = moved = False
        for done in batch:
            command = done.request.command
            if done.entries:
                changed = True
                moved = self._tell_entries(live, done.entries) or moved
                if is_correction(command):
                    audience.views.reset()
            if isinstance(command, Join):
                follow_up += self._admit(live, done)
            elif isinstance(command, Tick):
                changed = True
            if done.outcome.deferred:
                inputs.add(done.request)
            else:
                done.request.answer(done.answer)
            if done.outcome.notices or done.outcome.signals:
                audience.tell_rest(live, done)
        if live.room.computed and changed:
            audience.tell_views(live, moved)
            if inputs and not tick_rate(live.room):
                inputs.refuse(Illegal("The game stopped before it played that.", reason="game_over"))
        self._say_closed(live, [entry for done in batch for entry in done.entries] if live.room.closed else ())
        return follow_up

    def catch_up(self, live: RoomState, missed: Sequence[Entry]) -> None:
        """Tell what was stored although the store said that it failed; states are sent whole."""
        self._tell_entries(live, missed)
        if live.room.computed:
            self._audience.views.reset()
            self._audience.tell_views(live, moved=True)
        self._say_closed(live, missed if live.room.closed else ())

    def _tell_entries(self, live: RoomState, entries: Sequence[Entry]) -> bool:
        """True where an entry went by that is not sent; whoever lost the right to the room no longer hears."""
        if any(entry.type.startswith(RIGHTS) for entry in entries):
            self._audience.evict(live, entries)
        moved = False
        for entry in entries:
            self._audience.tell(live, entry)
            if not live.sends(entry):
                moved = True
                self.inputs.stored(entry)
        return moved

    def _admit(self, live: RoomState, done: Decision) -> list[Command]:
        connection = done.request.connection
        if connection is None or isinstance(done.answer, ParlourError):
            return []
        came = self._audience.admit(live, done, connection)
        return [Returned(author=connection.account)] if came and live.room.computed else []

    def _say_closed(self, live: RoomState, entries: Sequence[Entry]) -> None:
        for entry in entries:
            if entry.type == "room.closed" and isinstance(entry.body, dict):
                self._audience.close(entry.body.get("reason"))


class PendingInputs:
    """Requests by (author, id), in the order their inputs were played. A resend waits beside the first."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[Account, str], list[RoomRequest]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, request: RoomRequest) -> None:
        post = cast(Post, request.command)
        self._waiting.setdefault((post.author, post.id), []).append(request)

    def stored(self, entry: Entry) -> None:
        """Answer the senders of what a durable `game.tick` entry holds; its inputs are in the order of play."""
        inputs = entry.body.get("inputs", ()) if isinstance(entry.body, dict) else ()
        answer = {"ok": True, "seq": entry.seq, "at": entry.at, "hash": "0x" + entry.hash.hex()}
        for given in inputs:
            key = next((key for key in self._waiting if key[1] == given.get("id")), None)
            if key is None:
                continue
            first, *again = self._waiting.pop(key)
            first.answer(dict(answer))
            for request in again:
                request.answer({**answer, "duplicate": True})

    def refuse(self, error: ParlourError) -> None:
        """None of them will be stored."""
        waiting, self._waiting = self._waiting, {}
        for requests in waiting.values():
            for request in requests:
                request.answer(error)
