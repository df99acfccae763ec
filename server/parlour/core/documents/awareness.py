"""Reads and writes awareness: who is where in a document now (y-protocols, awareness.js). Nothing of it is stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson

from parlour.core.documents.encoding import NotAnUpdate, read_bytes, read_uint, write_uint
from parlour.errors import Forbidden, Invalid

KEPT_BYTES = 65_536
"""States that a newcomer gets, the newest first."""


class ClientState(NamedTuple):
    """The state of one Yjs client: JSON, `null` once it is gone."""

    client: int
    clock: int
    state: bytes


def read_awareness(raw: bytes) -> list[ClientState]:
    """Read an awareness update; raises Invalid."""
    states = []
    try:
        count, at = read_uint(raw, 0)
        for _ in range(count):
            client, at = read_uint(raw, at)
            clock, at = read_uint(raw, at)
            state, at = read_bytes(raw, at)
            orjson.loads(state)
            states.append(ClientState(client, clock, state))
    except (IndexError, ValueError, NotAnUpdate):
        at = -1
    if at != len(raw):
        raise Invalid("The body of doc.awareness is an awareness update.", details={"path": "body"})
    return states


def write_awareness(states: Iterable[ClientState]) -> bytes:
    """Write an awareness update."""
    written = [
        write_uint(client) + write_uint(clock) + write_uint(len(state)) + state for client, clock, state in states
    ]
    return write_uint(len(written)) + b"".join(written)


@dataclass(slots=True)
class _Place:
    """Where a client is, and on which connection of which account."""

    connection: str
    account: str
    state: ClientState


@dataclass(slots=True)
class Awareness:
    """The states of a document's clients; each belongs to the connection that used its id first."""

    _places: dict[int, _Place] = field(default_factory=dict)

    def take(self, raw: bytes, connection: str, account: str) -> bool:
        """Note the states that a connection sends; return whether somebody is gone, which everybody must hear.

        Raises:
            Invalid: they are none. Forbidden: one of the clients is somebody else's.
        """
        states = read_awareness(raw)
        for state in states:
            place = self._places.get(state.client)
            if place is not None and place.connection != connection and place.account != (account or None):
                raise Forbidden("That Yjs client id belongs to another connection.", reason="role")
        for state in states:
            if state.client not in self._places or self._places[state.client].state.clock <= state.clock:
                self._places.pop(state.client, None)
                if state.state != b"null":
                    self._places[state.client] = _Place(connection, account, state)
        return any(state.state == b"null" for state in states)

    def drop(self, connection: str) -> bytes | None:
        """Forget a lost connection; return the update that removes its clients, None where it had none."""
        gone = [place.state for place in self._places.values() if place.connection == connection]
        for state in gone:
            del self._places[state.client]
        return write_awareness(ClientState(s.client, s.clock + 1, b"null") for s in gone) if gone else None

    def of(self, connection: str) -> bytes | None:
        """Return the update that shows where a connection's clients are, None where it has none."""
        its = [place.state for place in self._places.values() if place.connection == connection]
        return write_awareness(its) if its else None

    def whole(self) -> bytes | None:
        """Return the update that shows a newcomer who is where, the newest first; None where nobody is."""
        kept, size = [], 0
        for place in reversed(self._places.values()):
            size += len(place.state.state)
            if size > KEPT_BYTES:
                break
            kept.append(place.state)
        return write_awareness(kept) if kept else None
