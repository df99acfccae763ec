"""runtime/backoff.py: pauses that grow up to a limit."""

from __future__ import annotations

import pytest

from parlour.runtime.backoff import Backoff


def test_pause_after_each_failure_grows_by_the_factor() -> None:
    backoff = Backoff(first_s=0.1, longest_s=2.0)
    assert [backoff.pause_after(n) for n in range(1, 7)] == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 2.0])


def test_pause_after_any_number_of_failures_stays_at_the_longest() -> None:
    backoff = Backoff(first_s=0.05, longest_s=15.0, growth=1.7)
    assert backoff.pause_after(12) == 15.0
    assert backoff.pause_after(1_000_000) == 15.0


def test_pause_with_equal_first_and_longest_never_grows() -> None:
    backoff = Backoff(first_s=5.0, longest_s=5.0)
    assert {backoff.pause_after(n) for n in (1, 2, 50)} == {5.0}
