"""What a client knows of one room, and how acks and events change it: no waiting, no sending, no listeners."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

from parlour_client.entries import Entry, Position
from parlour_client.patch import PatchError, apply_patch
from parlour_client.rooms.presence import picture, presence_after
from parlour_client.steps import StepsError, apply_steps

KEPT_ENTRIES = 2_000
"""The latest entries that are kept: what a page shows, and enough to fold the reactions and edits of it."""
CLOSED_GAP = 10_000
"""Entries that are fetched after a reconnect; beyond it the room starts afresh, for fetching takes too long."""


class Taken(Enum):
    """What became of an event."""

    APPLIED = "applied"
    IGNORED = "ignored"
    BEHIND = "behind"
    """Something before it is missing."""


class Joined(Enum):
    """What a join's ack means for what was known before."""

    COMPLETE = "complete"
    """Every entry up to the head is here."""
    GAP = "gap"
    """The log is the same one; the entries after `known` are to be fetched."""
    AFRESH = "afresh"
    """The log is another one, or too far ahead."""


class Replica:
    """One room as this client knows it.

    Attributes:
        info: the room object (protocol section 3, "Rooms").
        role, seat: this account's; `seat` is None for those who watch.
        read: up to where this account has read.
        head: the highest seq this client knows of.
        known: the place of the last entry or of the last join's head; joining again asks for what comes after it.
        entries: the latest entries, ascending; only what the server does not send (ticks) is missing between them.
        state: the view the server computed, None for kinds without one.
        presence: `{v, members, count, status?, data?}`; a large crowd has a `count` alone.
        misfit: why the last change of the view that was BEHIND did not fit.
    """

    def __init__(self, room: str, since: Position | None = None) -> None:
        self.info: dict[str, Any] = {"id": room}
        self.role = ""
        self.seat: int | None = None
        self.read = 0
        self.head = since.seq if since else 0
        self.known = since
        self.entries: deque[Entry] = deque(maxlen=KEPT_ENTRIES)
        self.state: Any = None
        self.presence: dict[str, Any] = {"v": 0, "members": [], "count": 0}
        self.misfit = ""
        self._state_seq = 0
        self._has_state = False
        self._entered = False

    @staticmethod
    def has_view(ack: Mapping[str, Any]) -> bool:
        """Whether a join's ack has a view; the state of a document is no view (`parlour_client.rooms.document`)."""
        return ack.get("state") is not None and ack["room"].get("kind") != "document"

    def joined(self, ack: Mapping[str, Any]) -> tuple[Joined, list[Entry]]:
        """Adopt what a join's ack says beside its entries; returns what it means, and the entries that are new.

        After `GAP` and `AFRESH` nothing of the log is changed yet: `append` the missing entries, or `start_afresh`.
        """
        self.info, self.role, self.seat = dict(ack["room"]), ack["role"], ack.get("seat")
        self.read = ack["read"]
        self.presence = picture(ack["presence"])
        if self.has_view(ack):
            self.state, self._state_seq, self._has_state = ack["state"], ack["head"], True
        first, self._entered = not self._entered, True
        entries = [Entry.from_json(wire) for wire in ack["entries"]]
        if ack["recovered"]:
            new = [entry for entry in entries if entry.seq > self.head]
            self.append(new)
            self.reach(ack)
            return Joined.COMPLETE, new
        if first or self.known is None:
            self.start_afresh(ack)
            return Joined.COMPLETE, []
        same_log = ack["epoch"] == self.known.epoch and ack["head"] >= self.known.seq
        if same_log and ack["head"] - self.known.seq <= CLOSED_GAP:
            return Joined.GAP, []
        return Joined.AFRESH, []

    def start_afresh(self, ack: Mapping[str, Any]) -> None:
        """Forget the log as it was; adopt the latest entries of a join's ack."""
        self.entries.clear()
        self.entries.extend(Entry.from_json(wire) for wire in ack["entries"])
        self.head = ack["head"]
        self.known = Position(ack["epoch"], ack["head"], ack["hash"])

    def reach(self, ack: Mapping[str, Any]) -> None:
        """Move to the head of a join's ack: everything up to it is here, or is never sent (ticks)."""
        self.head = max(self.head, ack["head"])
        self.known = Position(ack["epoch"], ack["head"], ack["hash"])

    def take_entry(self, entry: Entry) -> Taken:
        """Append an entry in its order: what is here already is ignored; a hole before it is not filled.

        Where the server computes a view, holes are ticks, which are not sent.
        """
        if self.known is None or entry.seq <= self.head:
            return Taken.IGNORED
        if entry.seq > self.head + 1 and not self._has_state:
            return Taken.BEHIND
        self.append([entry])
        return Taken.APPLIED

    def append(self, entries: list[Entry]) -> None:
        """Append entries that follow those that are here."""
        if not entries or self.known is None:
            return
        self.entries.extend(entries)
        last = entries[-1]
        self.head = max(self.head, last.seq)
        self.known = Position(self.known.epoch, last.seq, last.hash)

    def lacks_body(self, seq: int) -> bool:
        """Return whether an entry is here without its body."""
        return any(entry.seq == seq and entry.body is None for entry in self.entries)

    def reveal(self, entries: Iterable[Entry]) -> None:
        """Put entries with their bodies in place of the same ones without."""
        shown = {entry.hash: entry for entry in entries}
        for at, entry in enumerate(self.entries):
            if entry.body is None:
                self.entries[at] = shown.get(entry.hash, entry)

    def take_state(self, event: Mapping[str, Any]) -> Taken:
        """Follow a `state` event: a whole view, or what changed of the one that is known."""
        if "state" in event:
            if event["seq"] < self._state_seq:
                return Taken.IGNORED
            self.state = event["state"]
        elif event["seq"] < self._state_seq or event["base"] < event["seq"] == self._state_seq:
            return Taken.IGNORED  # a ticking game moves between its entries: base and seq are equal then
        elif event["base"] != self._state_seq:
            self.misfit = f"It is based on {event['base']}, and {self._state_seq} is known."
            return Taken.BEHIND
        else:
            try:
                steps = event.get("steps")
                changed = apply_patch(self.state, event["patch"]) if steps is None else apply_steps(self.state, steps)
            except (PatchError, StepsError) as error:
                self.misfit = str(error)
                return Taken.BEHIND
            self.state = changed
        self._state_seq, self._has_state = event["seq"], True
        self.head = max(self.head, event["seq"])
        return Taken.APPLIED

    def take_presence(self, event: Mapping[str, Any]) -> Taken:
        """Follow a `presence` event; a version that was skipped is BEHIND."""
        if event.get("v", self.presence["v"] + 1) <= self.presence["v"]:
            return Taken.IGNORED
        after = presence_after(self.presence, event)
        if after is None:
            return Taken.BEHIND
        self.presence = after
        return Taken.APPLIED
