"""A finished match is judged from its log alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from parlour.core.authoring.chance import commitment
from parlour.core.proof.match import Fault, check_match, played_out
from parlour.core.room import Draft, Entry
from parlour.testing import Table, play
from tests.core.games.small_games import Diary, Fair
from tests.games.matches import GAMES, random_match


def forged(game: Table, type_: str, **changes: Any) -> list[Entry]:
    """The log with one entry's body changed, as a server that cheats would show it."""
    log = list(game.log)
    at = max(n for n, entry in enumerate(log) if entry.type == type_)
    log[at] = replace(log[at], body={**log[at].body, **changes})
    return log


@pytest.fixture
def game() -> Table:
    table = play(Diary, "alice", "bob")
    table.alice.roll()
    table.bob.end()
    return table


def test_honest_match_holds(game: Table):
    assert check_match(game.kind, game.log) == []


@pytest.mark.parametrize("kind", GAMES)
def test_every_random_match_holds(kind: type[Any]):
    for seed in range(3):
        table = random_match(kind, seed)
        assert check_match(table.kind, table.log) == []


def test_move_against_the_rules_is_found(game: Table):
    cheat = next(e for e in game.log if e.type == "game.action")
    log = [replace(e, author="bob") if e.seq == cheat.seq else e for e in game.log]
    assert Fault(cheat.seq, "not_your_turn") in check_match(game.kind, log)


def test_forged_winner_is_found(game: Table):
    result = {"winner": 0, "account": "alice", "score": [1, 2]}
    faults = check_match(game.kind, forged(game, "game.ended", result=result))
    assert faults == [Fault(len(game.log), "wrong_result")]


def test_forged_seed_is_found(game: Table):
    other = "11" * 32
    assert check_match(game.kind, forged(game, "game.ended", seed="0x" + other)) == [Fault(len(game.log), "wrong_seed")]
    started = next(e.seq for e in game.log if e.type == "game.started")
    assert Fault(started, "wrong_seed") in check_match(game.kind, forged(game, "game.seed", seed=other))


def test_forged_contribution_is_found():
    game = play(Fair, "alice", "bob")
    values = {"alice": bytes([1]) * 32, "bob": bytes([2]) * 32}
    for who, value in values.items():
        game.post(who, "commit", {"hash": commitment(value)})
    for who, value in values.items():
        game.post(who, "contribute", {"value": "0x" + value.hex()})
    game.alice.end()
    assert check_match(game.kind, game.log) == []
    last = next(e for e in reversed(game.log) if e.type == "game.action" and e.body["action"] == "contribute")
    body = {"action": "contribute", "args": {"value": "0x" + "33" * 32}}
    log = [replace(e, body=body) if e.seq == last.seq else e for e in game.log]
    assert Fault(last.seq, "wrong_contribution") in check_match(game.kind, log)


def test_rematch_under_way_leaves_the_match_before_it_checked(game: Table):
    game.alice.rematch()
    game.bob.rematch()
    game.bob.say()
    log = game.log_of(None)
    assert check_match(game.kind, log) != []
    assert [entry.type for entry in played_out(log)][-1] == "game.ended"
    assert check_match(game.kind, played_out(log)) == []


def test_end_that_a_reorg_undid_is_no_end(game: Table):
    assert played_out(game.log) == game.log
    end = game.log[-1]
    game._append([Draft("chain.reverted", {"of": [], "block": {}, "void": [{"seq": end.seq, "reason": "not_over"}]})])
    assert played_out(game.log) == []


def test_match_that_hides_something_cannot_be_checked():
    game = play(Diary, "alice", "bob")
    game.alice.say()
    seed = next(e.seq for e in game.log if e.type == "game.seed")
    assert Fault(seed, "redacted") in check_match(game.kind, game.log_of("alice"))
