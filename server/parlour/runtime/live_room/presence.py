"""The people in a live room: connections by account, counted, sent as numbered events (protocol §4).

Beside the names stand what accounts say of themselves (`status`) and what their connections show (`data`).
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Collection, Mapping
from typing import Any

import orjson

from parlour.core.room import Account
from parlour.errors import Illegal
from parlour.runtime.connection import Connection

DATA_BYTES = 64 * 1024
"""What connections show together where nobody says otherwise; newcomers get all of it."""
ONE_OF = 16
"""An account's connections show this part of it at most: 4 kB of 64."""


def _nothing(account: Account) -> dict[str, Any] | None:
    return None


class Presence:
    """The accounts and guests in one room. Guests are counted; above `named_up_to` accounts only the count is sent.

    A picture shows the room as the last numbered step left it, so that picture `v` and the steps after it always lead
    to the same members, whenever the picture was taken.
    """

    def __init__(
        self,
        named_up_to: int,
        status_of: Callable[[Account], dict[str, Any] | None] = _nothing,
        data_bytes: int = DATA_BYTES,
    ) -> None:
        """Make an empty room.

        Args:
            status_of: what an account says of itself; None where it says nothing.
            data_bytes: what connections show together. One half is split evenly among as many accounts as are named,
                so that nobody is locked out; whoever shows more takes it from the other half.
        """
        self._share = data_bytes // 2 // max(1, named_up_to)
        self._most = max(data_bytes // ONE_OF, self._share)
        self._common = data_bytes - self._share * named_up_to
        self._size_of: dict[Account, int] = {}
        self._beyond_shares = 0
        self._named_up_to = named_up_to
        self._status_of = status_of
        self.connections: dict[str, Connection] = {}
        self._accounts: dict[Account, set[str]] = {}
        self._guests = 0
        self._joined: dict[Account, None] = {}
        self._left: dict[Account, None] = {}
        self._last_count = 0
        self._data: dict[str, tuple[Account, Any]] = {}
        self._changed: dict[Account, None] = {}
        self._shown: dict[str, None] = {}
        self.v = 0
        self.has_news = False
        self.tells_last_seen = False

    def __contains__(self, connection: Connection) -> bool:
        return connection.id in self.connections

    def __len__(self) -> int:
        """Count people: guests, and accounts once each, however many devices they have."""
        return len(self._accounts) + self._guests

    @property
    def named(self) -> bool:
        """Whether the room is small enough for names."""
        return len(self._accounts) <= self._named_up_to

    def told(self) -> tuple[int, int, list[Account] | None]:
        """Return the last numbered step: its `v`, the count after it, and who was here where they were named."""
        members = [*(a for a in self._accounts if a not in self._joined), *self._left] if self.named else None
        return self.v, self._last_count, members

    def go_on(self, v: int, count: int, members: Collection[Account] | None) -> bool:
        """Go on from the last step that the room's last owner told; return False where that is done already.

        Who does not come back leaves with the next step. Where nobody knows who was here, that step leaves one out, so
        that clients ask for a picture.
        """
        if v < self.v or (v == self.v and v > 0):
            return False
        self._last_count = count
        if members is None:
            self.v = v + 1
            return True
        self.v = v
        self._joined = {a: None for a in self._accounts if a not in members}
        self._left = {a: None for a in members if a not in self._accounts}
        self._look_for_news()
        return True

    def shown_by(self, connection: Connection) -> Any:
        """Return what a connection shows; None where that is nothing."""
        return self._data.get(connection.id, ("", None))[1]

    def holds(self, account: Account) -> bool:
        return account in self._accounts

    def accounts(self) -> list[Account]:
        """Return the accounts that are here."""
        return list(self._accounts)

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
        self.has_news = self.urgent or bool(self._shown)

    @property
    def urgent(self) -> bool:
        """Whether there is other news than data, which is sent as signals too."""
        return bool(self._joined or self._left or self._changed) or self._last_count != len(self)

    def status_changed(self, account: Account) -> None:
        """Note that an account says something else of itself."""
        if self.named and account in self._accounts:
            self._changed[account] = None
            self._look_for_news()

    def show(self, connection: Connection, body: Any) -> None:
        """Keep what a connection shows, until it is gone; rooms too large for names keep nothing.

        Raises:
            Illegal: it is more than one account may show, or than is left beside what the others show.
        """
        if self.named and connection.id in self.connections:
            self._measure(connection, _bytes_of(body))
            self._data.pop(connection.id, None)
            self._data[connection.id] = connection.account, body
            self._shown[connection.id] = None
            self._look_for_news()

    def _measure(self, connection: Connection, size: int) -> None:
        """Count what a connection shows from now on; see `show`."""
        account, before = connection.account, self._data.get(connection.id)
        held = self._size_of.get(account, 0)
        now = held + size - (_bytes_of(before[1]) if before else 0)
        beyond = self._beyond_shares + max(0, now - self._share) - max(0, held - self._share)
        if now > held and now > self._share and (now > self._most or beyond > self._common):
            raise Illegal("This room keeps no more of what your connections show.", reason="presence_data")
        self._beyond_shares = beyond
        if now:
            self._size_of[account] = now
        else:
            self._size_of.pop(account, None)

    def _exit(self, connection: Connection) -> bool:
        if self.connections.pop(connection.id, None) is None:
            return False
        self._measure(connection, 0)
        if self._data.pop(connection.id, None) is not None:
            self._shown[connection.id] = None
        if not connection.account:
            self._guests -= 1
            return False
        mine = self._accounts[connection.account]
        mine.discard(connection.id)
        if mine:
            return False
        del self._accounts[connection.account]
        self._changed.pop(connection.account, None)
        if connection.account in self._joined:
            del self._joined[connection.account]
        else:
            self._left[connection.account] = None
        return True

    def picture(self, joiner: Account = "", seen: Mapping[Account, int] | None = None) -> dict[str, Any]:
        """Return `{v, members, count, status?, data?}` for a join or `room:presence`; large rooms leave out all names.

        Args:
            joiner: named in any case, for whoever just came in expects to be here.
            seen: when (ms) people who are not here were seen last.
        """
        count = self._last_count + (joiner in self._joined)
        if not self.named:
            return {"v": self.v, "count": count}
        members = [a for a in self._accounts if a not in self._joined or a == joiner]
        status = {a: {"lastSeen": at} for a, at in (seen or {}).items() if a not in self._accounts}
        status |= {a: said for a in self._accounts if (said := self._status_of(a)) is not None}
        picture = {"v": self.v, "count": count, "members": members + list(self._left)}
        data = {id_: _shown(account, body) for id_, (account, body) in reversed(self._data.items())}
        return picture | ({"status": status} if status else {}) | ({"data": data} if data else {})

    def next_event(self, now: int = 0) -> dict[str, Any] | None:
        """Return the next numbered `presence` event without its room, or None where nothing changed.

        Args:
            now: in ms.
        """
        if not self.has_news:
            return None
        self.v += 1
        self._last_count = len(self)
        update: dict[str, Any] = {"v": self.v, "count": len(self)}
        if self.named:
            update |= {"joined": list(self._joined), "left": list(self._left), **self._news(now)}
        self._changed.clear()
        self._shown.clear()
        self._joined.clear()
        self._left.clear()
        self.has_news = False
        return update

    def _news(self, now: int) -> dict[str, Any]:
        """Return `{status?, data?}` of what changed; null data of a connection that shows nothing any more."""
        status = {a: self._status_of(a) or {"status": "active"} for a in self._changed}
        status |= {a: said for a in self._joined if (said := self._status_of(a)) is not None}
        if self.tells_last_seen:
            status |= {a: {"lastSeen": now} for a in self._left}
        data = {id_: _shown(*self._data[id_]) if id_ in self._data else None for id_ in self._shown}
        return ({"status": status} if status else {}) | ({"data": data} if data else {})


def _shown(account: Account, body: Any) -> dict[str, Any]:
    return {"account": account, "body": {"b64": b64encode(body).decode()} if isinstance(body, bytes) else body}


def _bytes_of(body: Any) -> int:
    return len(body) if isinstance(body, bytes) else len(orjson.dumps(body))
