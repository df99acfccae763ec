"""runtime/lease.py: who may take a lease."""

from __future__ import annotations

import pytest

from parlour.runtime.lease import LONGEST_MS, Lease, renewal_s


@pytest.mark.parametrize("free", [Lease(), Lease("", 500, 0)])
def test_free_lease_taken_by_an_owner_gets_a_fence(free: Lease) -> None:
    assert free.taken_by("one", 100, now=10) == Lease("one", 110, 1)


def test_lease_renewed_by_its_holder_keeps_the_fence() -> None:
    assert Lease("one", 110, 4).taken_by("one", 100, now=60) == Lease("one", 160, 4)
    assert Lease("one", 110, 4).taken_by("one", 100, now=999) == Lease("one", 1099, 4)


def test_lease_held_by_another_is_taken_only_once_it_ran_out() -> None:
    held = Lease("one", 110, 4)
    assert held.taken_by("two", 100, now=109) is None
    assert held.taken_by("two", 100, now=110) == Lease("two", 210, 5)


def test_lease_given_by_a_clock_that_was_ahead_is_free() -> None:
    held = Lease("one", LONGEST_MS + 10, 4)
    assert held.taken_by("two", 100, now=10) is None
    assert held.taken_by("two", 100, now=9) == Lease("two", 109, 5)


def test_lease_is_renewed_twice_before_it_runs_out() -> None:
    assert renewal_s(15_000) == 5.0
