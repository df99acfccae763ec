"""Reads a game's log without its rules, because they changed or the game is not served here any more.

Nothing is played, nothing is lost, and what was secret stays so: which actions were hidden is not known here, so until
the game has ended all of them are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from parlour.core.authoring.author_errors import PASSING
from parlour.core.authoring.game import overrides
from parlour.core.authoring.world import World
from parlour.core.games.referee import Referee, ServedGame
from parlour.core.games.seating import repeats_leave
from parlour.core.room import Account, Command, Draft, Entry, Leave, Outcome, Post, RoomId
from parlour.core.rooms.hall import Hall
from parlour.errors import Illegal

BROKEN = -1
"""The version of a log that these rules cannot follow: another code wrote it under the same number."""
_MAY_BE_HIDDEN = ("game.seed", "game.migrated", "game.tick", "game.action")


@dataclass(slots=True)
class UnreadMatch:
    """A match whose rules are not served here.

    Attributes:
        version: of the rules it was played with.
        world: what the last snapshot says of it (World.dump); None where there is none.
        over: whether the game has ended.
        missed: whether entries came after `world` that only its own rules can follow.
    """

    version: int
    world: dict[str, Any] | None = None
    over: bool = False
    missed: bool = False

    def apply(self, entry: Entry) -> None:
        """Note what an entry of any game says without its rules."""
        self.over = entry.type == "game.ended" or (self.over and entry.type != "game.started")
        self.missed = self.missed or entry.type.startswith("game.")

    def hides(self, entry: Entry, viewer: Account | None) -> bool:
        """Return whether this viewer must not read an entry."""
        if self.over or entry.type not in _MAY_BE_HIDDEN:
            return False
        return not entry.author or entry.author != viewer

    def snapshot(self) -> dict[str, Any]:
        """Return the game's part of a room's snapshot, enough for the rules it was played with."""
        missed = {"missed": True} if self.missed else {}
        return {"version": self.version, "over": self.over, "world": self.world, **missed}

    def may_migrate(self, served: ServedGame) -> bool:
        """Return whether the game's own `migrate` may carry the match over to its rules of today.

        The old world has to be known to its last move: what was acknowledged is never left behind.
        """
        known = self.world is not None and not self.missed
        return known and self.version != served.game.version and overrides(served.game, "migrate")

    def migrated(self, served: ServedGame, options: dict[str, Any]) -> Outcome:
        """Return the `game.migrated` entry, which holds the old world in today's shape; raises Stuck."""
        if self.world is None or not self.may_migrate(served):
            return Outcome()
        game, rules = served.game, served.rules
        try:
            state = game.migrate(self.world["state"], self.version)
            world = World.load({**self.world, "state": state, "version": game.version}, rules.state)
            Referee(served, options).check_state(world)
        except PASSING:
            raise
        except BaseException as error:
            served.report("migrate", error)
            self.world = None
            return Outcome()
        # As a text, for the keys of a canonical body are sorted, and the order of a dict may matter to the game.
        text = orjson.dumps(world.dump()).decode()
        return Outcome([Draft("game.migrated", {"from": self.version, "to": game.version, "world": text})])


def incompatible() -> Illegal:
    """Return the refusal of a move in a match that cannot be played here."""
    return Illegal("This match was begun with another version of the game.", reason="incompatible")


def unread_lobby(seats: int) -> dict[str, Any]:
    """Return what lists show of a match that cannot be played here."""
    return {"status": "incompatible", "seats": {"taken": 0, "total": seats}, "open": False}


class Unserved(Hall):
    """A room of a kind that this server does not have: people may read it and chat."""

    kind = "unserved"
    computed = True
    unreadable = True
    posts = ("game.action",)

    def __init__(self, room: RoomId) -> None:
        super().__init__(room)
        self._match = UnreadMatch(BROKEN)

    def handle_post(self, command: Post) -> Outcome:
        raise incompatible()

    def repeats(self, command: Command, entry: Entry) -> bool:
        if isinstance(command, Leave):
            return repeats_leave(command, entry)
        return super().repeats(command, entry)

    def apply_kind(self, entry: Entry) -> None:
        self._match.apply(entry)

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self._match.over = bool(state.get("over", False))

    def lobby(self) -> dict[str, Any]:
        return unread_lobby(seats=0)

    def hides(self, entry: Entry, viewer: Account | None) -> bool:
        return self._match.hides(entry, viewer)

    def view(self, viewer: Account | None) -> dict[str, Any]:
        return {"status": "incompatible"}

    def view_key(self, viewer: Account | None) -> None:
        """Return one key for all viewers, because all see the same."""
