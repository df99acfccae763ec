"""A handle on a joined room: its entries in order, its view, and what to do in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

from parlour_client.chat import Conversation, Message
from parlour_client.entries import Entry, Position
from parlour_client.errors import Closed
from parlour_client.listeners import Listener, Listeners
from parlour_client.ports import Off
from parlour_client.rooms.asking import Asking
from parlour_client.rooms.handle import Sending
from parlour_client.rooms.membership import Membership
from parlour_client.rooms.posting import Posting

if TYPE_CHECKING:
    from parlour_client.rooms.document import Document
    from parlour_client.rooms.plain_values import SharedMap


class Room(Posting, Asking):
    """Made by `Parlour.join` and `Parlour.enter`. `async for entry in room` yields what happens from the join on.

    Handles of one room share the join, the view and `recent`. Each has its own iteration and its own listeners, and is
    released on its own.
    """

    def __init__(self, membership: Membership, sending: Sending, since: Position | None = None) -> None:
        super().__init__(membership, sending)
        self._reader = membership.add_reader(since)
        self._conversation = Conversation()
        self._ending = Listeners(membership.guard)
        self._offs: set[Off] = {
            membership.changed["reset"].add(lambda _: self._conversation.start_afresh()),
            membership.changed["end"].add(self._ending.tell),
        }
        self._released = False
        self._document: Document | None = None

    @property
    def position(self) -> Position | None:
        """The place of the last entry that iteration yielded: keep it to go on there in another process."""
        return self._reader.position

    @property
    def ended(self) -> str | None:
        """Why the room is over for this handle (`closed`, `left`, `released`, `banned` …), or None."""
        return self._membership.ended or ("released" if self._released else None)

    @property
    def is_last(self) -> bool:
        """Whether no other handle of this room is left."""
        return self._membership.readers == 1

    def release(self) -> None:
        """Stop listening, and keep the seat. After the last handle of a room the client follows it no longer."""
        if self._released:
            return
        self._released = True
        if self._membership.ended is None:
            self._ending.tell("released")
        for off in list(self._offs):
            off()
        if self._membership.remove_reader(self._reader):
            self._sending.forget(self._membership)

    async def leave(self) -> None:
        """Give the room up, for all its handles; in a running game this gives up the seat. Raises ParlourError."""
        self._membership.end("left", None)
        self._sending.forget(self._membership)
        await self._change("room:leave")

    async def document(self) -> Document:
        """Return the document of a room of kind `document`, kept in step from now on.

        Raises:
            ParlourError: the server refuses. ImportError: `pip install parlour-client[documents]` first.
        """
        from parlour_client.rooms.document import Document

        if self._document is None:
            self._document = Document(self, self._membership)
        return await self._document.opened()

    async def shared(self, name: str) -> SharedMap:
        """Return a map of the room's document as a plain dict that tells its changes. Raises as `document`."""
        return (await self.document()).map(name)

    # ── hearing ──────────────────────────────────────────────────────────────────────────────────────────────────

    def __aiter__(self) -> AsyncIterator[Entry]:
        return self

    async def __anext__(self) -> Entry:
        """Return the next entry.

        Raises:
            StopAsyncIteration: the room was closed, left or released.
            LogReset: entries may be missing here; iterating on goes on after the gap.
            ParlourError: the right to the room was lost.
        """
        return await self._reader.next()

    def messages(self) -> list[Message]:
        """Return the chat messages of `recent`, with edits, deletions, reactions and pins folded in."""
        return self._conversation.messages(self._replica.entries)

    async def states(self) -> AsyncIterator[Any]:
        """Yield the view now and whenever it has changed; a slow reader gets the newest. Ends with the room."""
        changed = asyncio.Event()
        changed.set()
        offs = [self.on_state(lambda _: changed.set()), self.on_end(lambda _: changed.set())]
        try:
            while self.ended is None:
                await changed.wait()
                changed.clear()
                if self.ended is None:
                    yield self.state
        finally:
            for off in offs:
                off()

    async def wait_for(
        self, type: str, check: Callable[[Entry], bool] | None = None, timeout: float | None = None
    ) -> Entry:
        """Return the next entry of a type that passes `check`; what the iteration yields stays untouched.

        Args:
            timeout: seconds; None waits for ever.

        Raises:
            TimeoutError: none came in time. ParlourError: the room ended before.
        """
        reader = self._membership.add_reader()
        try:
            async with asyncio.timeout(timeout):
                while True:
                    entry = await reader.next()
                    if entry.type == type and (check is None or check(entry)):
                        return entry
        except StopAsyncIteration:
            raise Closed(f"The room ended before a {type} came.", reason=self.ended) from None
        finally:
            if self._membership.remove_reader(reader):
                self._sending.forget(self._membership)

    def on_entry(self, listener: Listener) -> Off:
        """Call `listener` with every entry from now on; the answer takes it off again."""
        return self._on("entry", listener)

    def on_announcement(self, listener: Listener) -> Off:
        """Call `listener` with `{by, text}` whenever the server's operators announce something here.

        What they announced before the join is among the entries, as `room.announced`. The answer takes it off again.
        """
        return self.on_entry(lambda entry: listener(entry.body) if entry.type == "room.announced" else None)

    def on_signal(self, listener: Listener) -> Off:
        """Call `listener` with every signal `{from, type, body}`; the answer takes it off again."""
        return self._on("signal", listener)

    def on_state(self, listener: Listener) -> Off:
        """Call `listener` with the view whenever it has changed; the answer takes it off again."""
        return self._on("state", listener)

    def on_presence(self, listener: Listener) -> Off:
        """Call `listener` with `presence` whenever somebody came or went; the answer takes it off again."""
        return self._on("presence", listener)

    def on_read(self, listener: Listener) -> Off:
        """Call `listener` with `{account, seq}` whenever somebody has read on; the answer takes it off again."""
        return self._on("read", listener)

    def on_end(self, listener: Listener) -> Off:
        """Call `listener` with `ended` once the room is over for this handle; the answer takes it off again."""
        return self._ending.add(listener)

    def _on(self, news: str, listener: Listener) -> Off:
        take_off = self._membership.changed[news].add(listener)

        def off() -> None:
            take_off()
            self._offs.discard(off)

        self._offs.add(off)
        return off
