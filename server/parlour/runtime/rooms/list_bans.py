"""Keeps the watchers of one live list from rooms that ban them, as a join would."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from parlour.core.room import Account, RoomId
from parlour.runtime.connection import Connection
from parlour.runtime.store import FOREVER


@dataclass(slots=True)
class ListBans:
    """The bans of a list's watchers from the rooms that it shows.

    Attributes:
        changed: rooms whose bans changed since their watchers were told.
    """

    changed: set[RoomId] = field(default_factory=set)
    _until: dict[RoomId, dict[Account, int]] = field(default_factory=dict)
    _kept_from: dict[RoomId, set[str]] = field(default_factory=dict)

    def note(self, room: RoomId, banned: Mapping[Account, int | None], watching: Collection[Account]) -> None:
        """Note whom a room of this process bans now; None is for ever."""
        if banned:
            self._set(room, {each: _ms(banned[each]) for each in watching if each in banned})
        else:
            self._set(room, {})

    def merge(
        self, room: RoomId, found: Mapping[Account, int], asked: Collection[Account], watching: Collection[Account]
    ) -> None:
        """Note what the store has of the bans of the accounts it was `asked` about; forget those who watch no more."""
        held = self._until.get(room, {})
        kept = {each: until for each, until in held.items() if each not in asked and each in watching}
        self._set(room, {**kept, **found})

    def _set(self, room: RoomId, bans: dict[Account, int]) -> None:
        if self._until.get(room, {}) == bans:
            return
        self.changed.add(room)
        if bans:
            self._until[room] = bans
        else:
            del self._until[room]

    def forget_rooms(self, kept: Collection[RoomId]) -> None:
        """Forget the bans of all rooms but these."""
        for room in [room for room in self._until if room not in kept]:
            del self._until[room]

    def forget_connection(self, connection: str) -> None:
        """Forget a watcher that is gone."""
        for out in self._kept_from.values():
            out.discard(connection)

    def bars(self, room: RoomId, account: Account, now: int) -> bool:
        """Return whether a join of this account is refused for a ban."""
        return self._until.get(room, {}).get(account, 0) > now

    def enter(self, connection: Connection, rooms: Collection[RoomId], now: int) -> set[RoomId]:
        """Note a watcher that is shown the list now; return the rooms it is not shown."""
        out = {room for room in self._until if room in rooms and self.bars(room, connection.account, now)}
        for room in out:
            self._kept_from.setdefault(room, set()).add(connection.id)
        return out

    def apart(self, rooms: Collection[RoomId]) -> list[RoomId]:
        """Return those of the rooms, and of those whose bans changed, that not all watchers see alike."""
        concerned = dict.fromkeys([*rooms, *sorted(self.changed)])
        return [room for room in concerned if room in self._until or room in self._kept_from]

    def tell(
        self, room: RoomId, watchers: Collection[Connection], shown: tuple[bool, bool, bool], now: int
    ) -> Iterator[tuple[Connection, bool]]:
        """Yield who has to be told of a room: that it is there (True) or gone (False).

        Args:
            shown: whether the list showed the room before, shows it now, and shows it differently.
        """
        before, here, fresh = shown
        was_out, out = self._kept_from.pop(room, set()), set[str]()
        for watcher in watchers:
            barred = self.bars(room, watcher.account, now)
            had = before and watcher.id not in was_out
            if barred and here:
                out.add(watcher.id)
            if here and not barred and (fresh or not had):
                yield watcher, True
            elif had and (barred or not here):
                yield watcher, False
        if out:
            self._kept_from[room] = out
        self.changed.discard(room)


def _ms(until: int | None) -> int:
    return FOREVER if until is None else until
