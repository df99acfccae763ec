"""Tic-tac-toe, played without a server."""

from __future__ import annotations

from typing import Any

from parlour.core.room import Entry
from parlour.games.tic_tac_toe import TicTacToe
from parlour.testing import Table, play

CONTRACT = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
STAKE = {"chain": 31337, "address": CONTRACT, "amount": "5"}


def moves(game: Table, *cells: int) -> None:
    for turn, cell in enumerate(cells):
        game.post(("alice", "bob")[turn % 2], "place", {"cell": cell})


def staked(game: Table, who: str, amount: int, address: str = CONTRACT) -> Entry:
    return game.chain_event("Staked", address=address, player=who, amount=amount)


def test_game_starts_when_both_seats_are_taken():
    game = play(TicTacToe, "alice")
    assert game.status == "waiting"
    game.join("bob")
    assert game.status == "playing"
    assert game.types[-2:] == ["game.seed", "game.started"]


def test_third_account_to_join_watches():
    game = play(TicTacToe, "alice", "bob", "carol")
    assert (game.alice.seat, game.bob.seat, game.carol.seat) == (0, 1, None)
    assert game.carol.refused("place", cell=0) == "not_seated"


def test_spectator_leaves_the_seat_to_others():
    game = play(TicTacToe, "alice")
    game.join("carol", as_="spectator")
    game.join("bob")
    assert game.view()["players"] == ["alice", "bob"]


def test_taken_cell_is_refused():
    game = play(TicTacToe, "alice", "bob")
    game.alice.place(cell=0)
    assert game.bob.refused("place", cell=0) == "cell_taken"


def test_move_out_of_turn_or_outside_the_game_is_refused():
    game = play(TicTacToe, "alice")
    assert game.alice.refused("place", cell=0) == "not_started"
    game.join("bob")
    assert game.bob.refused("place", cell=0) == "not_your_turn"
    moves(game, 0, 3, 1, 4, 2)
    assert game.bob.refused("place", cell=8) == "game_over"


def test_three_in_a_row_win():
    game = play(TicTacToe, "alice", "bob")
    moves(game, 0, 3, 1, 4, 2)
    assert game.result == {"winner": 0, "account": "alice", "line": [0, 1, 2]}
    assert game.types[-1] == "game.ended"


def test_full_board_is_a_draw():
    game = play(TicTacToe, "alice", "bob")
    moves(game, 0, 1, 2, 4, 3, 5, 7, 6, 8)
    assert game.result == {"winner": None, "account": None}


def test_view_says_all_a_client_draws():
    game = play(TicTacToe, "alice", "bob")
    game.alice.place(cell=4)
    view = game.view()
    assert view["cells"] == [None] * 4 + [0] + [None] * 4
    assert {k: view[k] for k in ("turn", "status", "winner", "players")} == {
        "turn": 1,
        "status": "playing",
        "winner": None,
        "players": ["alice", "bob"],
    }


def test_cells_are_integers_from_0_to_8():
    game = play(TicTacToe, "alice", "bob")
    bad: list[Any] = [-1, 9, 1.5, "4", True, None, [1]]
    for cell in bad:
        assert game.alice.refused("place", cell=cell) == "invalid", cell
    assert game.alice.refused("place") == "invalid"
    assert game.alice.refused("place", cell=1, row=2) == "invalid"


def test_player_who_takes_too_long_loses():
    game = play(TicTacToe, "alice", "bob")
    game.alice.place(cell=4)
    game.wait(61)
    assert game.result == {"winner": 0, "account": "alice", "reason": "timeout"}


def test_table_without_a_stake_asks_for_no_payment():
    game = play(TicTacToe, "alice", "bob")
    game.alice.place(cell=4)


def test_table_with_a_stake_begins_when_both_have_paid():
    game = play(TicTacToe, "alice", "bob", stake=STAKE)
    assert game.alice.refused("place", cell=4) == "not_staked"
    staked(game, "alice", 4)
    assert (game.status, game.view()["unstaked"]) == ("waiting", [0, 1])
    staked(game, "alice", 1)
    assert game.alice.refused("place", cell=4) == "not_started"
    staked(game, "bob", 6)
    assert (game.status, game.view()["unstaked"]) == ("playing", [])
    game.alice.place(cell=4)
    assert game.view()["stakes"] == ["5", "6"]


def test_stake_of_another_contract_or_a_stranger_counts_for_nothing():
    game = play(TicTacToe, "alice", "bob", stake=STAKE)
    staked(game, "alice", 5, address="0x" + "11" * 20)
    staked(game, "mallory", 5)
    assert game.view()["stakes"] == ["0", "0"]


def test_stake_larger_than_a_double_survives_a_restart():
    game = play(TicTacToe, "alice", "bob", stake=STAKE)
    staked(game, "alice", 10**24 + 1)
    game.restart()
    assert game.view()["stakes"] == [str(10**24 + 1), "0"]


def test_result_that_rests_on_blocks_not_final_is_provisional():
    for final in (False, True):
        game = play(TicTacToe, "alice", "bob", stake=STAKE)
        staked(game, "alice", 5)
        staked(game, "bob", 5)
        if final:
            game.chain_confirmed("finalized")
        moves(game, 0, 3, 1, 4, 2)
        assert game.log[-1].body.get("provisional", False) is not final


def test_bot_takes_the_other_seat_and_plays_to_the_end():
    game = play(TicTacToe, "alice", bots=1)
    assert game.view()["players"] == ["alice", "bot:1"]
    while game.result is None:
        game.alice.place(cell=game.view()["cells"].index(None))
        game.wait(1)
    assert game.result["winner"] in (0, 1, None)


def test_match_replays_and_restores_at_every_entry():
    game = play(TicTacToe, "alice", "bob", stake=STAKE)
    staked(game, "alice", 5)
    staked(game, "bob", 6)
    moves(game, 0, 3, 1, 4, 2)
    for at in range(1, len(game.log)):
        assert game.restored(at).snapshot() == game.replayed().snapshot() == game.room.snapshot()


def test_reorg_that_undoes_a_stake_undoes_the_match_it_began():
    game = play(TicTacToe, "alice", "bob", stake=STAKE)
    staked(game, "alice", 4)
    last = staked(game, "alice", 1)
    staked(game, "bob", 5)
    started = game.log[-1].seq
    moves(game, 0, 3, 1, 4, 2)
    assert game.status == "ended"
    void = game.chain_reverted(last)
    assert void[0] == {"seq": started, "reason": "not_staked"}
    assert {one["reason"] for one in void[1:-1]} == {"not_started", "not_staked"}
    assert void[-1] == {"seq": started + 6, "reason": "not_over"}
    assert game.view()["cells"] == [None] * 9
    staked(game, "alice", 1)
    assert game.status == "playing"
    game.alice.place(cell=8)
    assert game.replayed().snapshot() == game.room.snapshot()


def test_stake_nobody_needed_voids_nothing():
    game = play(TicTacToe, "alice", "bob", stake=STAKE)
    staked(game, "alice", 5)
    extra = staked(game, "alice", 9)
    staked(game, "bob", 5)
    moves(game, 0, 3)
    assert game.chain_reverted(extra) == []
    assert game.view()["stakes"] == ["5", "5"]
