"""The rate of a room: a burst, a steady refill, portions, and no room that pays for another."""

from __future__ import annotations

from parlour.runtime.chain.room_pace import RoomPace
from parlour.testing.fakes import FakeClock


def test_room_gets_ten_seconds_of_its_rate_at_once_and_then_the_rate() -> None:
    clock = FakeClock()
    pace = RoomPace(2.0, clock)
    assert pace.left("r") == 20
    pace.spend("r", 20)
    assert pace.left("r") == 0
    clock.spend(1.5)
    assert pace.left("r") == 3
    clock.spend(1_000)
    assert pace.left("r") == 20


def test_rate_below_one_a_second_still_lets_one_through() -> None:
    clock = FakeClock()
    pace = RoomPace(0.01, clock)
    assert pace.left("r") == 1
    pace.spend("r", 1)
    assert pace.left("r") == 0
    assert round(pace.wait("r")) == 100
    clock.spend(100)
    assert pace.left("r") == 1


def test_room_waits_for_a_portion_and_not_for_each_entry() -> None:
    clock = FakeClock()
    pace = RoomPace(50.0, clock)
    pace.spend("r", 500)
    assert round(pace.wait("r"), 3) == 0.1
    clock.spend(0.1)
    assert pace.wait("r") == 0.0
    assert pace.left("r") == 5


def test_rate_of_one_room_leaves_others_alone() -> None:
    pace = RoomPace(1.0, FakeClock())
    pace.spend("r", 10)
    assert pace.left("r") == 0
    assert pace.left("s") == 10


def test_room_with_a_rate_of_its_own_gets_that_where_it_is_more() -> None:
    clock = FakeClock()
    pace = RoomPace(2.0, clock, lambda room: {"market": 100.0, "slow": 1.0}.get(room, 0.0))
    assert [pace.left(room) for room in ("market", "slow", "r")] == [1000, 20, 20]
    pace.spend("market", 1000)
    clock.spend(0.5)
    assert pace.left("market") == 50
