"""Answers a join: the room, its position, and exactly what was missed or else a snapshot (protocol §3)."""

from __future__ import annotations

from collections.abc import Sequence

from parlour.core.room import Entry
from parlour.core.rooms.chat import erase
from parlour.errors import Unavailable
from parlour.runtime.connection import Connection
from parlour.runtime.limits import ANSWER_BYTES
from parlour.runtime.live_room.context import Decision, RoomRequest
from parlour.runtime.live_room.prepare import join_limit
from parlour.runtime.live_room.recovery import answer_gap
from parlour.runtime.live_room.state import RoomState
from parlour.runtime.shown.past import PastRoom


def join_answer(live: RoomState, decision: Decision, connection: Connection) -> None:
    """Complete the ack of an accepted join; `presence` and `room` are added when it is sent, as both may change."""
    request, journal, account = decision.request, live.journal, connection.account
    held = [*request.gap, *journal.pending]
    if journal.erased:
        erase(held, set(journal.erased))
    past = live.seen_past(connection)
    if past is not None:
        held = [entry for entry in held if entry.seq <= past.record.head]
    if request.handover is not None:
        _go_on(live, decision, held)
        return
    missed = _missed(live, request, held, past)
    entries = _latest(live, request, held) if missed is None else missed
    assert isinstance(decision.answer, dict)
    decision.answer = {
        "ok": True,
        "room": {},
        "epoch": live.record.epoch,
        "head": journal.head if past is None else past.record.head,
        "hash": "0x" + (journal.hash if past is None else past.record.hash).hex(),
        "read": request.read,
        "recovered": missed is not None,
        "entries": [live.shown(entry, connection) for entry in entries if live.sends(entry)],
        "pins": live.shown_pins(connection),
        **decision.outcome.reply,
    }
    if past is not None:
        decision.late = True
        decision.answer["state"] = decision.view = past.hall.view(account or None)
        decision.view_key = past.hall.view_key(account or None)
    elif live.room.computed:
        decision.answer["state"] = decision.view = live.view(account or None)
        decision.view_key = live.view_key(account or None)


def _go_on(live: RoomState, decision: Decision, held: Sequence[Entry]) -> None:
    """Note what a connection that was handed over missed; one that missed too much has to join anew."""
    request, account = decision.request, decision.request.command.author
    missed = decision.missed = answer_gap(request.since, live.record, live.journal.head, held, live.context.limits)
    if missed is None or live.past is not None:
        decision.answer = Unavailable("This room moved, and too much happened since; try again.")
    elif live.room.computed:
        decision.view, decision.view_key = live.view(account or None), live.view_key(account or None)


def _missed(
    live: RoomState, request: RoomRequest, held: Sequence[Entry], past: PastRoom | None
) -> Sequence[Entry] | None:
    """Return what the client missed, or None; of a kind with merged entries only the others count."""
    if past is not None:
        return answer_gap(request.since, past.record, past.record.head, held, live.context.limits)
    counted = None
    if live.room.merged and request.since is not None:
        counted = live.room.counted_since(request.since.seq)
        if counted is None:
            return None
    return answer_gap(request.since, live.record, live.journal.head, held, live.context.limits, counted)


def _latest(live: RoomState, request: RoomRequest, held: Sequence[Entry]) -> Sequence[Entry]:
    """Return the latest entries: `join_limit` at most, and no more than `ANSWER_BYTES` and one entry."""
    limit, size = join_limit(live, request), 0
    held = [entry for entry in held if entry.type not in live.room.merged] if live.room.merged else held
    latest = held[-limit:] if limit else ()
    for count, entry in enumerate(reversed(latest)):
        if size >= ANSWER_BYTES:
            return latest[-count:]
        size += len(entry.raw or b"")
    return latest
