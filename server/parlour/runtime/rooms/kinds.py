"""The registry of kinds: Parlour's own, those of other packages, and games.

A package declares a kind by an entry point (docs/guides/add-a-kind.md):

    [project.entry-points."parlour.kinds"]
    todo-list = "todo_list:TodoList"
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Any

from parlour.core.boards.room import BoardRoom
from parlour.core.documents.room import DocumentRoom
from parlour.core.explorer.room import ChainRoom
from parlour.core.games.room import GameRoom
from parlour.core.games.unread import Unserved
from parlour.core.markets.room import MarketRoom
from parlour.core.matchmaking.party import PartyRoom
from parlour.core.matchmaking.room import QueueRoom
from parlour.core.room import RoomId
from parlour.core.rooms.hall import Hall
from parlour.core.rooms.kind import check_kind
from parlour.core.wallets.room import WalletRoom
from parlour.errors import Invalid
from parlour.runtime.games.discovery import BUILT_IN_KINDS, game_rooms
from parlour.runtime.plugins import PluginNotFound, installed, load_class, place_of

GROUP = "parlour.kinds"


class Kinds:
    """Room classes by the name of their kind."""

    def __init__(self, kinds: Mapping[str, type[Hall]]) -> None:
        self._kinds = dict(kinds)

    def __iter__(self) -> Iterator[str]:
        """Go through the names of all kinds."""
        return iter(self._kinds)

    def described(self) -> list[dict[str, Any]]:
        """Return what `/api/kinds` says of each kind: name, title, and JSON Schemas."""
        return self._described

    @cached_property
    def _described(self) -> list[dict[str, Any]]:
        """Made once: schemas of all kinds take 20 ms, and whoever asks would hold up everybody else."""
        return [{"kind": name, **kind.described()} for name, kind in sorted(self._kinds.items())]

    def make(self, kind: str, room: RoomId) -> Hall:
        """Return an empty room of a kind; for a kind not served here one that can be read and chatted in."""
        return self._kinds.get(kind, Unserved)(room)

    def of(self, kind: str) -> type[Hall]:
        """Return the room class of a kind; raises Invalid for an unknown one."""
        if kind not in self._kinds:
            known = ", ".join(sorted(self._kinds))
            raise Invalid(f"There is no kind {kind!r} here; there are {known}.", details={"path": "kind"})
        return self._kinds[kind]


def served_kinds(games: Iterable[str] = (), guard: AbstractContextManager[None] | None = None) -> Kinds:
    """Return every kind that this server has.

    Args:
        games: games to serve beside the installed ones, as `module:Class`.
        guard: entered around every call of a game author's code (runtime/games/watchdog.py).

    Raises:
        PluginNotFound: a kind or a game cannot be loaded, cannot work, or has the name of another one.
    """
    others, played = installed_kinds(), game_rooms(games, guard)
    for name in others.keys() & played.keys():
        game = played[name].served.game
        raise PluginNotFound(f"{place_of(others[name])} and {place_of(game)} are both of kind {name}.")
    return Kinds(
        {
            Hall.kind: Hall,
            DocumentRoom.kind: DocumentRoom,
            MarketRoom.kind: MarketRoom,
            QueueRoom.kind: QueueRoom,
            BoardRoom.kind: BoardRoom,
            PartyRoom.kind: PartyRoom,
            ChainRoom.kind: ChainRoom,
            WalletRoom.kind: WalletRoom,
            **others,
            **played,
        }
    )


def installed_kinds() -> dict[str, type[Hall]]:
    """Return the kinds that installed packages declare, by name; raises as `served_kinds`."""
    kinds: dict[str, type[Hall]] = {}
    for reference in installed(GROUP):
        kind = load_class(reference, Hall, "parlour.Kind")
        if issubclass(kind, GameRoom):
            raise PluginNotFound(f"{reference} is a game: declare it in the group parlour.games.")
        try:
            check_kind(kind)
        except Exception as error:  # reading an author's annotations may fail in any way
            raise PluginNotFound(f"{reference}: {error}") from error
        if kind.kind in BUILT_IN_KINDS:
            raise PluginNotFound(f"{reference}: {kind.kind} is a kind of Parlour's own; set another `kind`.")
        if kinds.setdefault(kind.kind, kind) is not kind:
            other = place_of(kinds[kind.kind])
            raise PluginNotFound(f"{other} and {reference} are both of kind {kind.kind}.")
    return kinds
