"""Chance that a client in any language can check."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from parlour.core.games.chance import Chance, combined, commitment, derived

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


def test_a_commitment_is_the_hash_of_the_secret():
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


def test_leaving_an_entry_out_moves_no_other_draw():
    seed = bytes(32)
    alone = Chance(seed, 9).bits()
    Chance(seed, 8).bits()
    assert Chance(seed, 9).bits() == alone


def test_a_die_is_fair_within_what_chance_allows():
    counts = [0] * 6
    for seq in range(6000):
        counts[Chance(b"seed" * 8, seq).below(6)] += 1
    assert all(850 < count < 1150 for count in counts), counts
