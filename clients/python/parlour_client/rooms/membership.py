"""One joined room, shared by its handles: it joins, joins again after each reconnect, and fetches what was missed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from parlour_client.entries import Entry, EntryPage, Position
from parlour_client.errors import Forbidden, Internal, ParlourError
from parlour_client.listeners import Guard, Listeners
from parlour_client.ports import Requests
from parlour_client.rooms.presence import picture
from parlour_client.rooms.reader import Reader
from parlour_client.rooms.replica import Joined, Replica, Taken

log = logging.getLogger("parlour")

PAGE = 1_000
"""Entries asked for at once: the most a server answers."""
NEWS = ("join", "entry", "state", "presence", "signal", "read", "reset", "end")


class Membership:
    """A room that this client is in, for as long as a reader of it is left.

    Attributes:
        replica: what is known of the room.
        changed: listeners for each of NEWS.
        guard: calls listeners, and runs what joins again.
        ended: why the room is over for this client (`closed`, `left`, `banned` …), or None.
        vector: what of a document is here, sent with every join.

    Args:
        room: the id.
        requests: sends.
        guard: calls listeners, and runs what joins again.
        since: where the first reader resumes.
    """

    def __init__(self, room: str, requests: Requests, guard: Guard, since: Position | None = None) -> None:
        self.replica = Replica(room, since)
        self.changed = {news: Listeners(guard) for news in NEWS}
        self.guard = guard
        self.ended: str | None = None
        self.error: ParlourError | None = None
        self.vector: Callable[[], bytes] | None = None
        self._room = room
        self._options: dict[str, Any] = {}
        self._requests = requests
        self._readers: list[Reader] = []
        self._entered = False
        self._one_at_a_time = asyncio.Lock()
        self._recovery: asyncio.Task[None] | None = None
        self._asking: asyncio.Task[None] | None = None
        self._joining = False
        self._held: list[Entry] | None = None

    @property
    def id(self) -> str:
        """The room's id, as the server spells it once it was joined."""
        return str(self.replica.info["id"])

    # ── readers ──────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def readers(self) -> int:
        """How many readers there are."""
        return len(self._readers)

    def add_reader(self, since: Position | None = None) -> Reader:
        """Add a reader, from `since` on or from now on."""
        reader = Reader(self._page_after, self._newest, since)
        self._readers.append(reader)
        if self._entered:
            reader.begin(self._newest(), None)
        if self.ended is not None:
            reader.end(self.error)
        return reader

    def remove_reader(self, reader: Reader) -> bool:
        """Take a reader off; returns whether it was the last."""
        if reader in self._readers:
            self._readers.remove(reader)
        reader.end(None)
        return not self._readers

    async def history(self, **bounds: int | None) -> EntryPage:
        """Ask for a page of the log. Raises ParlourError."""
        given = {key: bound for key, bound in bounds.items() if bound is not None}
        ack = await self._requests.request("room:history", {"room": self.id, **given})
        return EntryPage([Entry.from_json(wire) for wire in ack["entries"]], bool(ack["more"]))

    async def _page_after(self, seq: int) -> EntryPage:
        return await self.history(after=seq, limit=PAGE)

    def _newest(self) -> Position:
        assert self.replica.known is not None  # a reader begins with the join
        return self.replica.known

    # ── joining ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def enter(self, options: Mapping[str, Any]) -> None:
        """Join, unless that is done; with another `as` or `invite` than before, join again.

        Raises:
            ParlourError: the server refuses.
        """
        async with self._one_at_a_time:
            anew = any(self._options.get(key) != value for key, value in options.items() if key != "limit")
            if self._entered and not anew:
                return
            before, self._options = self._options, self._options | dict(options)
            try:
                await self._join()
            except BaseException:
                self._options = before
                raise

    async def rejoin(self) -> None:
        """Join once more. Raises ParlourError."""
        async with self._one_at_a_time:
            await self._join()

    def reconnected(self) -> None:
        """Join again in the background, from the last entry that is known."""
        if not self._entered or self.ended is not None:
            return  # the first join is still being asked, and is asked again by itself
        if self._recovery:
            self._recovery.cancel()
        self._joining = True
        self._recovery = self.guard.start(self._recover(), f"parlour room {self.id}")

    async def _recover(self) -> None:
        while True:
            try:
                return await self._join()
            except ParlourError as error:
                if not error.retryable:
                    return self.end(error.reason or error.code, error)
                log.warning("room %s could not be joined again yet: %s", self.id, error)
            except Exception as defect:  # an answer we cannot read must not leave a reader waiting for ever
                self.end("internal", Internal(f"Room {self.id} could not be joined again: {defect!r}."))
                raise

    async def _join(self) -> None:
        """Join, resuming after the last entry that is known; raises ParlourError."""
        request: dict[str, Any] = {"room": self._room, **self._options}
        if self.replica.known is not None:
            request["since"] = self.replica.known.to_json()
        if self.vector is not None:
            request["vector"] = self.vector()
        gaps: list[Mapping[str, Any]] = []

        def settle(ack: Mapping[str, Any]) -> None:
            if self._joined(ack) is Joined.GAP:
                self._held = []  # from here on: what comes after the ack waits until the gap is closed
                gaps.append(ack)

        await self._requests.request("room:join", request, settle=settle)
        for ack in gaps:
            await self._close_gap(ack)

    def _joined(self, ack: Mapping[str, Any]) -> Joined:
        since = self.replica.known
        outcome, new = self.replica.joined(ack)
        self._joining, self._held = False, None
        self.changed["join"].tell(ack)
        if not self._entered:
            self._entered = True
            for reader in self._readers:
                reader.begin(self._newest(), new if ack["recovered"] and since is not None else None)
        elif outcome is Joined.AFRESH:
            self._start_afresh(ack)
        else:
            for entry in new:
                self._pass_on(entry)
        if self.replica.has_view(ack):
            self.changed["state"].tell(self.replica.state)
        self.changed["presence"].tell(self.replica.presence)
        return outcome

    async def _close_gap(self, ack: Mapping[str, Any]) -> None:
        """Fetch the missing entries, page by page; start afresh where the log does not hold what we had seen."""
        known, head = self._newest(), int(ack["head"])
        page = await self.history(after=max(known.seq - 1, 0), before=head + 1, limit=PAGE)
        entries = page.items
        if known.seq:
            if not (entries and entries[0].seq == known.seq and known.hash in (None, entries[0].hash)):
                self._start_afresh(ack)
                return self._release_held()
            entries = entries[1:]
        while True:
            self.replica.append(entries)
            for entry in entries:
                self._pass_on(entry)
            if not page.more or not page.items:
                break
            page = await self.history(after=self._newest().seq, before=head + 1, limit=PAGE)
            entries = page.items
        self.replica.reach(ack)
        self._release_held()
        return None

    def _release_held(self) -> None:
        held, self._held = self._held or [], None
        for entry in held:
            self._take(entry)

    def _start_afresh(self, ack: Mapping[str, Any]) -> None:
        self.replica.start_afresh(ack)
        for reader in self._readers:
            reader.reset(self._newest())
        self.changed["reset"].tell(None)

    # ── events, in the order of the wire ─────────────────────────────────────────────────────────────────────────

    def receive(self, event: str, data: Mapping[str, Any]) -> None:
        """Follow one event of this room."""
        match event:
            case "entry":
                self._take(Entry.from_json(data))
            case "state":
                self._follow("state", self.replica.take_state(data))
            case "presence":
                self._follow("presence", self.replica.take_presence(data))
            case "read":
                if data["account"] == self._requests.account:
                    self.replica.read = max(self.replica.read, data["seq"])
                self.changed["read"].tell(data)
            case "signal":
                self.changed["signal"].tell(data)
            case "room:closed":
                self.end("closed", None)
            case "room:removed":
                reason = data.get("reason")
                self.end(reason or "removed", Forbidden("This account lost its right to the room.", reason=reason))

    def end(self, why: str, error: ParlourError | None) -> None:
        """Hear no more: readers end with `error`, or without one."""
        for task in (self._recovery, self._asking):
            if task is not None and task is not asyncio.current_task():
                task.cancel()
        if self.ended is None:
            self.ended, self.error = why, error
            for reader in self._readers:
                reader.end(error)
            self.changed["end"].tell(why)

    def _take(self, entry: Entry) -> None:
        if self._joining or self.ended is not None:
            return  # the join's answer will hold it
        if self._held is not None:
            self._held.append(entry)
            return
        match self.replica.take_entry(entry):
            case Taken.APPLIED:
                self._pass_on(entry)
            case Taken.BEHIND:
                log.warning("room %s skipped from %d to %d; joining again", self.id, self.replica.head, entry.seq)
                self.reconnected()

    def _pass_on(self, entry: Entry) -> None:
        for reader in self._readers:
            reader.put(entry)
        self.changed["entry"].tell(entry)
        if entry.type == "chat.released" and isinstance(entry.body, dict):
            self._reveal(entry.body["of"])

    def _reveal(self, of: int) -> None:
        """Fetch a message that no longer waits for a moderator, with its edits, where it came without its text."""
        if self.replica.lacks_body(of):
            self.guard.start(self._ask_text(of), f"parlour message {of} of {self.id}")

    async def _ask_text(self, of: int) -> None:
        with suppress(ParlourError):  # it stays as it is: without its text
            ack = await self._requests.request("room:history", {"room": self.id, "view": "edits", "of": of})
            self.replica.reveal(Entry.from_json(wire) for wire in ack["entries"])

    def _follow(self, news: str, taken: Taken) -> None:
        if taken is Taken.APPLIED:
            self.changed[news].tell(self.replica.state if news == "state" else self.replica.presence)
        elif taken is Taken.BEHIND and news == "state":
            if not self._joining:
                log.warning("a change of room %s's view does not fit; joining again. %s", self.id, self.replica.misfit)
                self.reconnected()
        elif taken is Taken.BEHIND and (self._asking is None or self._asking.done()):
            self._asking = self.guard.start(self._ask_presence(), f"parlour presence {self.id}")

    async def _ask_presence(self) -> None:
        try:
            ack = await self._requests.request("room:presence", {"room": self.id})
        except ParlourError:
            return  # the next join says who is here
        self.replica.presence = picture(ack)
        self.changed["presence"].tell(self.replica.presence)
