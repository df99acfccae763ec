"""Who plays with whom: windows, order, wishes, parties, teams, bots."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.core.matchmaking.lineup import Lineup
from parlour.core.matchmaking.pairing import WHOLE_TABLE_MS, pair
from parlour.core.matchmaking.seats import seat
from parlour.core.matchmaking.tickets import Ticket, Window
from parlour.core.matchmaking.wants import accepts, check_want
from parlour.errors import Invalid

NOW = 1_800_000_000_000
DUEL = Lineup(2, 2)
TEAMS = Lineup(4, 4, teams=((0, 1), (2, 3)))


def ticket(name: str, rating: int = 1500, waited: float = 0, size: int = 1, **more: Any) -> Ticket:
    accounts = tuple(f"{name}.{number}" for number in range(size)) if size > 1 else (name,)
    return Ticket(name, accounts, NOW - round(waited * 1000), dict.fromkeys(accounts, rating), **more)


def names(tables: list[list[Ticket]]) -> list[set[str]]:
    return [{each.id for each in table} for table in tables]


def paired(*tickets: Ticket, lineup: Lineup = DUEL, **more: Any) -> list[set[str]]:
    return names(pair(tickets, lineup, NOW, **more))


@st.composite
def lines(draw: st.DrawFn) -> tuple[list[Ticket], Lineup]:
    lineup = draw(st.sampled_from([DUEL, TEAMS, Lineup(2, 5), Lineup(3, 3), Lineup(2, 4, has_bot=True)]))
    most = max(map(len, lineup.teams)) if lineup.teams else lineup.most
    made = [
        ticket(
            f"t{number}",
            draw(st.integers(800, 2200)),
            draw(st.integers(0, 90)),
            draw(st.integers(1, most)),
            window=Window(draw(st.integers(0, 200)), draw(st.integers(0, 20)), draw(st.integers(0, 600))),
            options={"size": draw(st.sampled_from([9, 13, 19]))},
            want=draw(st.sampled_from([{}, {"size": 9}, {"size": [9, 13]}, {"size": [13, 19, 9]}])),
            bots_after=draw(st.sampled_from([None, 0, 60_000])),
        )
        for number in range(draw(st.integers(0, 12)))
    ]
    return sorted(made, key=lambda each: each.sought), lineup


@given(lines())
def test_tables_hold_each_ticket_once_and_keep_every_window(line: tuple[list[Ticket], Lineup]) -> None:
    tickets, lineup = line
    tables = pair(tickets, lineup, NOW)
    seated = [each.id for table in tables for each in table]
    assert len(seated) == len(set(seated))
    for table in tables:
        players = sum(len(each.accounts) for each in table)
        bots = lineup.has_bot and all(each.takes_bots(NOW) for each in table)
        assert players <= lineup.most
        assert players >= lineup.fewest or bots
        for one, other in combinations(table, 2):
            distance = abs(one.rating - other.rating)
            assert distance <= min(each.window.after(NOW - each.sought) for each in (one, other))
            assert accepts(one.want, other.options)
            assert accepts(other.want, one.options)


@given(lines(), st.binary(min_size=32, max_size=32))
def test_everybody_at_a_table_has_a_seat_and_parties_stay_whole(
    line: tuple[list[Ticket], Lineup], entropy: bytes
) -> None:
    tickets, lineup = line
    for table in pair(tickets, lineup, NOW):
        seats = dict(seat(lineup, table, entropy))
        assert sorted(seats) == sorted(account for each in table for account in each.accounts)
        assert len(set(seats.values())) == len(seats)
        assert set(seats.values()) <= set(range(lineup.most))
        for team_of in ({place: number for number, team in enumerate(lineup.teams) for place in team},):
            for each in table if lineup.teams else ():
                assert len({team_of[seats[account]] for account in each.accounts}) == 1


@given(lines())
def test_same_line_at_the_same_time_pairs_alike(line: tuple[list[Ticket], Lineup]) -> None:
    tickets, lineup = line
    assert names(pair(tickets, lineup, NOW)) == names(pair(list(tickets), lineup, NOW))


def test_who_waits_longest_gets_the_nearest() -> None:
    waiting = [ticket("old", 1500, 9), ticket("far", 1560, 5), ticket("near", 1510, 1)]
    assert paired(*waiting) == [{"old", "near"}]


def test_window_widens_with_time_and_holds_for_both() -> None:
    strong, weak = ticket("strong", 1800, 30), ticket("weak", 1500)
    assert paired(strong, weak) == []
    assert paired(strong, ticket("weak", 1500, 20)) == [{"strong", "weak"}]
    narrow = ticket("narrow", 1500, 60, window=Window(50, 0, 50))
    assert paired(ticket("strong", 1600, 60), narrow) == []


def test_options_that_must_agree_part_the_line() -> None:
    lineup = Lineup(2, 2, agreed=("stake",))
    stake = {"chain": 1, "amount": "5"}
    line = [ticket("a", options={"stake": stake}), ticket("b", options={"stake": None})]
    assert paired(*line, lineup=lineup) == []
    assert paired(*line, ticket("c", options={"stake": dict(stake)}), lineup=lineup) == [{"a", "c"}]


def test_accounts_that_are_kept_apart_never_meet() -> None:
    apart = {"a": {"b"}, "b": {"a"}}
    assert paired(ticket("a"), ticket("b"), apart=apart) == []
    assert paired(ticket("a", waited=2), ticket("b", waited=1), ticket("c"), apart=apart) == [{"a", "c"}]


def test_table_is_made_with_fewer_once_it_has_waited() -> None:
    lineup, patience = Lineup(2, 4), WHOLE_TABLE_MS / 1000
    assert paired(ticket("a"), ticket("b"), lineup=lineup) == []
    assert paired(ticket("a", waited=patience), ticket("b"), lineup=lineup) == [{"a", "b"}]
    four = [ticket(name) for name in "abcd"]
    assert paired(*four, lineup=lineup) == [set("abcd")]


def test_bots_fill_a_table_only_after_the_time_its_players_gave() -> None:
    lineup = Lineup(2, 2, has_bot=True)
    assert paired(ticket("a", waited=29, bots_after=30_000), lineup=lineup) == []
    assert paired(ticket("a", waited=30, bots_after=30_000), lineup=lineup) == [{"a"}]
    assert paired(ticket("a", waited=30, bots_after=30_000), lineup=DUEL) == []


def test_party_sits_in_one_team_and_teams_are_even() -> None:
    pair_, strong, weak = ticket("p", 1500, size=2), ticket("s", 1540), ticket("w", 1460)
    assert paired(pair_, strong, weak, lineup=TEAMS) == [{"p", "s", "w"}]
    seats = dict(seat(TEAMS, [pair_, strong, weak], bytes(32)))
    assert {seats["p.0"], seats["p.1"]} in ({0, 1}, {2, 3})
    loners = [ticket(name, rating) for name, rating in zip("abcd", (1590, 1580, 1520, 1510), strict=True)]
    seats = dict(seat(TEAMS, loners, bytes(32)))
    strengths = [sum(each.rating for each in loners if seats[each.id] in team) for team in TEAMS.teams]
    assert abs(strengths[0] - strengths[1]) <= 100


@pytest.mark.parametrize(
    ("want", "options", "fits"),
    [
        ({"goal": 5}, {"goal": 5}, True),
        ({"goal": [3, 9]}, {"goal": 5}, True),
        ({"goal": [6, 9]}, {"goal": 5}, False),
        ({"map": ["a", "b"]}, {"map": "b"}, True),
        ({"map": ["a", "b"]}, {"map": "c"}, False),
        ({"fast": True}, {"fast": 1}, False),
        ({"goal": [3, 9]}, {}, False),
        ({}, {"goal": 5}, True),
    ],
)
def test_want_is_a_value_a_range_or_one_of_several(want: Any, options: Any, fits: bool) -> None:
    assert accepts(want, options) is fits


@pytest.mark.parametrize("want", [{"size": 9}, {"goal": []}, {"goal": [9, 3]}, {"goal": list(range(33))}])
def test_want_that_nothing_meets_is_refused(want: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        check_want(want, {"goal"})
