"""State of a bot that lasts in a room: the newest entry of its own that holds it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

from parlour_client.rooms.room import Room

STATE_TYPE = "app.bot.state"
"""The type of the entries that hold it; each holds all of it, so that the newest one is enough."""
PAGE = 1_000
"""Entries read at once, from the newest back."""


class RoomStore(Mapping[str, Any]):
    """Named values that outlive the process, in a room's log. Read like a dict; `set` and `remove` return once durable.

    All values of a room together are one entry, so they fit in the limit of a post (`limits.bodyBytes`).
    """

    def __init__(self, room: Room, account: str) -> None:
        self._room = room
        self._account = account
        self._values: dict[str, Any] = {}
        self._loaded = False
        self._one_at_a_time = asyncio.Lock()

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    async def set(self, **values: Any) -> None:
        """Set values that JSON can hold. Raises ParlourError: refused, and nothing is changed."""
        await self._write(values, ())

    async def remove(self, *keys: str) -> None:
        """Remove values. Raises ParlourError: refused, and nothing is changed."""
        await self._write({}, keys)

    async def load(self) -> None:
        """Read the values from the log, once: back from its end to the bot's last state, or to its begin."""
        async with self._one_at_a_time:
            before: int | None = None
            while not self._loaded:
                entries, more = await self._room.history(before=before, limit=PAGE)
                own = (one for one in reversed(entries) if one.type == STATE_TYPE and one.author == self._account)
                found = next(own, None)
                if found is not None and isinstance(found.body, dict):
                    self._values = dict(found.body["values"])
                self._loaded = found is not None or not more or not entries
                before = entries[0].seq if entries else None

    async def _write(self, values: Mapping[str, Any], gone: tuple[str, ...]) -> None:
        async with self._one_at_a_time:
            after = {key: value for key, value in {**self._values, **values}.items() if key not in gone}
            if after != self._values:
                await self._room.post({"values": after}, STATE_TYPE)
                self._values = after
