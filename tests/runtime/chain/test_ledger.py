"""runtime/chain/ledger.py: the budget of a room; plans are shown by the follower's tests."""

from __future__ import annotations

from parlour.runtime.chain.ledger import EventBudget


def test_budget_holds_ten_seconds_of_the_rate_and_refills_by_block_time() -> None:
    budget = EventBudget(rate=2.0)
    assert [budget.spend("r", 100) for _ in range(21)] == [True] * 20 + [False]
    assert [budget.spend("r", 101) for _ in range(3)] == [True, True, False]
    assert [budget.spend("r", 10_000) for _ in range(21)] == [True] * 20 + [False]


def test_budget_of_one_room_leaves_others_alone() -> None:
    budget = EventBudget(rate=0.1)
    assert [budget.spend("r", 5), budget.spend("r", 5), budget.spend("s", 5)] == [True, False, True]


def test_budget_at_a_block_time_that_jumps_back_refills_nothing() -> None:
    budget = EventBudget(rate=0.1)
    assert budget.spend("r", 50)
    assert not budget.spend("r", 40)
    assert not budget.spend("r", 51)
    assert budget.spend("r", 60)
