"""Word party, played without a server."""

from __future__ import annotations

import pytest

from parlour.games.word_party import WORDS, WordParty
from parlour.testing import Seated, Table, play


@pytest.fixture
def game() -> Table:
    table = play(WordParty, "ann", "ben", "cyd", rounds=1)
    table.ann.start()
    return table


def word_of(game: Table) -> str:
    word = game.state.word
    assert word in WORDS
    return str(word)


def guess(player: Seated, text: str) -> None:
    player.guess(text=text)


def test_word_is_seen_by_the_giver_alone(game: Table):
    assert game.ann.view["word"] == word_of(game)
    for other in (game.ben.view, game.cyd.view, game.view()):
        assert other["word"] is None
        assert word_of(game) not in repr(other)


def test_clue_is_given_by_the_giver_alone_and_never_says_the_word(game: Table):
    game.ann.clue(text="you will know it")
    assert game.ben.refused("clue", text="me too") == "not_the_giver"
    assert game.ann.refused("clue", text=f"The {word_of(game).upper()}!") == "says_the_word"
    assert game.cyd.view["clues"] == ["you will know it"]


def test_right_guess_stays_hidden_and_scores_for_both(game: Table):
    guess(game.ben, f" {word_of(game).upper()} ")
    assert game.view()["scores"] == {"0": 2, "1": 10, "2": 0}
    assert game.ben.view["word"] == word_of(game)
    assert game.log_of("cyd")[-1].body is None
    assert game.cyd.view["word"] is None


def test_later_guess_is_worth_less(game: Table):
    game.wait(59)
    guess(game.ben, word_of(game))
    assert game.view()["scores"]["1"] == 1


def test_guess_of_a_player_who_knows_the_word_is_refused(game: Table):
    guess(game.ben, word_of(game))
    assert game.ben.refused("guess", text=word_of(game)) == "you_know_it"
    assert game.ann.refused("guess", text=word_of(game)) == "you_know_it"


def test_word_is_shown_when_all_have_guessed_and_the_next_follows(game: Table):
    first = word_of(game)
    guess(game.ben, first)
    guess(game.cyd, first)
    assert game.view()["phase"] == "pause"
    assert game.view()["word"] == first
    assert game.log_of(None)[-1].body is not None
    assert game.ann.refused("clue", text="late") == "not_now"
    game.wait(5)
    assert (game.view()["phase"], game.view()["giver"]) == ("clues", 1)
    assert word_of(game) != first


def test_word_nobody_found_ends_when_time_is_up(game: Table):
    guess(game.ben, "wrong")
    game.wait(60)
    assert game.view()["phase"] == "pause"
    assert game.view()["wrong"] == 1


def test_party_ends_when_all_gave_once_a_round_and_the_best_wins(game: Table):
    for giver in ("ann", "ben", "cyd"):
        if giver != "ben":
            guess(game.ben, word_of(game))
        game.wait(66)
    assert game.result is not None
    assert game.result["account"] == "ben"


def test_giver_may_leave(game: Table):
    game.ann.leave()
    assert game.view()["phase"] == "pause"
    game.wait(5)
    assert game.view()["giver"] == 1


def test_restart_in_the_middle_keeps_word_and_clock(game: Table):
    word = word_of(game)
    game.wait(20)
    guess(game.ben, word)
    game.restart(downtime=600)
    assert word_of(game) == word
    game.wait(39)
    assert game.view()["phase"] == "clues"
    game.wait(2)
    assert game.view()["phase"] == "pause"
