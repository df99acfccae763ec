"""The kinds of rooms this server knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parlour.core.games.unserved import Unserved
from parlour.core.room import RoomId
from parlour.core.rooms.hall import Hall
from parlour.errors import Invalid


class Kinds:
    """Room classes by name."""

    def __init__(self, kinds: Mapping[str, type[Hall]]) -> None:
        self._kinds = dict(kinds)

    def described(self) -> list[dict[str, Any]]:
        """Names with the JSON Schemas of options and actions, for `/api/kinds`."""
        return [{"kind": name, **kind.described()} for name, kind in sorted(self._kinds.items())]

    def make(self, kind: str, room: RoomId) -> Hall:
        """An empty room of the kind; one no longer served here can be read, and not played."""
        return self._kinds.get(kind, Unserved)(room)

    def of(self, kind: str) -> type[Hall]:
        """Raises Invalid for an unknown kind."""
        if kind not in self._kinds:
            known = ", ".join(sorted(self._kinds))
            raise Invalid(f"There is no kind {kind!r} here; there are {known}.", details={"path": "kind"})
        return self._kinds[kind]
