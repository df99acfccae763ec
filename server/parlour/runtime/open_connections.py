"""Finds the open connections of this process: by account for notices, by session for sign-outs.

With several nodes, runtime/cluster/news.py tells the others of them, and answers for theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from parlour.core.room import Account
from parlour.runtime.connection import Connection, Encoder


class Connections:
    """Every open connection of this process.

    Attributes:
        connections: all of them, by id.
        on_gone: called with an account whose last connection is gone.
        on_presence: called with an account, and whether it has a connection now, each time that changes.
        on_notify: sends an event to an account's connections on other nodes; None where there are none.
        is_elsewhere: whether an account has a connection on another node.

    Args:
        encoder: makes the frames of notices.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.on_gone: Callable[[Account], None] = lambda account: None
        self.on_presence: Callable[[Account, bool], None] = lambda account, here: None
        self.on_notify: Callable[[Account, str, dict[str, Any]], None] | None = None
        self.is_elsewhere: Callable[[Account], bool] = lambda account: False
        self._by_account: dict[Account, dict[str, Connection]] = {}
        self._by_session: dict[str, dict[str, Connection]] = {}
        self.connections: dict[str, Connection] = {}

    def enter(self, connection: Connection, session: str | None) -> None:
        """Add a connection; `session` is the id of its session, None for a guest."""
        self.connections[connection.id] = connection
        if connection.account:
            mine = self._by_account.setdefault(connection.account, {})
            mine[connection.id] = connection
            if len(mine) == 1:
                self.on_presence(connection.account, True)
        if session is not None:
            self._by_session.setdefault(session, {})[connection.id] = connection

    def exit(self, connection: Connection, session: str | None) -> None:
        """Remove a connection, with the session it entered with."""
        self.connections.pop(connection.id, None)
        _drop(self._by_account, connection.account, connection)
        if connection.account and connection.account not in self._by_account:
            self.on_gone(connection.account)
            self.on_presence(connection.account, False)
        if session is not None:
            _drop(self._by_session, session, connection)

    def note_rank(self, account: Account, rank: int) -> None:
        """Note that an account's server role changed."""
        for connection in self._by_account.get(account, {}).values():
            connection.rank = rank

    def is_here(self, account: Account) -> bool:
        """Return whether an account has a connection, on any node."""
        return account in self._by_account or self.is_elsewhere(account)

    def accounts(self) -> Iterable[Account]:
        """Return the accounts that have a connection to this process."""
        return self._by_account.keys()

    def notify(self, account: Account, event: str, data: dict[str, Any]) -> None:
        """Send an event to every connection of an account, in a room or not, on every node."""
        self.notify_here(account, event, data)
        if self.on_notify is not None:
            self.on_notify(account, event, data)

    def notify_here(self, account: Account, event: str, data: dict[str, Any]) -> None:
        """Send an event to the account's connections to this process."""
        connections = self._by_account.get(account)
        if connections:
            frame = self._encoder.frame(event, data)
            for connection in connections.values():
                connection.write(frame)

    def end_session(self, session: str, reason: str) -> None:
        """Close every connection of a session for good, with the reason `signed_out`, `revoked` or `expired`."""
        for connection in list(self._by_session.get(session, {}).values()):
            connection.close(reason, reconnect=False)


def _drop(index: dict[str, dict[str, Connection]], key: str, connection: Connection) -> None:
    held = index.get(key)
    if held is not None:
        held.pop(connection.id, None)
        if not held:
            del index[key]
