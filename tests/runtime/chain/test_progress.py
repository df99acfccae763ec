"""How often the head is read: as blocks come, within bounds, and with few calls while nothing happens."""

from __future__ import annotations

from typing import Any

import pytest

from parlour.core.chain.blocks import Fork, Header
from parlour.runtime.chain.config import ChainConfig
from parlour.runtime.chain.progress import FollowerCounts, HeadPoll
from parlour.testing.simchain import SimChain
from tests.runtime.chain.chain_kit import following


def headers(seconds: float, count: int = 30) -> list[Header]:
    return [Header(n, f"h{n}", f"h{n - 1}", round(n * seconds)) for n in range(count)]


def poll(chain: int = 1, url: str = "https://a", **more: Any) -> HeadPoll:
    return HeadPoll(ChainConfig.read({"chainId": chain, "urls": [url], **more}, events_per_second=1.0))


@pytest.mark.parametrize(
    ("pace", "seconds", "interval"),
    [
        (poll(), 12, 4.0), (poll(), 2, 1.0), (poll(), 60, 5.0), (poll(url="wss://a"), 12, 5.0),
        (poll(url="wss://a"), 0.25, 4.0), (poll(pollInterval=0.5), 12, 0.5), (poll(31337), 12, 1.0),
    ],
)  # fmt: skip
def test_timer_follows_the_block_time_within_bounds(pace: HeadPoll, seconds: float, interval: float) -> None:
    pace.note(headers(seconds))
    assert pace.interval == pytest.approx(interval, abs=0.1)


def test_single_block_that_jumps_changes_little() -> None:
    pace = poll()
    pace.note(headers(12))
    pace.note([Header(1, "a", "", 0), Header(2, "b", "a", 13)])
    pace.note([Header(1, "a", "", 100), Header(2, "b", "a", 50)])
    assert 3.0 < pace.interval < 4.5


async def test_quiet_day_of_a_chain_costs_few_calls() -> None:
    world = await following(chain=SimChain(1))
    world.faults.calls.clear()
    hour, block = 3600.0, 0.0
    start = world.clock.monotonic()
    while (now := world.clock.monotonic() - start) < hour:
        while block <= now:
            world.sim.mine()
            block += 12.0
        world.clock.spend(await world.follower.step(timed=True))
    assert world.at_tip()
    assert 24 * len(world.faults.calls) < 70_000


async def test_timed_read_finds_new_heads_rollbacks_and_finality() -> None:
    world = await following()
    world.sim.mine([world.sim.ping(1)])
    await world.follower.step(timed=True)
    assert world.at_tip()
    world.sim.rollback(1)
    await world.follower.step(timed=True)
    assert world.follower.state == "lagging"
    world.sim.mine_many(2)
    await world.follower.step(timed=True)
    assert world.follower.state == "following"
    before = world.follower.status()["finalized"]
    world.sim.final = world.sim.height - 1
    for _ in range(10):
        await world.follower.step(timed=True)
    assert world.follower.status()["finalized"] > before


def test_last_reorgs_are_remembered_with_the_blocks_they_undid() -> None:
    counts, chain = FollowerCounts(), headers(12)
    for first in range(1, 20):
        undone = tuple(reversed(chain[first : first + 3]))
        counts.add(Fork(chain[first - 1], undone, (chain[first],)), 0, first)
    recent = counts.to_json()["recentReorgs"]
    assert [reorg["first"] for reorg in recent] == list(range(4, 20))
    assert recent[-1] == {"first": 19, "blocks": 3, "at": 19}


def test_steps_without_a_reorg_are_no_reorgs() -> None:
    counts, chain = FollowerCounts(), headers(12)
    counts.add(Fork(chain[0], (), tuple(chain[1:])), 0, 1)
    assert counts.to_json()["recentReorgs"] == []
