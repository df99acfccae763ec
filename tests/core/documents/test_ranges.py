"""Ranges are sets of clocks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from parlour.core.documents.ranges import Ranges

RUN = st.tuples(st.integers(1, 2), st.integers(0, 40), st.integers(1, 6))


@given(st.lists(RUN), RUN)
def test_ranges_hold_what_a_set_of_clocks_would(runs: list[tuple[int, int, int]], asked: tuple[int, int, int]) -> None:
    ranges, clocks = Ranges(), set[tuple[int, int]]()
    for client, clock, length in runs:
        ranges.add(client, clock, length)
        clocks |= {(client, each) for each in range(clock, clock + length)}
    client, clock, length = asked
    assert ranges.holds(*asked) == ({(client, each) for each in range(clock, clock + length)} <= clocks)
    assert Ranges.load(ranges.dump()).dump() == ranges.dump()
    gaps = sum((client, each + 1) not in clocks for client, each in clocks)
    assert len(ranges) == gaps, "neighbours are one range"
