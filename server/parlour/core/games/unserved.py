"""A game's log read without its rules: they changed, or the game is not served here any more.

Nothing is played, nothing is lost, and what was secret stays so: which actions were hidden is not known here, so until
the game has ended all of them are.
"""

from __future__ import annotations

from typing import Any

from parlour.core.games.seating import repeats_leave
from parlour.core.room import Account, Command, Entry, Leave, Outcome, Post
from parlour.core.rooms.hall import Hall
from parlour.errors import Illegal, ParlourError


def is_over(entry: Entry, before: bool) -> bool:
    """Whether the game is over after this entry."""
    return entry.type == "game.ended" or (before and entry.type != "game.started")


def hides_unread(entry: Entry, viewer: Account | None, over: bool) -> bool:
    """Whether this viewer must not read an entry of a game whose rules are not known."""
    if over or entry.type not in ("game.seed", "game.migrated", "game.tick", "game.action"):
        return False
    return not entry.author or entry.author != viewer


def incompatible() -> ParlourError:
    return Illegal("This match was begun with another version of the game.", reason="incompatible")


class Unserved(Hall):
    """A room of a kind that this server does not have (any more): people may read and talk."""

    computed = True
    unreadable = True
    posts = ("game.action",)

    def __init__(self, room: str) -> None:
        super().__init__(room)
        self._over = False

    def handle_post(self, command: Post) -> Outcome:
        raise incompatible()

    def repeats(self, command: Command, entry: Entry) -> bool:
        if isinstance(command, Leave):
            return repeats_leave(command, entry)
        return super().repeats(command, entry)

    def apply_kind(self, entry: Entry) -> None:
        self._over = is_over(entry, self._over)

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self._over = bool(state.get("over", False))

    def lobby(self) -> dict[str, Any]:
        return {"status": "incompatible", "seats": {"taken": 0, "total": 0}, "open": False}

    def hides(self, entry: Entry, viewer: Account | None) -> bool:
        return hides_unread(entry, viewer, self._over)

    def view(self, viewer: Account | None) -> dict[str, Any]:
        return {"status": "incompatible"}

    def view_key(self, viewer: Account | None) -> None:
        """All see the same."""
