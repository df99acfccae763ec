"""Boards of wins, sums and bests, their seasons, and matches of the same two that count less."""

from __future__ import annotations

from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import _hash_eip191_message, encode_typed_data
from hypothesis import given
from hypothesis import strategies as st

from parlour.core.boards.declared import Season
from parlour.core.boards.merkle import root_of
from parlour.core.boards.results import said_by
from parlour.core.boards.room import BoardRoom, counted
from parlour.core.boards.seasons import EndedSeason, digest, signed_season
from parlour.core.boards.standings import GAMES_NAMED, Standings, rating_in
from parlour.core.room import ChainUpdate, DeadlinePassed, Entry
from parlour.testing.kept_room import KeptRoom
from parlour.testing.wallets import wallet

DAY = 24 * 3_600_000
ANN, BOB, CID = (f"0x{digit * 40}" for digit in "abc")


class Board(KeptRoom[BoardRoom]):
    """A board in a test, and the matches it was told."""

    def __init__(self, score: str = "wins", **options: Any) -> None:
        super().__init__(BoardRoom, {"kind": "duel", "score": score, **options}, 0)
        self.matches = 0

    def count(self, **said: Any) -> Entry:
        """Count a match in which `a=3` scored three, or a match of ratings by `teams` and `ranks`."""
        names = {"a": ANN, "b": BOB, "c": CID}
        body = said if "teams" in said else {"scores": {names[name]: number for name, number in said.items()}}
        self.matches += 1
        self.submit(ChainUpdate(drafts=[counted(f"match-{self.matches}", 9, body)]))
        return self.log[-1]

    def rows(self) -> list[tuple[int, str, int]]:
        return [(row["rank"], row["account"], row["score"]) for row in self.view()["rows"]]

    def seasons(self) -> list[dict[str, Any]]:
        return [entry.body for entry in self.log if entry.type == "board.season" and isinstance(entry.body, dict)]

    def pass_deadline(self) -> None:
        deadline = self.room.deadline()
        assert deadline is not None
        self.now = max(self.now, deadline)
        self.submit(DeadlinePassed())


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        ("sum:gold", [(1, ANN, 7), (2, BOB, 6)]),
        ("most:gold", [(1, BOB, 5), (2, ANN, 4)]),
        ("best:gold", [(1, BOB, 1), (2, ANN, 3)]),
    ],
)
def test_numbers_add_up_or_the_best_stands(score: str, expected: list[Any]) -> None:
    board = Board(score)
    board.count(a=3, b=5)
    board.count(a=4, b=1)
    assert board.rows() == expected
    best = [[game["room"] for game in row["of"]] for row in board.view()["rows"]]
    newest = ["match-2", "match-1"]
    assert best == {"sum:gold": [newest, newest], "most:gold": [["match-1"], ["match-2"]],
                    "best:gold": [["match-2"], ["match-1"]]}[score]  # fmt: skip


def test_row_names_its_newest_games_alone() -> None:
    board = Board("sum:gold")
    for _ in range(GAMES_NAMED + 3):
        board.count(a=1)
    (row,) = board.view()["rows"]
    assert (row["games"], len(row["of"]), row["of"][0]["room"]) == (8, GAMES_NAMED, "match-8")


def test_equals_share_a_rank_where_the_board_says_so() -> None:
    board = Board("most:gold", ties="shared")
    board.count(a=3, b=3, c=1)
    assert [rank for rank, _, _ in board.rows()] == [1, 1, 3]
    assert board.room.standings.rank(BOB) == 1


def test_achievement_is_a_board_of_ones() -> None:
    board = Board("most:slain")
    board.count(b=1)
    board.now += 1
    board.count(a=1, b=1)
    assert board.rows() == [(1, BOB, 1), (2, ANN, 1)]


def test_season_ends_signed_and_the_next_begins_empty() -> None:
    board = Board("wins", reset="day 00:00 UTC")
    board.count(a=1, b=0)
    first = board.room.season
    assert first is not None
    rows = board.view()["rows"]
    board.pass_deadline()
    (said,) = board.seasons()
    assert (said["season"], said["players"], said["root"]) == (first.name, 2, "0x" + root_of(rows).hex())
    assert board.room.ended[first.name].signed
    assert board.room.deadline() is None
    assert board.view()["rows"] == []
    board.count(b=1)
    assert board.rows() == [(1, BOB, 1)]
    assert board.room.ended[first.name].rows == rows
    assert board.view()["seasons"] == [first.name]


def test_match_after_the_end_belongs_to_the_next_season_whoever_was_late() -> None:
    board = Board("wins", reset="day 00:00 UTC")
    board.count(a=1)
    board.now += DAY
    board.count(b=1)
    assert [entry.type for entry in board.log[-2:]] == ["board.season", "board.counted"]
    assert board.rows() == [(1, BOB, 1)]


