"""Posts of a player: what they lead to, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from parlour import Game, Player, State, action
from parlour.core.games.referee import MAX_STATE_BYTES
from parlour.core.room import Post
from parlour.errors import Illegal, Invalid
from parlour.testing import play
from tests.core.games.small_games import (
    Diary,
)


def test_accepted_action_passes_the_turn_on():
    game = play(Diary, "alice", "bob")
    game.alice.say(text="one")
    assert game.alice.refused("say", text="two") == "not_your_turn"
    game.bob.say()
    assert game.state.lines[-2:] == ["0: one", "1: hm"]


def test_action_may_keep_the_turn():
    game = play(Diary, "alice", "bob")
    game.alice.again()
    assert game.view()["turn"] == 0


def test_anytime_action_leaves_the_turn_alone():
    game = play(Diary, "alice", "bob")
    game.bob.shout()
    assert game.view()["turn"] == 0


@pytest.mark.parametrize(("action_", "error"), [("break_off", "changed_my_mind"), ("crash", None)])
def test_action_that_raises_changes_nothing(action_: str, error: str | None):
    game = play(Diary, "alice", "bob")
    before, entries = game.room.snapshot(), len(game.log)
    with pytest.raises((Illegal, ZeroDivisionError)) as raised:
        game.post("alice", action_, {})
    if error:
        assert raised.value.reason == error  # type: ignore[union-attr]
    assert game.room.snapshot() == before
    assert len(game.log) == entries


def test_state_over_its_cap_is_refused():
    game = play(Diary, "alice", "bob")
    assert game.alice.refused("grow", size=MAX_STATE_BYTES) == "state_too_large"
    game.alice.grow(size=1000)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"action": "say", "args": {"text": 1}}, "args.text"),
        ({"action": "say", "args": {"text": "a", "loud": True}}, "args.loud"),
        ({"action": "say", "args": []}, "args"),
        ({"action": 7}, "action"),
        ({"action": "dance"}, "action"),
        ({"action": "on_start"}, "action"),
        ({"action": "say", "seat": 0}, "seat"),
        ({"action": "start", "args": {"now": 1}}, "args.now"),
        ({}, "action"),
    ],
)
def test_malformed_action_is_invalid_and_names_the_field(body: dict[str, Any], path: str):
    game = play(Diary, "alice", "bob")
    with pytest.raises(Invalid) as refused:
        game.submit(Post(author="alice", id="1", type="game.action", body=body))
    assert refused.value.details is not None
    assert refused.value.details["path"] == path


def test_binary_action_is_invalid():
    with pytest.raises(Invalid):
        play(Diary, "alice", "bob").submit(Post(author="alice", id="1", type="game.action", body=b"\x00"))


def test_arguments_with_defaults_may_be_left_out():
    game = play(Diary, "alice", "bob")
    game.submit(Post(author="alice", id="1", type="game.action", body={"action": "say"}))
    assert game.state.lines[-1] == "0: hm"


class Bids(State):
    order: list[str] = []


class Auction(Game[Bids]):
    @action
    def bid(self, player: Player, bids: dict[str, int]) -> None:
        self.state.order = list(bids)


def test_arguments_come_in_the_order_a_replay_reads_them():
    game = play(Auction, "alice", "bob")
    game.alice.bid(bids={"z": 1, "a": 2})
    assert game.state.order == ["a", "z"]
