"""Draws follow published vectors, and anybody can check them after the game."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from parlour.core.authoring.chance import Chance, combined, commitment, derived
from parlour.testing import Table, play
from tests.core.games.small_games import (
    Diary,
    Fair,
    assert_replays,
)

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[2] / "vectors" / "chance.json").read_text())


def raw(text: str) -> bytes:
    return bytes.fromhex(text[2:])


@pytest.mark.parametrize("case", VECTORS["draws"])
def test_draws_are_hashes_of_seed_entry_and_number(case: dict[str, Any]):
    seed, seq = raw(case["seed"]), case["seq"]
    chance = Chance(seed, seq)
    for n, draw in enumerate(case["draws"]):
        written_out = sha256(seed + seq.to_bytes(8, "big") + n.to_bytes(8, "big")).digest()
        assert raw(draw) == written_out == chance.bits().to_bytes(32, "big")


@pytest.mark.parametrize("case", VECTORS["draws"])
def test_numbers_choices_and_shuffles_follow_from_the_draws(case: dict[str, Any]):
    chance = Chance(raw(case["seed"]), case["seq"])
    deck = list(range(8))
    got = [chance.random(), chance.below(6), chance.between(1, 6), chance.choice("abcde")]
    chance.shuffle(deck)
    got += [deck, chance.sample(list(range(10)), 3)]
    assert got == [value for _, value in case["then"]]
    assert chance.drawn == case["drawn"]


def test_commitment_is_the_hash_of_the_secret():
    fair = VECTORS["fair"]
    assert commitment(raw(fair["seed"])) == fair["commitment"]
    assert [commitment(raw(v)) for v in fair["values"]] == fair["commitments"]


def test_contributions_enter_in_seat_order():
    fair = VECTORS["fair"]
    values = [raw(v) for v in fair["values"]]
    assert combined(raw(fair["seed"]), values) == raw(fair["drawSeed"])
    assert combined(raw(fair["seed"]), values[::-1]) != raw(fair["drawSeed"])


def test_ticks_and_bots_draw_from_seeds_of_their_own():
    of = VECTORS["derived"]
    for purpose in ("tick", "bot:1"):
        assert derived(raw(of["seed"]), purpose) == raw(of[purpose])


def test_draws_of_other_entries_stay_when_one_is_left_out():
    seed = bytes(32)
    alone = Chance(seed, 9).bits()
    Chance(seed, 8).bits()
    assert Chance(seed, 9).bits() == alone


def test_die_is_fair_within_what_chance_allows():
    counts = [0] * 6
    for seq in range(6000):
        counts[Chance(b"seed" * 8, seq).below(6)] += 1
    assert all(850 < count < 1150 for count in counts), counts


def test_dice_can_be_checked_by_anybody_after_the_game():
    game = play(Diary, "alice", "bob")
    rolled = game.alice.roll()
    game.bob.end()
    started = next(e for e in game.log if e.type == "game.started")
    seed = bytes.fromhex(game.log[-1].body["seed"][2:])
    assert commitment(seed) == started.body["commitment"]
    assert game.state.numbers == [Chance(seed, rolled.seq).between(1, 1000)]


def test_seed_is_hidden_before_the_end():
    game = play(Diary, "alice", "bob")
    secret = next(e for e in game.log if e.type == "game.seed")
    for viewer in ("alice", "bob", "owner", None):
        assert game.log_of(viewer)[secret.seq - 1].body is None
        assert secret.body["seed"] not in repr([e.body for e in game.log_of(viewer)]) + repr(game.view(viewer))
    game.alice.end()
    assert game.log_of(None)[secret.seq - 1].body == secret.body


def test_rematch_hides_its_own_seed_and_not_the_old_one():
    game = play(Diary, "alice", "bob")
    game.alice.end()
    game.alice.rematch()
    game.bob.rematch()
    old, new = (e.seq for e in game.log if e.type == "game.seed")
    assert game.log_of("alice")[old - 1].body is not None
    assert game.log_of("alice")[new - 1].body is None


def contributed(game: Table, who: str, value: bytes) -> None:
    game.post(who, "commit", {"hash": commitment(value)})


def test_dice_of_a_fair_game_are_nobodys_choice():
    game = play(Fair, "alice", "bob")
    a, b = bytes([1]) * 32, bytes([2]) * 32
    assert game.status == "drawing"
    assert game.alice.refused("say") == "not_started"
    contributed(game, "bob", b)
    assert game.bob.refused("contribute", value="0x" + b.hex()) == "commit_first"
    contributed(game, "alice", a)
    assert game.alice.refused("commit", hash=commitment(b)) == "already_committed"
    assert game.bob.refused("contribute", value="0x" + a.hex()) == "wrong_contribution"
    assert game.bob.refused("contribute", value="0xzz") == "invalid"
    game.bob.contribute(value="0x" + b.hex())
    game.alice.contribute(value="0x" + a.hex())
    assert game.status == "playing"
    rolled = game.alice.roll()
    game.bob.end()
    seed = combined(bytes.fromhex(game.log[-1].body["seed"][2:]), [a, b])
    assert game.state.numbers == [Chance(seed, rolled.seq).between(1, 1000)]
    assert_replays(game)


def test_player_who_does_not_contribute_ends_the_game():
    game = play(Fair, "alice", "bob")
    contributed(game, "bob", bytes(32))
    game.wait(61)
    assert game.result == {"winner": None, "account": None, "aborted": "no_contribution", "seats": [0]}