def test_season_taken_apart_by_a_reorganisation_is_told_again() -> None:
    board = Board("wins", reset="day 00:00 UTC")
    gone = board.count(a=1)
    board.count(b=1)
    board.pass_deadline()
    old = board.log[-1]
    board.count(c=1)
    assert board.chain_reverted(gone) == [{"seq": old.seq, "reason": "wrong_root"}]
    if board.room.deadline() is not None and not all(each.signed for each in board.room.ended.values()):
        board.pass_deadline()
    assert board.seasons()[-1]["players"] == 1
    assert board.seasons()[-1]["root"] != old.body["root"]  # type: ignore[index, call-overload]
    assert board.rows() == [(1, CID, 1)]
    assert board.replayed().view(None) == board.view()


def test_root_is_computed_once_for_the_turn_that_ends_a_season(monkeypatch: pytest.MonkeyPatch) -> None:
    made = list[str]()
    whole = EndedSeason.of

    def counting(season: Season, standings: Standings, shown: int) -> EndedSeason:
        made.append(season.name)
        return whole(season, standings, shown)

    board = Board("wins", reset="day 00:00 UTC")
    board.count(a=1)
    monkeypatch.setattr(EndedSeason, "of", staticmethod(counting))
    board.pass_deadline()
    assert len(made) == 1
    board.count(b=1)
    board.pass_deadline()
    assert [said["players"] for said in board.seasons()] == [1, 1]
    assert made == [said["season"] for said in board.seasons()]


def test_root_is_signed_by_the_referee_s_key_or_says_why_not() -> None:
    board = Board("wins", reset="day 00:00 UTC")
    board.count(a=1)
    board.pass_deadline()
    (said,) = board.seasons()
    signer = wallet("referee")

    class Key:
        address = signer.address

        @staticmethod
        def sign(digest: bytes) -> bytes:
            return bytes(signer.unsafe_sign_hash(digest).signature)

    signed = signed_season(said, Key())
    assert signed["by"] == signer.address
    whole = encode_typed_data(full_message=said["typedData"])
    assert Account.recover_message(whole, signature=signed["sig"]) == signer.address
    assert _hash_eip191_message(whole) == digest(said["typedData"])
    assert signed_season(said, None) == {"unsigned": "no_referee_key"}


def test_matches_of_the_same_two_count_less_after_five_a_day() -> None:
    board = Board("rating", rating="elo")
    duel: dict[str, Any] = {"teams": [[ANN], [BOB]], "ranks": [0, 1]}
    bodies = [board.count(**duel).body for _ in range(7)]
    assert [body.get("weight") for body in bodies if isinstance(body, dict)] == [None] * 5 + [0.5, 0.25]
    board.count(teams=[[ANN], [CID]], ranks=[0, 1])
    before = rating_in(board.room.standings, BOB)["rating"]
    board.now += DAY
    body = board.count(**duel).body
    assert isinstance(body, dict)
    assert "weight" not in body
    assert rating_in(board.room.standings, BOB)["rating"] < before


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(-5, 5), st.integers(0, DAY)), max_size=12))
def test_snapshot_of_seasons_equals_a_fresh_fold(matches: list[tuple[str, int, int]]) -> None:
    board = Board("sum:gold", reset="day 00:00 UTC")
    for name, number, later in matches:
        board.now += later
        board.count(**{name: number})
    now = board.room.snapshot()
    assert board.replayed().snapshot() == now
    assert board.restored(max(1, len(board.log) // 2)).snapshot() == now


END = {"places": [[1], [0, 2]], "result": {"winner": 1, "gold": [3, None, "x"]}}
SEATS = {ANN: 0, BOB: 1, CID: 2}


def test_end_of_a_match_says_what_each_board_measures() -> None:
    assert said_by("wins", END, SEATS, ()) == {"scores": {ANN: 0, BOB: 1, CID: 0}}
    assert said_by("sum:gold", END, SEATS, ()) == {"scores": {ANN: 3}}
    assert said_by("rating", END, SEATS, ()) == {"teams": [[BOB], [ANN], [CID]], "ranks": [0, 1, 1]}
    assert said_by("rating", END, SEATS, [[0, 1], [2]]) == {"teams": [[ANN, BOB], [CID]], "ranks": [0, 1]}


@pytest.mark.parametrize("gold", [None, 3, {"0": 3}, [], ["3", 2.5, True], [2**60, None, None]])
def test_what_is_no_number_by_seat_scores_nothing(gold: Any) -> None:
    assert said_by("sum:gold", {**END, "result": {"gold": gold}}, SEATS, ()) is None


def test_aborted_match_and_a_draw_win_nothing() -> None:
    assert said_by("wins", {"result": {"aborted": "error"}}, SEATS, ()) is None
    assert said_by("wins", {**END, "places": [[0, 1, 2]]}, SEATS, ()) == {"scores": {ANN: 0, BOB: 0, CID: 0}}
