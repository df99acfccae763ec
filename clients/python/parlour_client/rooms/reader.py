"""The entries of one handle, in order and each once, for a reader that may be slow."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from parlour_client.entries import Entry, EntryPage, Position
from parlour_client.errors import LogReset, ParlourError

log = logging.getLogger("parlour")

QUEUE_LIMIT = 10_000
"""Entries kept for a slow reader; what comes beyond them is read from the log once these have been read."""

History = Callable[[int], Awaitable[EntryPage]]
"""Returns a page of the entries after a seq."""
Newest = Callable[[], Position]
"""Returns the place of the newest entry the client knows of."""


class Reader:
    """What `async for entry in room` reads. The room puts entries in; `next` takes them out.

    Attributes:
        position: the place of the last entry that was taken out; None before the join.
    """

    def __init__(self, history: History, newest: Newest, since: Position | None = None) -> None:
        self.position = since
        self._history = history
        self._newest = newest
        self._epoch = since.epoch if since else ""
        self._queue: asyncio.Queue[Entry | Position | ParlourError | None] = asyncio.Queue()
        # a Position says that the log starts afresh there, None that the room is over without an error
        self._last = since.seq if since else 0
        self._behind = False
        self._check: Position | None = None
        self._over = False

    def begin(self, at: Position, recovered: list[Entry] | None) -> None:
        """Start with what comes after `at`; a reader that resumes starts where it was before.

        Args:
            recovered: the entries after the position it resumes from, None where the server did not send them.
        """
        if self.position is None:
            self.position, self._epoch, self._last = at, at.epoch, at.seq
        elif recovered is not None:
            for entry in recovered:
                self.put(entry)
        elif self.position.epoch != at.epoch or self.position.seq > at.seq:
            self.reset(at)
        else:
            self._behind, self._check = True, self.position

    def put(self, entry: Entry) -> None:
        """Append an entry, unless it is here already or will be read from the log."""
        if self._behind or self._over or entry.seq <= self._last:
            return
        if self._queue.qsize() >= QUEUE_LIMIT:
            self._behind = True
            return
        self._last = entry.seq
        self._queue.put_nowait(entry)

    def reset(self, at: Position) -> None:
        """Say that the log starts afresh: after what is queued, `next` raises LogReset and goes on behind `at`."""
        if self._over:
            return
        self._behind, self._check, self._last = False, None, at.seq
        self._queue.put_nowait(at)

    def end(self, error: ParlourError | None) -> None:
        """Say that nothing more comes: `next` raises `error`, or StopAsyncIteration, ever after."""
        if not self._over:
            self._over = True
            self._queue.put_nowait(error)

    async def next(self) -> Entry:
        """Return the next entry.

        Raises:
            StopAsyncIteration: the room was closed, left or released.
            LogReset: entries may be missing here; the next call goes on after the gap.
            ParlourError: the right to the room was lost, or the connection has ended for good.
        """
        while self._queue.empty() and self._behind and not self._over:
            await self._catch_up()
        item = await self._queue.get()
        if isinstance(item, Entry):
            self.position = Position(self._epoch, item.seq, item.hash)
            return item
        if isinstance(item, Position):
            self.position, self._epoch = item, item.epoch
            raise LogReset(f"The log is another one now, or too far ahead; it goes on after entry {item.seq}.")
        self._queue.put_nowait(item)  # the end stays the end, however often it is asked for
        raise item or StopAsyncIteration

    async def _catch_up(self) -> None:
        """Read one page of the log into the queue; afterwards the reader may be level with the room again."""
        known = self._check
        try:
            page = await self._history(self._last - 1 if known and known.seq else self._last)
        except ParlourError as error:
            if not error.retryable:
                raise
            log.warning("the log could not be read on yet: %s", error)
            return
        if not self._behind or self._check is not known:
            return  # the log started afresh meanwhile
        entries, self._check = page.items, None
        if known and known.seq:
            if not (entries and entries[0].seq == known.seq and known.hash in (None, entries[0].hash)):
                self.reset(self._newest())
                return
            entries = entries[1:]
        for entry in entries:
            self._queue.put_nowait(entry)
            self._last = entry.seq
        if self._last >= self._newest().seq or not page.items:
            self._behind = False
