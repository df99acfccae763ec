"""Sends a committed batch: entries, then acks, then states, in the order of the log (protocol §3 "Order")."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import cast

from parlour.core.room import Account, ChainUpdate, Command, Entry, Join, Leave, Post, Returned, Tick
from parlour.errors import Illegal, ParlourError
from parlour.runtime.connection import Connection
from parlour.runtime.live_room.agenda import tick_rate
from parlour.runtime.live_room.audience import Audience
from parlour.runtime.live_room.context import Decision, RoomRequest
from parlour.runtime.live_room.decide import is_correction
from parlour.runtime.live_room.state import RoomState

RIGHTS = ("member.", "room.configured")


class Publisher:
    """Sends durable entries, acks and states to a room's audience.

    Attributes:
        inputs: requests whose input was played by a ticking game and is not stored yet.
    """

    def __init__(self, audience: Audience) -> None:
        self.inputs = PendingInputs()
        self._audience = audience
        self._kept_by_seat: frozenset[Account] = frozenset()

    def publish(self, live: RoomState, batch: Sequence[Decision]) -> list[Command]:
        """Send a stored batch; return the commands that the room must handle because of it."""
        audience, inputs = self._audience, self.inputs
        follow_up: list[Command] = []
        changed = moved = False
        for decision in batch:
            command = decision.request.command
            if decision.entries:
                changed = True
                moved = self._send_entries(live, decision.entries) or moved
                if isinstance(command, ChainUpdate) and is_correction(command):
                    audience.views.reset()
            if isinstance(command, Join):
                follow_up += self._admit(live, decision)
            elif isinstance(command, Tick):
                changed = True
            if decision.outcome.deferred:
                inputs.add(decision.request)
            else:
                decision.request.answer(decision.answer)
            if isinstance(command, Join) and live.room.aware and decision.request.connection is not None:
                self._audience.greet(decision.request.connection)
            if decision.outcome.notices or decision.outcome.signals:
                audience.send_signals_and_notices(live, decision)
        if live.room.computed and changed:
            audience.send_views(live, moved)
            if inputs.waiting and not tick_rate(live.room):
                inputs.refuse(Illegal("The game ended before that input was played.", reason="game_over"))
        if live.room.closed:
            self._send_closed(live, [entry for decision in batch for entry in decision.entries])
        return follow_up if self._kept_by_seat == live.kept_by_seat else follow_up + self._let_go(live)

    def catch_up(self, live: RoomState, missed: Sequence[Entry]) -> None:
        """Send entries that were stored although the store reported a failure; states are sent whole."""
        self._send_entries(live, missed)
        if live.room.computed:
            self._audience.views.reset()
            self._audience.send_views(live, moved=True)
        self._send_closed(live, missed if live.room.closed else ())
        self._let_go(live)

    def _let_go(self, live: RoomState) -> list[Command]:
        """Remove those whom only a seat kept here, once they were sent the end of their match; free their seats."""
        gone = self._kept_by_seat - live.kept_by_seat
        self._kept_by_seat = live.kept_by_seat
        if not gone:
            return []
        self._audience.evict(live, ())
        now, room = live.context.clock.now(), live.room
        return [Leave(each, reason="removed") for each in room.seated() if each in gone and not room.may_sit(each, now)]

    def _send_entries(self, live: RoomState, entries: Sequence[Entry]) -> bool:
        """Send entries and remove connections that lost access; return whether one of them is never sent itself."""
        for entry in entries:
            if live.room.access.opened or (entry.type.startswith(RIGHTS) and entry.type != "member.admitted"):
                self._audience.evict(live, entries)
                break
        moved = False
        if live.past is not None:
            live.past.add(entries)
        for entry in entries:
            self._audience.send_entry(live, entry)
            if entry.type in live.room.unsent:
                moved = True
                self.inputs.stored(entry)
        return moved

    def _admit(self, live: RoomState, decision: Decision) -> list[Command]:
        connection = decision.request.connection
        if connection is None or isinstance(decision.answer, ParlourError):
            return []
        if decision.request.handover is not None:
            came = self._go_on(live, decision, connection)
        else:
            came = self._audience.admit(live, decision, connection)
        return [Returned(author=connection.account)] if came and live.room.computed else []

    def _go_on(self, live: RoomState, decision: Decision, connection: Connection) -> bool:
        """Add a connection that was handed over, and send it what it missed; return whether its account came by it."""
        audience, handover, missed = self._audience, decision.request.handover, decision.missed
        assert handover is not None
        assert missed is not None
        audience.go_on(handover)
        came = audience.enter(live, connection)
        if handover.shown is not None:
            with suppress(Illegal):
                audience.presence.show(connection, handover.shown)
        if handover.cursors is not None:
            with suppress(ParlourError):
                audience.go_on_at(handover.cursors, connection)
        for entry in missed:
            audience.send_entry(live, entry, [connection])
        if live.room.computed:
            audience.show_whole(connection, decision, missed[-1].seq if missed else handover.seq)
        return came

    def _send_closed(self, live: RoomState, entries: Sequence[Entry]) -> None:
        for entry in entries:
            if entry.type == "room.closed" and isinstance(entry.body, dict):
                self._audience.close(entry.body.get("reason"), self._audience.prompt(live))


class PendingInputs:
    """Requests of a ticking game whose inputs were played and are not stored yet, in the order of play.

    Attributes:
        waiting: by author and id; a resend waits beside the first.
    """

    def __init__(self) -> None:
        self.waiting: dict[tuple[Account, str], list[RoomRequest]] = {}

    def add(self, request: RoomRequest) -> None:
        post = cast(Post, request.command)
        self.waiting.setdefault((post.author, post.id), []).append(request)

    def stored(self, entry: Entry) -> None:
        """Answer the requests whose inputs a durable `game.tick` entry holds."""
        inputs = entry.body.get("inputs", ()) if isinstance(entry.body, dict) else ()
        answer = {"ok": True, "seq": entry.seq, "at": entry.at, "hash": "0x" + entry.hash.hex()}
        for given in inputs:
            key = next((key for key in self.waiting if key[1] == given.get("id")), None)
            if key is None:
                continue
            first, *again = self.waiting.pop(key)
            first.answer(dict(answer))
            for request in again:
                request.answer({**answer, "duplicate": True})

    def refuse(self, error: ParlourError) -> None:
        """Answer every waiting request with this error."""
        waiting, self.waiting = self.waiting, {}
        for requests in waiting.values():
            for request in requests:
                request.answer(error)
