"""A game that costs too much is slowed down, and its late ticks are skipped."""

from __future__ import annotations

import pytest

from parlour.runtime.live_room.tick_budget import SLOWEST, STRIKES, TickBudget


def test_ticks_that_cannot_be_played_in_time_are_skipped() -> None:
    pace = TickBudget(0.25, 0.03)
    assert pace.wait(20, 0.0) == pytest.approx(0.05)
    pace.begin(1.0)
    assert pace.wait(20, 1.0) == pytest.approx(0.0, abs=0.06)
    pace.begin(1.0)
    assert pace.wait(20, 1.0) == pytest.approx(0.05)


def test_tick_rate_halves_after_three_slow_ticks_and_doubles_back() -> None:
    pace = TickBudget(0.25, 0.03)
    pace.wait(20, 0.0)
    assert [pace.check_tick_cost(0.02) for _ in range(STRIKES)] == [None, None, "slowed"]
    assert pace.slowed == 2
    for _ in range(100):
        assert pace.check_tick_cost(0.001) is None
    assert pace.slowed == 1
    verdicts = [pace.check_tick_cost(1.0) for _ in range(4 * STRIKES)]
    assert (verdicts[-1], pace.slowed) == ("halted", SLOWEST)
