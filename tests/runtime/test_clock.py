"""The process's clock: it follows a machine that slept, and never goes back."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from parlour.runtime.clock import CLOCK_TOLERANCE_MS, STEP_MS, TOLD_MS, SystemClock

MS = 1_000_000
"""Nanoseconds in a millisecond."""
HOUR_MS = 3_600_000


@dataclass
class Machine:
    """The three clocks of a machine, in nanoseconds."""

    wall: int = 1_800_000_000_000 * MS
    boot: int = 50_000 * MS
    monotonic: int = 40_000 * MS

    def clock(self) -> SystemClock:
        return SystemClock(lambda: self.wall, lambda: self.boot, lambda: self.monotonic)

    def run(self, milliseconds: int) -> None:
        self.wall += milliseconds * MS
        self.boot += milliseconds * MS
        self.monotonic += milliseconds * MS

    def suspend(self, milliseconds: int, *, wall_too: bool = True) -> None:
        self.boot += milliseconds * MS
        self.wall += milliseconds * MS if wall_too else 0

    def set_wall(self, milliseconds: int) -> None:
        self.wall += milliseconds * MS


def test_clock_steps_forward_when_the_machine_slept() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.run(5_000)
    machine.suspend(3 * HOUR_MS)
    assert clock.catch_up() == 3 * HOUR_MS
    assert clock.now() == machine.wall // MS
    assert clock.catch_up() == 0


def test_clock_steps_forward_when_a_paused_machine_is_set_right() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.set_wall(HOUR_MS)
    assert clock.catch_up() == HOUR_MS
    assert clock.now() == machine.wall // MS


def test_clock_counts_a_sleep_although_the_wall_clock_does_not() -> None:
    machine = Machine()
    clock = machine.clock()
    before = clock.now()
    machine.suspend(HOUR_MS, wall_too=False)
    assert clock.catch_up() == HOUR_MS
    assert clock.now() == before + HOUR_MS


def test_clock_stays_and_says_so_when_the_wall_clock_goes_back() -> None:
    machine = Machine()
    clock = machine.clock()
    before = clock.now()
    machine.set_wall(-HOUR_MS)
    machine.run(10)
    assert clock.catch_up() == 0
    assert (clock.now(), clock.ahead_ms) == (before + 10, HOUR_MS)
    assert "went back 3600 s" in (clock.fault or "")


def test_clock_tells_of_a_step_for_some_minutes_and_of_none_before() -> None:
    machine = Machine()
    clock = machine.clock()
    assert (clock.catch_up(), clock.news, clock.fault) == (0, None, None)
    machine.suspend(HOUR_MS)
    clock.catch_up()
    assert "stepped 3600 s forward" in (clock.news or "")
    machine.run(TOLD_MS)
    assert clock.news is None


def test_clock_behind_the_newest_entry_is_at_fault_until_it_has_passed_it() -> None:
    machine = Machine()
    clock = machine.clock()
    clock.newest = clock.now() + CLOCK_TOLERANCE_MS
    assert clock.fault == "the newest entry is 5 s in the future; set this machine's clock"
    machine.run(1)
    assert clock.fault is None


def test_clock_ignores_drift_below_a_step() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.set_wall(STEP_MS - 1)
    assert clock.catch_up() == 0


MOVES = st.lists(
    st.tuples(st.sampled_from(["run", "suspend", "set_wall"]), st.integers(-2 * HOUR_MS, 2 * HOUR_MS)), max_size=30
)


@given(MOVES)
def test_clock_never_goes_back_and_is_never_a_step_behind(moves: list[tuple[str, int]]) -> None:
    machine = Machine()
    clock = machine.clock()
    seen = clock.now()
    for name, milliseconds in moves:
        getattr(machine, name)(milliseconds if name == "set_wall" else abs(milliseconds))
        assert clock.now() >= seen
        before = clock.now()
        step = clock.catch_up()
        assert clock.now() == before + step
        seen = clock.now()
        assert machine.wall // MS - seen < STEP_MS
