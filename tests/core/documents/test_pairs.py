"""The places of emojis: a sorted set of clocks for each client."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from parlour.core.documents.pairs import Pairs
from parlour.core.documents.updates import Id

IDS = st.sets(st.tuples(st.integers(0, 2), st.integers(0, 20)))


@given(IDS, IDS)
def test_pairs_hold_what_was_added_in_the_order_of_clocks(ids: set[Id], asked: set[Id]) -> None:
    pairs = Pairs()
    pairs.add(sorted(ids))
    pairs.add(sorted(ids))
    assert {each for each in asked if each in pairs} == asked & ids
    assert bool(pairs) is bool(ids)
    assert pairs.dump() == Pairs.load(pairs.dump()).dump() == sorted(map(list, ids))
