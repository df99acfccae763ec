"""Tells many accounts of one message, behind its commit: `@room`, `@here`, a thread's followers, who hears everything.

Each page of accounts is one transaction, which also moves the message's cursor: after a crash it goes on where it was,
and nobody is told twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any, Protocol

import structlog

from parlour.core.room import Account, RoomId
from parlour.errors import NoSuchRoom, ParlourError
from parlour.runtime.clock import Clock
from parlour.runtime.live_room.reopen import ReadableRoom
from parlour.runtime.notice_records import NoticeRecord, Spread, notice_of
from parlour.runtime.rooms.registry import RoomRegistry
from parlour.runtime.store import StoreError

log = structlog.get_logger()

PAGE = 1_000
"""Accounts of one transaction: some 20 ms, and posts wait behind it."""
AT_ONCE = 100
"""Messages read at once."""
LOOK_SECONDS = 10.0
"""Between two looks for messages that nobody called about: left by a crash, or by a failure."""
TYPES = {"room": "mention", "here": "mention", "thread": "thread", "whole": "message"}
"""The type of the notices, by whom a message is spread to."""


class SpreadRows(Protocol):
    """The messages that wait to be spread. Every method may raise StoreError."""

    async def waiting(self, limit: int, without: Collection[RoomId] = ()) -> list[Spread]:
        """Return the oldest messages that wait, but for those of some rooms."""
        ...

    async def hearers(
        self, spread: Spread, here: Collection[Account], limit: int, now: int
    ) -> tuple[Sequence[Account], Account | None]:
        """Return the next accounts to tell, and the last one that was looked at; None where it was the last of all.

        Left out are who was told already, who wants to hear less now, and who blocks the author.

        Args:
            here: who is in the room now.
        """
        ...

    async def tell(self, spread: Spread, notices: Sequence[NoticeRecord], last: Account | None) -> bool:
        """Store a page of notices and move the cursor; return False where another process did."""
        ...


class Spreader:
    """Spreads the messages that wait, as soon as it is called.

    Args:
        notify: sends an event to every connection of an account.
    """

    def __init__(
        self,
        registry: RoomRegistry,
        rows: SpreadRows,
        clock: Clock,
        notify: Callable[[Account, str, dict[str, Any]], None],
    ) -> None:
        self._registry = registry
        self._rows = rows
        self._clock = clock
        self._notify = notify
        self._called = asyncio.Event()

    def call(self) -> None:
        """Spread soon: a message waits."""
        self._called.set()

    async def run(self) -> None:
        """Spread until cancelled; what fails is logged and tried again."""
        while True:
            self._called.clear()
            try:
                await self.spread_all()
            except StoreError as error:
                log.warning("notices.spread_failed", error=type(error).__name__)
                await self._clock.sleep(1.0)
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._called.wait()
            except TimeoutError:
                pass

    async def spread_all(self) -> None:
        """Spread every message that waits, but those of rooms that cannot be opened now.

        Raises:
            StoreError.
        """
        closed = set[RoomId]()
        while waiting := await self._rows.waiting(AT_ONCE, closed):
            for each in waiting:
                if each.room in closed:
                    continue
                try:
                    await self._spread(each)
                except ParlourError as error:  # no reason for messages of other rooms to wait
                    closed.add(each.room)
                    log.warning("notices.room_left", room=each.room, error=type(error).__name__)

    async def _spread(self, spread: Spread) -> None:
        try:
            host = await self._registry.reach(spread.room)
        except NoSuchRoom:
            await self._rows.tell(spread, (), None)
            return
        last: Account | None = spread.after
        while last is not None:
            spread = replace(spread, room=host.id, after=last)
            last = await self._next_page(host, spread)

    async def _next_page(self, host: ReadableRoom, spread: Spread) -> Account | None:
        """Tell the next accounts; return the last one that was looked at, None where nobody is left."""
        now, here = self._clock.now(), host.presence.accounts()
        accounts, last = await self._rows.hearers(spread, here, PAGE, now)
        admitted = await host.read_state(lambda hall: [each for each in accounts if hall.admits(each, now)])
        told = [notice_of(each, TYPES[spread.to], spread) for each in admitted]
        if not await self._rows.tell(spread, told, last):
            return None
        for each in told:
            self._notify(each.account, "notice", each.to_json())
        return last
