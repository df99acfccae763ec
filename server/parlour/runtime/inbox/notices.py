"""An account's notices: listed, marked as read, and how much it wants to hear of rooms and threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from parlour.core.room import Account, RoomId
from parlour.errors import Illegal, Invalid, NotFound
from parlour.runtime.clock import Clock
from parlour.runtime.notice_records import NoticeRecord
from parlour.runtime.rooms.interface import Caller
from parlour.runtime.rooms.rights import RoomRights
from parlour.runtime.store import Store

LISTED = 50
"""Notices of a page where nobody says otherwise."""
MOST_UNREAD_NOTICES = 1_000
"""Unread notices that are counted."""


class NoticeRows(Protocol):
    """Notices and levels as they are stored. Every method may raise StoreError."""

    async def page(self, account: Account, before: str | None, limit: int, now: int) -> list[NoticeRecord]:
        """Return notices of rooms that the account may join now, the newest first; below the id `before`."""
        ...

    async def unread(self, account: Account, most: int, now: int) -> int:
        """Count the unread notices of such rooms, up to `most`."""
        ...

    async def read(self, account: Account, upto: str) -> None:
        """Mark the account's notices up to this id as read."""

    async def set_level(
        self, room: RoomId, account: Account, thread: int | None, level: str | None, until: int | None
    ) -> None:
        """Keep how much an account wants to hear of a room or a thread; None for what is usual."""

    async def levelled(self, room: RoomId, account: Account, thread: int, most: int) -> int:
        """Count the other threads of a room of which the account said how much it wants to hear, up to `most`."""
        ...

    async def forget(self, before: int) -> int:
        """Delete notices from before that time (ms), and return how many."""
        ...


class Notices:
    """Answers an account's requests about its notices; any call may raise StoreError."""

    def __init__(
        self,
        rights: RoomRights,
        rows: NoticeRows,
        store: Store,
        clock: Clock,
        followed: Callable[[RoomId], None],
        most_threads: int,
    ) -> None:
        """Make the notices.

        Args:
            followed: lets a room know that somebody wants to hear of every message.
            most_threads: threads of a room of which one account says how much it wants to hear.
        """
        self._most_threads = most_threads
        self._followed = followed
        self._rights = rights
        self._rows = rows
        self._store = store
        self._clock = clock

    async def page(self, account: Account, cursor: str | None, limit: int | None) -> dict[str, Any]:
        """Answer `{notices, cursor, unread}`, newest first."""
        most, now = limit or LISTED, self._clock.now()
        found = await self._rows.page(account, cursor, most + 1, now)
        unread = await self._rows.unread(account, MOST_UNREAD_NOTICES, now)
        page = found[:most]
        kept = [{**each.to_json(), "at": each.at, "read": each.read} for each in page]
        return {"notices": kept, "cursor": page[-1].id if len(found) > most else None, "unread": unread}

    async def read(self, account: Account, upto: str) -> None:
        """Mark notices as read, up to the one with this id."""
        await self._rows.read(account, upto)

    async def notify(self, room: RoomId, caller: Caller, thread: int | None, level: str, until: int | None) -> None:
        """Keep how much the caller wants to hear of a room that it may join, or of a thread in it.

        Raises:
            NotFound: no such message. Invalid: `until` has passed. Illegal: it said so of enough threads.
            As `RoomRights.open`.
        """
        host, _ = await self._rights.open(room, caller)
        if until is not None and until <= self._clock.now():
            raise Invalid("until must lie in the future, in milliseconds since 1970.", details={"path": "until"})
        if thread is not None:
            root = (await self._store.pick(host.id, [thread])).get(thread)
            if root is None or root.type != "chat.message":
                raise NotFound(f"There is no message {thread} in this room.", details={"path": "thread"})
            most = self._most_threads
            if await self._rows.levelled(host.id, caller.account, thread, most) >= most:
                raise Illegal(f"An account sets the level of {most} threads of a room at most.", reason="threads")
        await self._rows.set_level(host.id, caller.account, thread, level, until)
        if thread is None and level == "all":
            self._followed(host.id)
