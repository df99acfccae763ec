"""The world of a match as JSON."""

from __future__ import annotations

from typing import Any

from parlour import Clock, Game, Player, State, action
from parlour.core.authoring.chance import commitment
from parlour.core.authoring.world import World
from parlour.testing import play
from tests.core.games.small_games import Diary


class Count(State):
    n: int = 0


class Fair(Game[Count]):
    fair = True
    clock = Clock(300, 2)
    turns = True

    @action(hidden=True, anytime=True)
    def hide(self, player: Player, n: int) -> None:
        self.state.n += n

    @action
    def end(self, player: Player) -> None:
        self.finish(player)


def test_snapshot_with_a_key_of_an_earlier_server_still_loads():
    game = play(Diary, "alice", "bob")
    old = game.room.snapshot()
    old["world"]["started_at"] = game.now
    room = game.kind("table")
    room.restore(old)
    assert room.snapshot() == game.room.snapshot()


def test_world_stays_as_it_was_when_later_entries_change_its_copies():
    game = play(Fair, "alice", "bob")
    before: list[tuple[World, dict[str, Any]]] = []

    def note() -> None:
        world = game.room.match.log.world
        before.append((world, world.dump()))

    values = {name: bytes([number]) * 32 for number, name in enumerate(("alice", "bob"))}
    for name, value in values.items():
        game.post(name, "commit", {"hash": commitment(value)})
        note()
    for name, value in values.items():
        game.post(name, "contribute", {"value": "0x" + value.hex()})
        note()
    for step in (
        lambda: game.alice.hide(n=1),
        game.bob.drop,
        game.bob.come_back,
        game.alice.end,
        lambda: game.post("alice", "rematch", {}),
        lambda: game.post("bob", "rematch", {}),
        game.bob.leave,
    ):
        step()
        note()
    for world, dumped in before:
        assert world.dump() == dumped


def test_copy_has_a_state_of_its_own():
    world = play(Diary, "alice", "bob").room.match.log.world
    twin = world.copy()
    assert twin.state is not world.state
    assert twin.dump() == world.dump()
