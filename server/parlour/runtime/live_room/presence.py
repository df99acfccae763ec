"""The people in a live room: connections by account, counted, sent as numbered events (protocol §4)."""

from __future__ import annotations

from typing import Any

from parlour.core.room import Account
from parlour.runtime.connection import Connection


class Presence:
    """The accounts and guests in one room. Guests are counted; above `named_up_to` accounts only the count is sent.

    A picture shows the room as the last numbered step left it, so that picture `v` and the steps after it always lead
    to the same members, whenever the picture was taken.
    """

    def __init__(self, named_up_to: int) -> None:
        self._named_up_to = named_up_to
        self.connections: dict[str, Connection] = {}
        self._accounts: dict[Account, set[str]] = {}
        self._guests = 0
        self._joined: dict[Account, None] = {}
        self._left: dict[Account, None] = {}
        self._last_count = 0
        self.v = 0
        self.has_news = False

    def __contains__(self, connection: Connection) -> bool:
        return connection.id in self.connections

    def __len__(self) -> int:
        """Count people: guests, and accounts once each, however many devices they have."""
        return len(self._accounts) + self._guests

    @property
    def named(self) -> bool:
        """Whether the room is small enough for names."""
        return len(self._accounts) <= self._named_up_to

    def holds(self, account: Account) -> bool:
        return account in self._accounts

    def of(self, account: Account) -> list[Connection]:
        """Return the account's connections in this room."""
        return [self.connections[i] for i in self._accounts.get(account, ())]

    def enter(self, connection: Connection) -> bool:
        """Add a connection; return whether it is the account's first one here."""
        came = self._enter(connection)
        self._look_for_news()
        return came

    def _enter(self, connection: Connection) -> bool:
        if connection.id in self.connections:
            return False
        self.connections[connection.id] = connection
        if not connection.account:
            self._guests += 1
            return False
        mine = self._accounts.setdefault(connection.account, set())
        mine.add(connection.id)
        if len(mine) > 1:
            return False
        if connection.account in self._left:
            del self._left[connection.account]
        else:
            self._joined[connection.account] = None
        return True

    def exit(self, connection: Connection) -> bool:
        """Remove a connection; return whether it was the account's last one here."""
        left = self._exit(connection)
        self._look_for_news()
        return left

    def _look_for_news(self) -> None:
        self.has_news = bool(self._joined or self._left) or self._last_count != len(self)

    def _exit(self, connection: Connection) -> bool:
        if self.connections.pop(connection.id, None) is None:
            return False
        if not connection.account:
            self._guests -= 1
            return False
        mine = self._accounts[connection.account]
        mine.discard(connection.id)
        if mine:
            return False
        del self._accounts[connection.account]
        if connection.account in self._joined:
            del self._joined[connection.account]
        else:
            self._left[connection.account] = None
        return True

    def picture(self, joiner: Account = "") -> dict[str, Any]:
        """Return `{v, members, count}` for a join or `room:presence`; large rooms leave out `members`.

        Args:
            joiner: named in any case, for whoever just came in expects to be here.
        """
        count = self._last_count + (joiner in self._joined)
        if not self.named:
            return {"v": self.v, "count": count}
        members = [a for a in self._accounts if a not in self._joined or a == joiner]
        return {"v": self.v, "count": count, "members": members + list(self._left)}

    def next_event(self) -> dict[str, Any] | None:
        """Return the next numbered `presence` event without its room, or None where nothing changed."""
        if not self.has_news:
            return None
        self.v += 1
        self._last_count = len(self)
        update: dict[str, Any] = {"v": self.v, "count": len(self)}
        if self.named:
            update |= {"joined": list(self._joined), "left": list(self._left)}
        self._joined.clear()
        self._left.clear()
        self.has_news = False
        return update
