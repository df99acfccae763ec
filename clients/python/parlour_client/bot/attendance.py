"""The rooms a bot is in: those it names, those its patterns match, and those it comes back to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase

from parlour_client.client import Parlour
from parlour_client.errors import Forbidden, NotFound, ParlourError
from parlour_client.listeners import Guard
from parlour_client.net.retry import Retry
from parlour_client.rooms.room import Room

log = logging.getLogger("parlour.bot")

LOOK_AROUND_S = 2.0
"""Between two looks at the newest rooms of the server's list for those that match a pattern such as `table-*`."""
LOOKS_PER_WHOLE_LIST = 30
"""Each so many looks read the whole list: a room can come into it behind the newest, by turning public."""
PAGE = 100
"""Rooms asked for at once."""
COME_BACK = Retry(first=5.0, longest=60.0)
"""The pauses before a room that sent the bot out is tried again: a lifted ban is noticed within a minute."""
_FOR_GOOD = frozenset({"closed", "left", "released"})
"""Ends of a room that no try would change, or that the bot's own handler chose."""


class Attendance:
    """Keeps a bot in its rooms, with a watched task for each.

    Args:
        parlour: the bot's client.
        guard: watches the tasks.
        follow: handles a room's entries until the room is over for the bot, or the bot ends.
    """

    def __init__(self, parlour: Parlour, guard: Guard, follow: Callable[[Room], Awaitable[None]]) -> None:
        self._parlour = parlour
        self._guard = guard
        self._follow = follow
        self._known: set[str] = set()  # rooms that are attended, or that the bot is done with
        self._seen: set[str] = set()
        self._refused: set[str] = set()  # rooms of a pattern that are tried again with the next whole list
        self._looks = 0

    async def enter(self, name: str) -> None:
        """Join a room that is named, and stay; where the bot may not join now, go on trying.

        Raises:
            ParlourError: the server refuses for another reason than the bot's rights.
        """
        try:
            room = await self._join(name)
        except Forbidden as error:
            log.warning("cannot join room %s: %s; trying again from time to time", name, error)
            self._attend(name, None)
        else:
            self._attend(room.id, room)

    async def keep_looking(self, patterns: Sequence[str], stop: asyncio.Event) -> None:
        """Look around again and again for rooms that match a pattern, until `stop` is set."""
        while patterns and not stop.is_set():
            try:
                await self.look_around(patterns)
            except ParlourError as error:
                if self._parlour.failure is not None:
                    return
                log.warning("the list of rooms could not be read: %s", error)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_AROUND_S)
        await stop.wait()

    async def look_around(self, patterns: Sequence[str]) -> None:
        """Join the rooms of the server's list that match a pattern and are not known yet.

        The list has what changed last in front: pages are read until one holds nothing new.
        """
        whole, self._looks = self._looks % LOOKS_PER_WHOLE_LIST == 0, self._looks + 1
        cursor: str | None = None
        seen = self._seen if not whole else set()
        if whole:
            self._refused.clear()
        while True:
            page = await self._parlour.rooms(cursor=cursor, limit=PAGE)
            names = [room["id"] for room in page]
            new = [name for name in names if name not in seen]
            seen.update(new)
            for name in names:
                is_new = name not in self._known and name not in self._refused
                if is_new and any(fnmatchcase(name, pattern) for pattern in patterns):
                    await self._try(name)
            cursor = page.cursor
            if cursor is None or not new:
                break
        self._seen = seen

    async def _try(self, name: str) -> None:
        try:
            room = await self._join(name)
        except ParlourError as error:
            log.info("cannot join room %s: %s", name, error)
            self._refused.add(name)
        else:
            self._attend(name, room)

    async def _join(self, name: str) -> Room:
        room = await self._parlour.enter(name)
        log.info("joined room %s as %s", room.id, room.role)
        return room

    def _attend(self, name: str, room: Room | None) -> None:
        self._known.add(name)
        self._guard.start(self._stay(name, room), f"bot in {name}")

    async def _stay(self, name: str, room: Room | None) -> None:
        """Follow a room, and come back to it after what may pass: a ban, a kick, a right that was lost."""
        tries = 0
        while self._parlour.failure is None:
            if room is None:
                await asyncio.sleep(COME_BACK.pause(tries))
                tries += 1
                try:
                    room = await self._join(name)
                except ParlourError as error:
                    if not (isinstance(error, Forbidden | NotFound) or error.retryable):
                        log.warning("room %s is given up: %s", name, error)
                        return
                    log.debug("cannot come back to room %s yet: %s", name, error)
                    continue
            try:
                await self._follow(room)
            except Exception as defect:  # whatever it is: the bot goes on following this room
                self._guard.report(defect)
                await asyncio.sleep(COME_BACK.pause(tries))
                tries += 1
                continue
            ended = room.ended
            if ended is None:
                return  # the bot ends
            room.release()
            room = None
            if ended in _FOR_GOOD:
                log.info("room %s is over: %s", name, ended)
                return
            log.warning("the right to room %s is lost: %s; trying again from time to time", name, ended)
