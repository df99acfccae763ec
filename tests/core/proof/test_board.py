"""A board is what its matches say, or the entry that says otherwise is named."""

from __future__ import annotations

from typing import Any

from parlour.core.boards.room import BoardRoom, counted
from parlour.core.proof.board import check_board
from parlour.core.proof.match import Fault
from parlour.core.room import ChainUpdate, Entry
from parlour.games.tic_tac_toe import TicTacToe
from parlour.testing import play
from parlour.testing.kept_room import KeptRoom


def played() -> tuple[list[Entry], int]:
    """A match that ann won, and the seq of its end."""
    game = play(TicTacToe, "ann", "bob", matched=True)
    game.bob.leave()
    return game.log, next(entry.seq for entry in game.log if entry.type == "game.ended")


def board(*counts: Any) -> KeptRoom[BoardRoom]:
    kept = KeptRoom(BoardRoom, {"kind": TicTacToe.kind, "rating": "elo"}, 0)
    kept.submit(
        ChainUpdate(drafts=[counted(room, seq, {"teams": teams, "ranks": ranks}) for room, seq, teams, ranks in counts])
    )
    return kept


def test_board_that_counts_what_was_played_holds_and_is_folded_again() -> None:
    match, end = played()
    kept = board(("Table", end, [["ann"], ["bob"]], [0, 1]), ("other", 9, [["bob"], ["cid"]], [0, 1]))
    report = check_board(kept.log, {"table": match})
    assert (report.counted, report.unseen, report.faults) == (2, 1, [])
    assert report.standings.rows(1, 9) == kept.view()["rows"]


def test_entry_that_says_another_result_is_named() -> None:
    match, end = played()
    for number, (count, problem) in enumerate(
        (
            (("table", end, [["ann"], ["bob"]], [1, 0]), "wrong_result"),
            (("table", end, [["ann"], ["cid"]], [0, 1]), "wrong_players"),
            (("table", end + 1, [["ann"], ["bob"]], [0, 1]), "no_such_end"),
        )
    ):
        assert check_board(board(count).log, {"table": match}).faults == [Fault(2, problem)], number


def test_match_that_the_board_took_back_is_not_asked_for() -> None:
    kept = board(("table", 9, [["ann"], ["bob"]], [0, 1]))
    kept.chain_reverted(kept.log[1])
    report = check_board(kept.log, {})
    assert (report.counted, report.unseen) == (0, 0)
    assert report.standings.rows(1, 9) == []
