"""An overrunning game is slowed, then stopped."""

from __future__ import annotations

from parlour.core.pace import GOOD_TICKS_TO_RECOVER, OVERRUNS_TO_STOP, Pace


def ticks(pace: Pace, count: int, seconds: float) -> None:
    for _ in range(count):
        pace.took(seconds)


def test_a_game_within_its_budget_keeps_its_rate():
    pace = Pace(20)
    ticks(pace, 1000, 0.004)
    assert (pace.interval, pace.overruns) == (0.05, 0)


def test_a_single_slow_tick_costs_nothing():
    pace = Pace(20)
    for _ in range(100):
        ticks(pace, 2, 0.05)
        ticks(pace, 1, 0.001)
    assert pace.interval == 0.05
    assert pace.overruns == 200


def test_three_overruns_in_a_row_halve_the_speed_down_to_an_eighth():
    pace = Pace(20)
    ticks(pace, 3, 0.02)
    assert pace.interval == 0.1
    ticks(pace, 3, 0.02)
    assert pace.interval == 0.2
    ticks(pace, 30, 0.02)
    assert pace.interval == 0.4


def test_a_game_that_behaves_again_recovers():
    pace = Pace(20)
    ticks(pace, 6, 0.02)
    ticks(pace, GOOD_TICKS_TO_RECOVER, 0.001)
    assert pace.interval == 0.1
    ticks(pace, GOOD_TICKS_TO_RECOVER, 0.001)
    assert pace.interval == 0.05


def test_a_game_that_does_not_is_stopped():
    pace = Pace(20)
    ticks(pace, 9 + OVERRUNS_TO_STOP - 1, 0.02)
    assert not pace.stopped
    ticks(pace, 1, 0.02)
    assert pace.stopped
