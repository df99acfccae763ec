"""Sends computed states (protocol §4): one view and one change for all viewers who see the same."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from functools import cached_property
from typing import Any, Protocol

import orjson

from parlour.core.log.steps import steps
from parlour.core.room import Account
from parlour.runtime.connection import Connection, Encoder, Frame

Diff = Callable[[Any, Any], list[dict[str, Any]]]


class Viewed(Protocol):
    """What this module needs from a computed kind: a view, and a key under which equal views are shared.

    Attributes:
        shares_view: all viewers have the key None.
        view_version: an object that is another one as soon as a view may have changed; None where nobody can tell.
    """

    @property
    def shares_view(self) -> bool: ...
    @property
    def view_version(self) -> object | None: ...
    def view(self, viewer: Account | None) -> Any: ...
    def view_key(self, viewer: Account | None) -> Hashable: ...


SHORT = 100
"""Bytes of a change that nobody shortens: the moves of turn games are spared the work."""


class _Change:
    """How a view is told to those who have the one that was last sent under its key.

    Attributes:
        view: as it is now.
        patch: from the last one; None where none was, and empty where they are equal.
        told: the key and value of a `state` event that say it in the fewest bytes, the whole view included.
    """

    def __init__(self, view: Any, last: Any, patch: list[dict[str, Any]] | None) -> None:
        self.view = view
        self.patch = patch
        self.told: tuple[str, Any] = ("state", view) if patch is None else ("patch", patch)
        self._last = last
        self._size = 0
        if patch:
            self._size, whole = len(orjson.dumps(patch)), len(orjson.dumps(view))
            if whole <= self._size:
                self.told, self._size = ("state", view), whole

    @cached_property
    def told_in_steps(self) -> tuple[str, Any]:
        """As `told`, for a client that takes steps."""
        text = steps(self._last, self.view) if self._size > SHORT else None
        return ("steps", text) if text is not None and len(text) < self._size else self.told


_NEW = object()
"""Stands for the last view under a key that had none."""


class Views:
    """The computed state that was last sent to each connection of one room.

    Attributes:
        behind: connections that read too slowly and were spared a state; they get a whole one.
    """

    def __init__(self, room: str, encoder: Encoder, diff: Diff) -> None:
        self._room = room
        self._encoder = encoder
        self._diff = diff
        self._last: dict[Hashable, Any] = {}
        self._base: dict[str, tuple[Hashable, int]] = {}
        self._joined: dict[str, tuple[Hashable, int, Any]] = {}
        self._version: object | None = None
        self.behind: set[str] = set()

    def name(self, room: str) -> None:
        self._room = room

    def joined(self, connection: Connection, key: Hashable, seq: int, view: Any) -> None:
        """Note that a join answer carried `view`, shared under `key`, at `seq`."""
        self.behind.discard(connection.id)
        if self._last.setdefault(key, view) == view:
            self._base[connection.id] = (key, seq)
        else:
            self._base.pop(connection.id, None)
            self._joined[connection.id] = (key, seq, view)

    def left(self, connection: Connection) -> None:
        self._base.pop(connection.id, None)
        self._joined.pop(connection.id, None)
        self.behind.discard(connection.id)

    def reset(self) -> None:
        """Send whole states next, after a reorganisation or a reload."""
        self._version = None
        self._last.clear()
        self._base.clear()
        self._joined.clear()

    def send(self, room: Viewed, seq: int, connections: Collection[Connection], *, moved: bool = False) -> None:
        """Send what changed up to `seq`: per connection a change of its base, or the whole state.

        Args:
            moved: send the position also where the view is as it was.
        """
        version = room.view_version
        if version is not None and version is self._version and not (moved or self._joined or self.behind):
            return
        self._version = version
        shared, fresh = room.shares_view, dict[Hashable, _Change]()
        sent: dict[tuple[Hashable, int | None, str], tuple[Frame, list[Connection]]] = {}
        key: Hashable = None
        slow = self._encoder.congested(connections)
        for connection in connections:
            if not shared:
                key = room.view_key(connection.account or None)
            change = fresh.get(key)
            if change is None:
                view = room.view(connection.account or None)
                last = self._last.get(key, _NEW)
                self._last[key] = view
                patch = None if last is _NEW else self._diff(last, view)
                change = fresh[key] = _Change(view, last, patch)
            if self._joined and self._just_joined(connection, (key, seq, change.view)):
                continue
            held, base, (form, value) = self._base.get(connection.id), None, ("state", change.view)
            if held is not None and held[0] == key and change.patch is not None:
                base = held[1]  # the change applies to it; without one only a whole state helps
                if not change.patch and (base == seq or not moved):
                    continue
                form, value = change.told_in_steps if connection.steps else change.told
            if connection in slow:
                self._base.pop(connection.id, None)
                self.behind.add(connection.id)
                continue
            if self.behind:
                self.behind.discard(connection.id)
            if form == "state":
                base = None
            same = sent.get((key, base, form))
            if same is None:
                event: dict[str, Any] = {"room": self._room, "seq": seq}
                if base is not None:
                    event["base"] = base
                event[form] = value
                same = sent[(key, base, form)] = self._encoder.frame("state", event), []
            same[1].append(connection)
            self._base[connection.id] = (key, seq)
        for frame, those in sent.values():
            self._encoder.write_to_all(those, frame)
        if len(self._last) > len(fresh):
            for gone in self._last.keys() - fresh.keys():
                del self._last[gone]

    def _just_joined(self, connection: Connection, now: tuple[Hashable, int, Any]) -> bool:
        """Return whether the join answer in this very batch has shown the connection what there is to see."""
        if self._joined.pop(connection.id, None) != now:
            return False
        self._base[connection.id] = now[:2]
        return True
