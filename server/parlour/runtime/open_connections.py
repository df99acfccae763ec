"""Finds the open connections of this process: by account for notices, by session for sign-outs."""

from __future__ import annotations

from typing import Any

from parlour.core.room import Account
from parlour.runtime.connection import Connection, Encoder


class Connections:
    """Every open connection of this process.

    Attributes:
        connections: all of them, by id.

    Args:
        encoder: makes the frames of notices.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._by_account: dict[Account, dict[str, Connection]] = {}
        self._by_session: dict[str, dict[str, Connection]] = {}
        self.connections: dict[str, Connection] = {}

    def enter(self, connection: Connection, session: str | None) -> None:
        """Add a connection; `session` is the id of its session, None for a guest."""
        self.connections[connection.id] = connection
        if connection.account:
            self._by_account.setdefault(connection.account, {})[connection.id] = connection
        if session is not None:
            self._by_session.setdefault(session, {})[connection.id] = connection

    def exit(self, connection: Connection, session: str | None) -> None:
        """Remove a connection, with the session it entered with."""
        self.connections.pop(connection.id, None)
        _drop(self._by_account, connection.account, connection)
        if session is not None:
            _drop(self._by_session, session, connection)

    def notify(self, account: Account, event: str, data: dict[str, Any]) -> None:
        """Send an event to every connection of an account, in a room or not."""
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
