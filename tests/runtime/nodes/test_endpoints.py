"""runtime/nodes/endpoints.py: which endpoint the next step uses, and how long one that failed is left alone."""

from __future__ import annotations

import random

from parlour.runtime.nodes.endpoints import Endpoints
from parlour.runtime.nodes.node import Disconnected, RateLimited
from parlour.testing import FakeClock
from parlour.testing.fake_node import FakeNode
from parlour.testing.simchain import SimChain


def endpoints(count: int, clock: FakeClock) -> Endpoints:
    nodes = [FakeNode(SimChain(), name=f"node{n}") for n in range(count)]
    return Endpoints(nodes, clock, random.Random(1))


def test_endpoint_stays_chosen_until_it_fails() -> None:
    clock = FakeClock()
    chain = endpoints(2, clock)
    first = chain.pick()
    chain.on_success(first, 10, 0.01)
    assert chain.pick() is first
    chain.on_failure(first, Disconnected("refused"))
    assert chain.pick() is chain.all[1]
    clock.spend(60.0)
    assert chain.pick() is chain.all[1]


def test_endpoint_that_failed_for_days_is_still_asked_again() -> None:
    clock = FakeClock()
    chain = endpoints(1, clock)
    for _ in range(5000):
        chain.on_failure(chain.all[0], Disconnected("refused"))
        assert chain.pause() <= 15.0 * 1.25
    assert chain.healthy == 0


def test_endpoint_that_limits_rates_is_left_alone_as_long_as_it_asks() -> None:
    clock = FakeClock()
    chain = endpoints(1, clock)
    chain.on_failure(chain.all[0], RateLimited("429", retry_after=30.0))
    assert chain.pause() == 30.0
    chain.on_failure(chain.all[0], RateLimited("429", retry_after=9_000.0))
    assert chain.pause() == 60.0


def test_endpoint_behind_the_others_is_used_again_after_a_second() -> None:
    clock = FakeClock()
    chain = endpoints(2, clock)
    chain.on_lag(chain.all[0], 5)
    assert chain.pick() is chain.all[1]
    clock.spend(1.0)
    chain.end_lags()
    assert not chain.all[0].behind
