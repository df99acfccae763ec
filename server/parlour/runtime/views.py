"""State sync (protocol §4): one view per distinct viewer, one patch per view, whole states for those behind."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from parlour.core.room import Account
from parlour.runtime.connection import Connection, Encoder, Frame


class Viewed(Protocol):
    """What a computed kind offers: a view, and a key under which equal views are shared."""

    def view(self, viewer: Account | None) -> Any: ...
    def view_key(self, viewer: Account | None) -> Hashable: ...


@dataclass(slots=True)
class _Shared:
    """The last view told under one key."""

    view: Any
    seq: int


Diff = Callable[[Any, Any], list[dict[str, Any]]]


class Views:
    """What each connection of one room last saw of its computed state."""

    def __init__(self, room: str, encoder: Encoder, diff: Diff) -> None:
        self._room = room
        self._encoder = encoder
        self._diff = diff
        self._shared: dict[Hashable, _Shared] = {}
        self._base: dict[str, tuple[Hashable, int]] = {}

    def joined(self, connection: Connection, room: Viewed, seq: int, view: Any) -> None:
        """The join answer carried `view` at `seq`."""
        key = room.view_key(connection.account or None)
        shared = self._shared.get(key)
        if shared is None:
            self._shared[key] = _Shared(view, seq)
            self._base[connection.id] = (key, seq)
        elif shared.view == view:
            self._base[connection.id] = (key, seq)
        else:
            self._base.pop(connection.id, None)

    def left(self, connection: Connection) -> None:
        self._base.pop(connection.id, None)

    def reset(self) -> None:
        """Everybody gets a whole state next (a reorg, a reload)."""
        self._shared.clear()
        self._base.clear()

    def tell(self, room: Viewed, seq: int, connections: Iterable[Connection]) -> None:
        """Send what changed up to `seq`: per connection a patch on its base, or the whole state."""
        fresh: dict[Hashable, _Step] = {}
        frames: dict[tuple[Hashable, int | None], Frame] = {}
        for connection in connections:
            key = room.view_key(connection.account or None)
            step = fresh.get(key)
            if step is None:
                step = fresh[key] = self._step(key, room.view(connection.account or None), seq)
            held = self._base.get(connection.id)
            synced = held is not None and held[0] == key and step.known
            if synced and not step.patch:
                continue
            if getattr(connection, "congested", False):
                self._base.pop(connection.id, None)
                continue
            base = held[1] if synced and held is not None and step.patch_is_smaller else None
            frame = frames.get((key, base))
            if frame is None:
                frame = frames[(key, base)] = self._encoder.frame("state", self._event(step, seq, base))
            connection.write(frame)
            self._base[connection.id] = (key, seq)
        for key in self._shared.keys() - fresh.keys():
            del self._shared[key]

    def _step(self, key: Hashable, view: Any, seq: int) -> _Step:
        shared = self._shared.get(key)
        self._shared[key] = _Shared(view, seq)
        if shared is None:
            return _Step(view, None, False)
        patch = self._diff(shared.view, view)
        return _Step(view, patch, bool(patch) and len(orjson.dumps(patch)) < len(orjson.dumps(view)))

    def _event(self, step: _Step, seq: int, base: int | None) -> dict[str, Any]:
        if base is None:
            return {"room": self._room, "seq": seq, "state": step.view}
        return {"room": self._room, "seq": seq, "base": base, "patch": step.patch}


@dataclass(slots=True)
class _Step:
    view: Any
    patch: list[dict[str, Any]] | None
    patch_is_smaller: bool

    @property
    def known(self) -> bool:
        return self.patch is not None
