"""Chess, played without a server."""

from __future__ import annotations

import pytest

from parlour.games.chess import Chess, DailyChess
from parlour.testing import Table, play


def moves(game: Table, line: str) -> None:
    for uci in line.split():
        game.post(("ann", "ben")[len(game.state.moves) % 2], "move", {"uci": uci})


def test_fools_mate_ends_the_game():
    game = play(Chess, "ann", "ben")
    moves(game, "f2f3 e7e5 g2g4 d8h4")
    assert game.result == {"winner": 1, "account": "ben", "reason": "checkmate"}


@pytest.mark.parametrize("uci", ["e2e5", "e7e5", "e1g1", "a1a8"])
def test_illegal_move_is_refused(uci: str):
    assert play(Chess, "ann", "ben").ann.refused("move", uci=uci) == "illegal_move"


def test_text_that_is_no_move_is_refused():
    game = play(Chess, "ann", "ben")
    assert game.ann.refused("move", uci="zzzz") == "not_a_move"
    assert game.ann.refused("move", uci="e") == "invalid"


def test_special_moves_are_played_as_uci_says():
    game = play(Chess, "ann", "ben")
    moves(game, "e2e4 a7a6 e4e5 d7d5 e5d6 a6a5 d6c7 a5a4 c7b8q a4a3 g1f3 h7h6 f1e2 h6h5 e1g1")
    assert game.state.fen.startswith("rQbqkbnr/1p2ppp1/8/7p/8/p4N2/PPPPBPPP/RNBQ1RK1 b kq")


def test_threefold_repetition_draws():
    game = play(Chess, "ann", "ben")
    moves(game, "g1f3 g8f6 f3g1 f6g8 g1f3 g8f6 f3g1 f6g8")
    assert game.result is not None
    assert (game.result["winner"], game.result["reason"]) == (None, "threefold_repetition")


def test_clock_of_the_player_to_move_runs():
    game = play(Chess, "ann", "ben")
    game.wait(100)
    moves(game, "e2e4")
    assert game.view()["clocks"] == [203_000, 300_000]
    game.wait(301)
    assert game.result == {"winner": 0, "account": "ann", "reason": "timeout"}


def test_clock_goes_on_where_it_was_after_a_restart():
    game = play(Chess, "ann", "ben")
    moves(game, "e2e4")
    game.wait(100)
    moves(game, "e7e5")
    game.restart(downtime=10_000)
    game.wait(299)
    assert game.result is None
    game.wait(5)
    assert game.result is not None
    assert game.result["reason"] == "timeout"


def test_player_may_resign_at_any_time():
    game = play(Chess, "ann", "ben")
    game.ben.resign()
    assert game.result == {"winner": 0, "account": "ann", "reason": "resigned"}


def test_draw_is_offered_and_accepted():
    game = play(Chess, "ann", "ben")
    game.ann.draw()
    assert game.ann.refused("draw") == "already_offered"
    game.ben.draw()
    assert game.result == {"winner": None, "account": None, "reason": "agreed"}


def test_move_declines_a_draw():
    game = play(Chess, "ann", "ben")
    game.ben.draw()
    moves(game, "e2e4")
    assert game.view()["draw_offered_by"] is None


def test_bot_plays_legal_moves():
    game = play(Chess, "ann", bots=1)
    for uci in ("a2a3", "h2h3", "a3a4"):
        game.ann.move(uci=uci)
        game.wait(1)
    assert len(game.state.moves) == 6


def test_view_has_what_may_be_played_and_whether_it_is_check():
    game = play(Chess, "ann", "ben")
    assert (len(game.view()["legal"].split()), game.view()["check"]) == (20, False)
    moves(game, "e2e4 f7f6 d1h5")
    assert (game.view()["legal"], game.view()["check"]) == ("g7g6", True)
    moves(game, "g7g6")
    game.ann.resign()
    assert game.view()["legal"] == ""


def test_colors_change_in_a_rematch_and_time_is_judged_by_them():
    game = play(Chess, "ann", "ben")
    game.ann.resign()
    for player in (game.ann, game.ben):
        player.rematch()
    assert (game.view()["white"], game.view()["turn"]) == (1, 1)
    game.ben.move(uci="e2e4")
    bare = game.room.match.log.world.state
    bare.fen = "4k3/8/8/8/8/8/8/4K2Q b - - 0 1"  # only White, in seat 1, could mate
    game.wait(301)
    assert game.result == {"winner": 1, "account": "ben", "reason": "timeout"}


def test_daily_chess_gives_a_day_for_a_move_and_waits_for_whoever_is_away():
    game = play(DailyChess, "ann", "ben")
    moves(game, "e2e4")
    game.ben.drop()
    game.wait(23 * 3600)
    assert game.view()["deadline"] == game.now + 3_600_000
    game.restart(downtime=2 * 3600)
    moves(game, "e7e5")
    assert game.view()["status"] == "playing"
    game.wait(24 * 3600 + 1)
    assert game.result == {"winner": 1, "account": "ben", "reason": "timeout"}
