"""Chain events run hooks, each at the finality it asked for."""

from __future__ import annotations

from parlour.core.room import ChainUpdate, Draft
from parlour.testing import play
from tests.core.games.small_games import (
    TOKEN,
    Bank,
    assert_replays,
)


def test_hook_waits_for_the_finality_it_asked_for():
    game = play(Bank, "alice", "bob", token=TOKEN)
    game.chain_event("Paid", chain=1, address="0xToken", who="alice", amount=7)
    assert game.state.total == 0
    game.chain_confirmed("included", chain=1)
    game.chain_confirmed("safe", chain=2)
    assert game.state.total == 0
    game.chain_confirmed("safe", chain=1)
    game.chain_confirmed("finalized", chain=1)
    assert (game.state.total, game.state.statuses) == (7, ["safe"])
    assert_replays(game)


def test_each_hook_of_an_event_has_its_own_finality():
    game = play(Bank, "alice", "bob", token=TOKEN)
    for _ in range(2):
        game.chain_event("Paid", chain=1, address="0xToken", who="alice", amount=7)
    assert (game.state.rumours, game.state.total) == (2, 0)
    game.chain_confirmed("safe", chain=1)
    assert (game.state.rumours, game.state.total) == (2, 14)
    assert_replays(game)


def test_waiting_event_that_moves_to_a_later_block_waits_for_that_block():
    game = play(Bank, "alice", "bob", token=TOKEN)
    paid = game.chain_event("Paid", chain=1, address="0xToken", who="alice", amount=7)
    later = {"number": 1000, "hash": "0x" + "22" * 32, "time": game.now}
    game.submit(ChainUpdate(drafts=[Draft("chain.moved", {"of": [paid.seq], "block": later})]))
    game.chain_confirmed("safe", chain=1)
    assert game.state.total == 0
    game.chain_confirmed("safe", chain=1, upto=1000)
    assert game.state.total == 7
    assert_replays(game)


def test_event_that_could_not_be_decoded_runs_no_hook():
    game = play(Bank, "alice", "bob", token=TOKEN)
    body = {"chain": 1, "address": "0xToken", "event": "Paid", "topics": [], "data": "0x", "status": "safe"}
    game.submit(ChainUpdate(drafts=[Draft("chain.event", body)]))
    assert not game.room.unreadable
    assert game.state.rumours == 0


def test_event_by_its_whole_signature_is_the_same_event():
    game = play(Bank, "alice", "bob", token=TOKEN)
    game.chain_event("Paid(address indexed who, uint256 amount)", chain=1, address="0xToken", who="a", amount=7)
    game.chain_event("Paid(address who, uint8 amount)", chain=1, address="0xToken", who="a", amount=50)
    game.chain_confirmed("safe", chain=1)
    assert game.state.total == 7


def test_hook_may_end_the_game():
    game = play(Bank, "alice", "bob", token=TOKEN)
    game.chain_event("Paid", chain=1, address="0xToken", who="bob", amount=100)
    game.chain_confirmed("safe", chain=1)
    assert game.result == {"winner": 1, "account": "bob"}
    assert game.log[-1].body["provisional"] is True
