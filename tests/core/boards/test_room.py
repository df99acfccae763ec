"""Boards: what a match does to ratings, who stands where, and what a reorganisation takes back."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openskill.models import PlackettLuce

from parlour.core.boards.room import BoardRoom, counted, source_of
from parlour.core.boards.skill import Skill, deviation_of, newcomer, rated, rating_of
from parlour.core.boards.standings import rating_in
from parlour.core.room import ChainUpdate
from parlour.testing.kept_room import KeptRoom

PEOPLE = ["ann", "bob", "cid", "dan", "eve"]


class Board(KeptRoom[BoardRoom]):
    """A board in a test."""

    def __init__(self, rating: str = "openskill") -> None:
        super().__init__(BoardRoom, {"kind": "duel", "rating": rating}, 0)

    def count(self, *teams: list[str], ranks: list[int] | None = None) -> int:
        """Count a match, the best team first, and return the entry's seq."""
        said = {"teams": list(teams), "ranks": ranks or list(range(len(teams)))}
        draft = counted("match-1", len(self.log), said)
        self.now += 1000
        self.submit(ChainUpdate(drafts=[draft]))
        return len(self.log)


def names(board: Board) -> list[str]:
    return [row["account"] for row in board.view()["rows"]]


def test_newcomers_meet_at_the_same_rating_on_either_scale() -> None:
    assert [rating_of(system, newcomer(system)) for system in ("elo", "openskill")] == [1500, 1500]  # type: ignore[arg-type]
    assert deviation_of("openskill", newcomer("openskill")) == 500


def test_elo_moves_sixteen_points_between_equals_and_keeps_the_sum() -> None:
    ((winner,), (loser,)) = rated("elo", [[newcomer("elo")], [newcomer("elo")]], [0, 1])
    assert (winner.mu, loser.mu) == (1516, 1484), "before it is rounded: K is 32"
    board = Board("elo")
    board.count(["ann"], ["bob"])
    standings = board.room.standings
    assert rating_in(standings, "ann") == {"rating": 1516, "deviation": 0, "games": 1, "rank": 1}
    assert rating_in(standings, "bob") == {"rating": 1484, "deviation": 0, "games": 1, "rank": 2}
    assert rating_in(standings, "cid") == {"rating": 1500, "deviation": 0, "games": 0}
    board.count(["ann"], ["bob"], ranks=[0, 0])
    assert rating_in(standings, "ann")["rating"] + rating_in(standings, "bob")["rating"] == 3000


def test_first_match_of_two_gives_the_library_s_published_numbers() -> None:
    ((winner,), (loser,)) = rated("openskill", [[newcomer("openskill")], [newcomer("openskill")]], [0, 1])
    assert (round(winner.mu, 2), round(winner.sigma, 2), round(loser.mu, 2)) == (27.64, 8.07, 22.36)
    assert rating_of("openskill", winner) == round(1500 + 60 * (27.635389493140497 - 25))


SKILLS = st.builds(Skill, st.floats(0, 50), st.floats(0.5, 9))


@given(st.lists(st.lists(SKILLS, min_size=1, max_size=3), min_size=2, max_size=4), st.data())
def test_openskill_ratings_equal_those_of_the_library(teams: list[list[Skill]], data: st.DataObject) -> None:
    ranks = [data.draw(st.integers(0, 3)) for _ in teams]
    model = PlackettLuce()
    after = model.rate([[model.create_rating(list(skill)) for skill in team] for team in teams], ranks=ranks)
    assert rated("openskill", teams, ranks) == [[Skill(each.mu, each.sigma) for each in team] for team in after]


def test_rows_are_ordered_by_score_and_of_equals_by_who_was_earlier() -> None:
    board = Board("elo")
    board.count(["ann"], ["bob"])
    board.count(["cid"], ["dan"])
    assert names(board) == ["ann", "cid", "bob", "dan"]
    assert board.room.standings.rows(2, 2) == board.view()["rows"][1:3]
    assert [board.room.standings.rank(each) for each in names(board)] == [1, 2, 3, 4]


def test_match_that_is_taken_back_leaves_the_board_as_if_it_had_not_been() -> None:
    board, without = Board(), Board()
    board.count(["ann"], ["bob"])
    seq = board.count(["bob"], ["cid"])
    assert board.log[seq - 1].source == source_of("MATCH-1", seq - 1)
    board.chain_reverted(board.log[seq - 1])
    without.count(["ann"], ["bob"])
    assert board.view() == without.view()
    assert rating_in(board.room.standings, "cid")["games"] == 0


@given(st.lists(st.permutations(PEOPLE), max_size=12), st.sampled_from(["elo", "openskill"]))
def test_snapshot_and_order_equal_a_fresh_fold(matches: list[list[str]], rating: str) -> None:
    board = Board(rating)
    for people in matches:
        board.count(people[:2], people[2:4], ranks=[0, len(people) % 2])
    restored = board.restored(max(1, len(board.log) // 2))
    assert restored.view(None) == board.replayed().view(None) == board.view()
    scores: list[Any] = [(-row["score"], row["at"], row["account"]) for row in board.view()["rows"]]
    assert scores == sorted(scores)


@pytest.mark.long
@pytest.mark.parametrize("rating", ["elo", "openskill"])
def test_ratings_of_a_thousand_players_follow_their_strength(rating: str) -> None:
    """Rank correlation of at least 0.9 (Spearman) after 30 games, each against one of the hundred nearest."""
    chance, board = random.Random(1), Board(rating)
    strength = {f"p{number}": chance.gauss(0, 400) for number in range(1000)}
    standings = board.room.standings
    for _ in range(30):
        line = sorted(strength, key=lambda each: (rating_in(standings, each)["rating"], chance.random()))
        while line:
            one = line.pop(0)
            other = line.pop(chance.randrange(min(len(line), 100)))
            wins = chance.random() < 1 / (1 + 10 ** ((strength[other] - strength[one]) / 400))
            standings.count({"teams": [[one], [other]], "ranks": [0, 1] if wins else [1, 0]}, 0)
    assert spearman(strength, {each: rating_in(standings, each)["rating"] for each in strength}) >= 0.9


def spearman(one: dict[str, float], other: dict[str, int]) -> float:
    ranks = [{name: rank for rank, name in enumerate(sorted(of, key=of.__getitem__))} for of in (one, other)]  # type: ignore[arg-type]
    squares = sum((ranks[0][name] - ranks[1][name]) ** 2 for name in one)
    return 1 - 6 * squares / (len(one) * (len(one) ** 2 - 1))
