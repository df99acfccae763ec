"""Matches of other versions: carried over, or read and not played."""

from __future__ import annotations

from dataclasses import replace
from types import new_class
from typing import Any

import orjson
import pytest

from parlour import Game, Player, State, action
from parlour.core.authoring.author_errors import Stuck
from parlour.core.canonical_json import canonical
from parlour.core.games.room import GameRoom
from parlour.core.room import fold
from parlour.testing import Table, play
from tests.core.games.small_games import (
    Count,
    Diary,
    Notes,
    Poker,
)


class Renamed(State):
    log: list[str] = []
    numbers: list[int] = []


class Diary2(Game[Renamed]):
    kind = "diary"
    version = 2
    turns = True
    turn_seconds = 30

    @action
    def say(self, player: Player, text: str) -> None:
        self.state.log.append(text)

    @classmethod
    def migrate(cls, state: dict[str, Any], from_version: int) -> dict[str, Any]:
        assert from_version == 1
        return {"log": state["lines"], "numbers": state["numbers"]}


class Diary3(Game[Notes]):
    kind = "diary"
    version = 3

    @action
    def say(self, player: Player, text: str) -> None: ...


def reopened(game: Table, by: type[Game[Any]]) -> Table:
    """The same log, opened from its latest snapshot by another version of the code."""
    snapshot = game.room.snapshot()
    game.kind = GameRoom.of(by)
    game.room = game.kind("table")
    game.room.restore(snapshot)
    return game


def test_running_match_is_migrated():
    game = play(Diary, "alice", "bob")
    game.alice.say(text="in version 1")
    game = reopened(game, Diary2)
    assert game.room.deadline() is not None
    game.wait(0)
    assert game.types[-1] == "game.migrated"
    game.bob.say(text="in version 2")
    assert game.state.log[-2:] == ["0: in version 1", "in version 2"]
    assert game.log_of("bob")[-2].body is None
    assert game.replayed().snapshot() == game.room.snapshot()


def _with_self(self: Any, state: dict[str, Any], from_version: int) -> dict[str, Any]:
    return {"log": state["lines"], "numbers": [from_version]}


def _alone(state: dict[str, Any], from_version: int) -> dict[str, Any]:
    return {"log": state["lines"], "numbers": [from_version]}


@pytest.mark.parametrize("migrate", [_with_self, _alone, staticmethod(_alone), classmethod(_with_self)])
def test_migrate_may_be_written_like_any_other_method(migrate: Any):
    by = new_class("Diary2", (Diary2,), {}, lambda body: body.update(kind="diary", migrate=migrate))
    game = reopened(play(Diary, "alice", "bob"), by)
    game.wait(0)
    assert game.types[-1] == "game.migrated"
    assert game.state.numbers == [1]


def test_old_match_without_migrate_is_read_and_not_played():
    game = reopened(play(Diary, "alice", "bob"), Diary3)
    assert game.view() == {"status": "incompatible", "version": 1}
    assert game.room.deadline() is None
    assert game.alice.refused("say", text="x") == "incompatible"
    assert game.join("carol").seat is None


def test_log_of_another_version_without_a_snapshot_is_read_only():
    game = play(Diary, "alice", "bob")
    game.alice.say()
    game.kind = GameRoom.of(Diary2)
    assert game.replayed().unreadable


def test_unread_log_keeps_its_secrets():
    class Poker2(Poker):
        kind = "poker"
        version = 2

    game = play(Poker, "alice", "bob")
    game.alice.keep(secret="ace")
    game = reopened(game, Poker2)
    assert [e.type for e in game.log_of("bob") if e.body is None] == ["game.seed", "game.action"]
    assert game.log_of("alice")[-1].body is not None


def test_log_these_rules_cannot_follow_is_read_only():
    class Strict(Diary):
        kind = "diary"

        @action
        def say(self, player: Player, text: str = "") -> None:
            raise ValueError("not any more")

    game = play(Diary, "alice", "bob")
    game.alice.say()
    game.kind = GameRoom.of(Strict)
    assert game.replayed().unreadable


class Old(Game[Count]):
    kind = "aging"

    @action
    def go(self, player: Player) -> None:
        self.state.n += 1


def test_snapshot_these_rules_cannot_read_opens_read_only_and_is_kept():
    class Renamed(State):
        wholly: list[int] = []

    class Unversioned(Game[Renamed]):
        kind = "aging"

    game = play(Old, "alice", "bob")
    game.alice.go()
    snapshot = game.room.snapshot()
    room = GameRoom.of(Unversioned)("table")
    room.restore(snapshot)
    assert room.view(None)["status"] == "incompatible"
    again = GameRoom.of(Old)("table")
    again.restore(room.snapshot())
    assert again.view("alice")["n"] == 1


class New(Old):
    kind = "aging"
    version = 2

    @classmethod
    def migrate(cls, state: dict[str, Any], from_version: int) -> dict[str, Any]:
        return state


def newer(game: Table, at: int) -> GameRoom:
    """The log opened by version 2, from a snapshot at entry `at` and what came after it."""
    room = GameRoom.of(New)("table")
    room.restore(game.replayed(at).snapshot())
    for entry in game.log[at:]:
        room.apply(entry)
    return room


def test_match_with_moves_after_its_snapshot_is_not_migrated():
    game = play(Old, "alice", "bob")
    game.alice.go()
    game.bob.go()
    assert newer(game, len(game.log)).deadline() is not None
    late = newer(game, len(game.log) - 1)
    assert late.deadline() is None
    assert late.view("alice")["status"] == "incompatible"


def test_migrated_match_read_again_keeps_the_order_of_its_dicts():
    class Book(State):
        pages: dict[str, int] = {}

    class First(Game[Book]):
        kind = "book"

        @action
        def write(self, player: Player, page: str) -> None:
            self.state.pages[page] = 1

    class Second(First):
        kind = "book"
        version = 2

        @classmethod
        def migrate(cls, state: dict[str, Any], from_version: int) -> dict[str, Any]:
            return state

    game = play(First, "alice", "bob")
    for page in ("ü", "z", "a"):
        game.alice.write(page=page)
    room = GameRoom.of(Second)("table")
    room.restore(game.room.snapshot())
    game.kind, game.room = type(room), room
    game.wait(0)
    stored = [replace(entry, body=orjson.loads(canonical(entry.body or {}))) for entry in game.log]
    again = GameRoom.of(Second)("table")
    fold(again, stored)
    assert list(again.match.log.world.state.pages) == list(game.state.pages) == ["ü", "z", "a"]


def test_log_over_which_rules_take_too_long_opens_read_only():
    class Endless(Old):
        kind = "aging"

        @action
        def go(self, player: Player) -> None:
            raise Stuck

    game = play(Old, "alice", "bob")
    game.alice.go()
    game.kind = GameRoom.of(Endless)
    assert game.replayed().view(None)["status"] == "incompatible"
