"""runtime/nodes/ranges.py: ranges are checked, and adapt to what a provider serves."""

from __future__ import annotations

import pytest

from parlour.core.chain.blocks import Malformed
from parlour.core.chain.routes import Route, Routes
from parlour.runtime.nodes.ranges import RangeReader
from parlour.runtime.nodes.reader import Finality
from parlour.testing.fake_node import FakeNode
from parlour.testing.simchain import PING, SimChain

PINGS = Route(
    "r", {"id": "w", "chain": 1337, "event": PING, "finality": "included", "confirm": [], "from": {"number": 0}}
)


def pinging(blocks: int) -> FakeNode:
    """A node whose blocks 1 … `blocks` hold one log each, all of them final."""
    sim = SimChain(final=0)
    for value in range(blocks):
        sim.mine([sim.ping(value)])
    return FakeNode(sim)


async def test_f04_range_is_believed_only_up_to_the_same_answers_finality() -> None:
    sim = SimChain()
    for value in range(40):
        sim.mine([sim.ping(value)])
    node = FakeNode(sim)
    node.faults.short_ranges(12)
    node.faults.rule("eth_getBlockByNumber", lambda ask, method, params: ask(method, [hex(12), False]), 1)
    reading = RangeReader(100).read(node, Routes([PINGS]), 1, 30, Finality(True, 64))
    with pytest.raises(Malformed, match="not final at block 30"):
        await anext(reading)


async def test_range_grows_by_a_quarter_after_each_success() -> None:
    ranges, ends = RangeReader(4), []
    async for end, logs in ranges.read(pinging(30), Routes([PINGS]), 1, 30, Finality(True, 64)):
        ends.append(end)
        assert [log.number for log in logs] == list(range(end - len(logs) + 1, end + 1))
    assert ends == [4, 10, 18, 29, 30]


async def test_refused_range_shrinks_to_half_until_it_is_served() -> None:
    node, ranges = pinging(16), RangeReader(16)
    node.faults.range_limit(3, "query exceeds max results")
    chunks = [logs async for _, logs in ranges.read(node, Routes([PINGS]), 1, 16, Finality(True, 64))]
    assert [log.number for logs in chunks for log in logs] == list(range(1, 17))
    assert max(len(logs) for logs in chunks) == 3


async def test_logs_of_a_range_get_their_blocks_times() -> None:
    node = pinging(3)
    chunks = [logs async for _, logs in RangeReader(10).read(node, Routes([PINGS]), 1, 3, Finality(True, 64))]
    assert [log.time for log in chunks[0]] == [block.time for block in node.chain.canonical()[1:]]
