"""The terms of a settled room: what `room:create {settle}` may say, and the names of its games in the escrow."""

from __future__ import annotations

from typing import Any

import pytest

from parlour.core.settlement.terms import NOBODY, Terms, read_terms, table_of
from parlour.errors import Invalid

ESCROW = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
REFEREE = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


def test_terms_of_chain_and_escrow_alone_have_all_defaults():
    terms = read_terms({"chain": 1, "escrow": ESCROW.lower()}, REFEREE)
    assert terms == Terms(1, ESCROW, 1, REFEREE, (), 0, 3_600_000, 86_400_000)
    assert read_terms({"chain": 1, "escrow": ESCROW}, None).referee == NOBODY


def test_terms_come_back_from_what_a_log_keeps():
    asked = {"chain": 10, "escrow": ESCROW, "stake": "7", "arbiters": [REFEREE], "window": 1000, "duration": 60_000}
    terms = read_terms(asked, REFEREE)
    assert Terms.of_json(terms.to_json()) == terms
    assert terms.quorum == 1


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        (7, "settle"),
        ({"chain": 1, "escrow": ESCROW, "fee": 1}, "settle.fee"),
        ({"escrow": ESCROW}, "settle.chain"),
        ({"chain": True, "escrow": ESCROW}, "settle.chain"),
        ({"chain": 1}, "settle.escrow"),
        ({"chain": 1, "escrow": ESCROW.replace("F", "f")}, "settle.escrow"),
        ({"chain": 1, "escrow": ESCROW, "stake": "0"}, "settle.stake"),
        ({"chain": 1, "escrow": ESCROW, "stake": 5}, "settle.stake"),
        ({"chain": 1, "escrow": ESCROW, "stake": "²"}, "settle.stake"),
        ({"chain": 1, "escrow": ESCROW, "stake": "9" * 78}, "settle.stake"),
        ({"chain": 1, "escrow": ESCROW, "stake": "0" * 79 + "1" + "0" * 80}, "settle.stake"),
        ({"chain": 1, "escrow": ESCROW, "window": -1}, "settle.window"),
        ({"chain": 1, "escrow": ESCROW, "duration": 59_999}, "settle.duration"),
        ({"chain": 1, "escrow": ESCROW, "arbiters": [ESCROW] * 2}, "settle.arbiters"),
        ({"chain": 1, "escrow": ESCROW, "arbiters": ["0x1"]}, "settle.arbiters[0]"),
        ({"chain": 1, "escrow": ESCROW, "arbiters": [ESCROW], "quorum": 0}, "settle.quorum"),
        ({"chain": 1, "escrow": ESCROW, "quorum": 1}, "settle.quorum"),
    ],
)
def test_terms_that_are_none_are_refused_by_path(asked: Any, path: str):
    with pytest.raises(Invalid) as refused:
        read_terms(asked, REFEREE)
    assert refused.value.details == {"path": path}


def test_games_of_other_rounds_tables_and_terms_have_other_names():
    terms = read_terms({"chain": 1, "escrow": ESCROW}, REFEREE)
    other = read_terms({"chain": 1, "escrow": ESCROW, "stake": "2"}, REFEREE)
    table = table_of("duel", "e1")
    names = {terms.game_id(table, 1), terms.game_id(table, 2), terms.game_id(table_of("duel", "e2"), 1)}
    assert len(names | {other.game_id(table, 1)}) == 4
