"""What may wait for a room: gaps of watches beyond it, never of what rules rest on."""

from __future__ import annotations

from collections import Counter

from parlour.core.chain.routes import HookRoute, Route
from parlour.runtime.chain.backlogs import Backlogs, Place
from parlour.testing.simchain import CONTRACT, PING

RECORD = {
    "id": "w", "chain": 1, "address": CONTRACT, "event": PING, "finality": "included", "confirm": [],
    "from": {"number": 0, "hash": "0x"},
}  # fmt: skip
WATCH, HOOK = Route("r", RECORD), HookRoute("r", RECORD)


def test_event_beyond_what_may_wait_becomes_part_of_a_gap() -> None:
    backlogs = Backlogs(3, 1_000, lambda room: 2)
    step = backlogs.begin()
    assert [backlogs.place(WATCH, step) for _ in range(2)] == [Place.WAITS, Place.GAP]
    assert backlogs.place(Route("other", RECORD), Counter(other=0)) is Place.WAITS


def test_event_beyond_what_may_wait_for_all_rooms_becomes_part_of_a_gap() -> None:
    backlogs = Backlogs(3, 100, lambda room: 98 if room is None else 0)
    step = backlogs.begin()
    routes = [Route(f"r{n}", RECORD) for n in range(3)]
    assert [backlogs.place(route, step) for route in routes] == [Place.WAITS, Place.WAITS, Place.GAP]
    assert backlogs.place(HOOK, step) is Place.WAITS


def test_event_that_rules_rest_on_is_never_left_out_and_told_once() -> None:
    waiting = 5
    backlogs = Backlogs(3, 1_000, lambda room: waiting)
    step = backlogs.begin()
    assert backlogs.place(HOOK, step) is Place.STALLED
    backlogs.stalled.add("r")
    assert backlogs.place(HOOK, step) is Place.WAITS
    backlogs.begin()
    assert backlogs.stalled == {"r"}
    waiting = 1
    backlogs.begin()
    assert backlogs.stalled == set()
