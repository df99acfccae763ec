"""Which thread commits, by how long commits took."""

from __future__ import annotations

from itertools import pairwise

import pytest

from parlour.runtime.commit_pace import FIRST_TRY_S, LAST_TRY_S, CommitMode, CommitPace

FAST, SLOW = 0.0005, 0.02


class Time:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def pace(time: Time) -> CommitPace:
    return CommitPace(limit_ms=2.0, monotonic=time)


def test_commits_stay_in_the_loop_while_they_are_short(pace: CommitPace) -> None:
    for _ in range(100):
        assert pace.in_loop()
        pace.took(FAST)


def test_one_long_commit_among_short_ones_changes_nothing(pace: CommitPace) -> None:
    for number in range(100):
        pace.took(0.09 if number % 20 == 19 else FAST)
        assert pace.in_loop()


def test_slow_commits_leave_the_loop(pace: CommitPace) -> None:
    for _ in range(2):
        assert pace.in_loop()
        pace.took(SLOW)
    assert not pace.in_loop()


def test_disk_that_hangs_leaves_the_loop_at_once(pace: CommitPace) -> None:
    pace.took(1.0)
    assert not pace.in_loop()


def test_loop_tries_again_after_a_pause_and_stays_when_the_disk_is_fast(pace: CommitPace, time: Time) -> None:
    pace.took(1.0)
    time.seconds += FIRST_TRY_S
    assert pace.in_loop()
    pace.took(FAST)
    assert pace.in_loop()


def test_tries_on_a_slow_disk_become_rare(pace: CommitPace, time: Time) -> None:
    tries = []
    pace.took(1.0)
    while time.seconds < 10 * LAST_TRY_S:
        if pace.in_loop():
            tries.append(time.seconds)
            pace.took(SLOW)
        time.seconds += 1.0
    pauses = [round(later - earlier) for earlier, later in pairwise(tries)]
    assert pauses[:5] == [2, 4, 8, 16, 32]
    assert set(pauses[5:]) == {round(LAST_TRY_S)}


def test_file_that_another_process_holds_is_left_to_the_thread_for_a_while(pace: CommitPace, time: Time) -> None:
    pace.failed()
    assert not pace.in_loop()
    time.seconds += FIRST_TRY_S
    assert pace.in_loop()


@pytest.mark.parametrize(("mode", "in_loop"), [("loop", True), ("thread", False)])
def test_chosen_thread_stays_whatever_commits_take(mode: CommitMode, in_loop: bool) -> None:
    pace = CommitPace(mode)
    for seconds in (FAST, SLOW):
        pace.took(seconds)
        assert pace.in_loop() is in_loop
