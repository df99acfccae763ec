"""What a game may declare as a board, and when its seasons begin and end."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour import Board, Game, Player, State, action
from parlour.core.boards.declared import scoring_of, season_at
from parlour.testing import play


class Table(State):
    n: int = 0


class Duel(Game[Table]):
    boards = (Board("weekly", score="wins", reset="mon 00:00 UTC"), Board("fastest", score="best:time", ties="shared"))

    @action
    def win(self, player: Player) -> None:
        self.finish(player)


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("reset", "when", "name", "ends"),
    [
        ("mon 00:00 UTC", "2026-11-30T00:00", "2026-11-30", "2026-12-07"),
        ("mon 00:00 UTC", "2026-11-29T23:59", "2026-11-23", "2026-11-30"),
        ("sun 04:30 UTC", "2026-11-29T04:29", "2026-11-22", "2026-11-29T04:30"),
        ("day 04:00 UTC", "2026-03-01T03:00", "2026-02-28", "2026-03-01T04:00"),
        ("month 00:00 UTC", "2026-12-31T23:00", "2026-12-01", "2027-01-01"),
        ("month 12:00 UTC", "2026-03-01T11:00", "2026-02-01", "2026-03-01T12:00"),
    ],
)
def test_season_is_named_by_the_day_it_begins(reset: str, when: str, name: str, ends: str) -> None:
    season = season_at(reset, at(when))
    assert (season.name, season.ends) == (name, at(ends))


@given(st.sampled_from(["mon 00:00 UTC", "day 23:59 UTC", "month 00:30 UTC"]), st.integers(0, 4_000_000_000_000))
def test_seasons_follow_each_other_without_a_gap(reset: str, when: int) -> None:
    season = season_at(reset, when)
    assert season.starts <= when < season.ends
    assert season_at(reset, season.ends).starts == season.ends
    assert season_at(reset, season.starts) == season


def test_score_names_what_is_measured() -> None:
    assert [tuple(scoring_of(score)) for score in ("rating", "sum:gold")] == [("rating", ""), ("sum", "gold")]


def test_declared_boards_leave_a_game_playable() -> None:
    game = play(Duel, "alice", "bob")
    game.alice.win()
    assert game.result is not None


@pytest.mark.parametrize(
    ("boards", "says"),
    [
        ([Board("Weekly")], "kebab-case"),
        ([Board("rating")], "choose another"),
        ([Board("a", score="losses")], "score is"),
        ([Board("a", score="sum:")], "score is"),
        ([Board("a", reset="monday")], "reset is"),
        ([Board("a", reset="mon 24:00 UTC")], "reset is"),
        ([Board("a", ties="later")], "ties is"),  # type: ignore[arg-type]
        ([Board("a"), Board("a", score="wins")], "one name"),
        (["weekly"], "not 'weekly'"),
        ("weekly", "a list"),
    ],
)
def test_wrong_board_is_told_before_anybody_plays(boards: object, says: str) -> None:
    wrong = type("Wrong", (Duel,), {"boards": boards})
    with pytest.raises(TypeError, match=says):
        play(wrong, "alice", "bob")
