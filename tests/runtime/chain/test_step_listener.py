"""Listeners behind the follower's step: what they are told, and that their rows share the step's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from parlour.core.chain.lanes import Lane
from parlour.core.chain.logs import Log
from parlour.core.chain.room_news import News, Origin, source
from parlour.core.chain.routes import Route
from parlour.core.chain.taps import Tap
from parlour.runtime.chain.route_kinds import RouteKinds
from parlour.runtime.chain.step_listener import PlannedStep
from parlour.runtime.chain.store import Cursor, Sub
from parlour.runtime.nodes.node import Disconnected
from parlour.runtime.store import StoreError
from parlour.testing.simchain import CONTRACT
from parlour.testing.simchain import PING_TOPIC as TOPIC
from tests.runtime.chain.chain_kit import World, following


@dataclass
class Blocks:
    """Tells room `r` of every block, and of every block that is gone."""

    planned: list[PlannedStep] = field(default_factory=list)
    stored: list[PlannedStep] = field(default_factory=list)
    loads: list[Cursor] = field(default_factory=list)
    failure: Exception | None = None
    subs: Sequence[Sub] = ()

    def load(self, cursor: Cursor, subs: Sequence[Sub]) -> None:
        self.loads.append(cursor)
        self.subs = subs

    async def plan(self, step: PlannedStep) -> Sequence[News]:
        self.planned.append(step)
        if self.failure is not None:
            failure, self.failure = self.failure, None
            raise failure
        chain = step.origin.chain
        gone = [source(Origin(chain, h.branch), h.hash, "-", "block", "-") for h in step.undone]
        news = []
        if gone:
            key = source(step.origin, step.ancestor.hash, "-", "unblock", "-")
            news.append(
                News(
                    "r", "", "revert", "chain.reverted", key, {"chain": chain, "of": gone, "block": step.ancestor.ref()}
                )
            )
        for header in step.applied:
            key = source(step.origin, header.hash, "-", "block", "-")
            news.append(News("r", "", "block", "chain.block", key, {"chain": chain, **header.ref()}, Lane.PACED))
        return news

    def committed(self, step: PlannedStep) -> None:
        self.stored.append(step)


async def listening() -> tuple[World, Blocks]:
    world, blocks = await following(), Blocks()
    world.follower.listeners.add(blocks)
    return world, blocks


async def test_listener_rows_reach_the_room_with_the_step() -> None:
    world, blocks = await listening()
    world.sim.mine_many(3)
    await world.catch_up()
    assert [b["number"] for b in world.rooms.of("r", "chain.block")] == [11, 12, 13]
    assert [h.number for s in blocks.stored for h in s.applied] == [11, 12, 13]
    assert blocks.stored[-1].after.head == 13
    assert blocks.stored[-1].head.hash == world.sim.head.hash


async def test_listener_sees_transactions_of_new_blocks() -> None:
    world, blocks = await listening()
    seen: list[list[str]] = []
    plan = blocks.plan

    async def reading(step: PlannedStep) -> Sequence[News]:
        seen.extend(list(h.raw["transactions"]) for h in step.applied if h.raw is not None)
        return await plan(step)

    blocks.plan = reading  # type: ignore[method-assign]
    ping = world.sim.ping(1)
    world.sim.mine([ping])
    await world.catch_up()
    assert seen == [[ping.hash]]
    assert all(h.raw is None for h in blocks.stored[-1].applied)


async def test_listener_can_name_what_it_wrote_of_undone_blocks() -> None:
    world, blocks = await listening()
    world.sim.mine_many(2)
    await world.catch_up()
    world.sim.reorg(2, [[], [], []])
    await world.catch_up()
    world.sim.reorg(1, [[], []])
    await world.catch_up()
    entries = {e.seq: e.body for e in world.rooms.entries["r"]}
    reverted = [entries[seq]["number"] for body in world.rooms.of("r", "chain.reverted") for seq in body["of"]]  # type: ignore[index]
    assert reverted == [12, 11, 13]
    assert [h.number for h in blocks.stored[-1].undone] == [13]


async def test_step_is_dropped_whole_when_a_listener_cannot_read() -> None:
    world, blocks = await listening()
    blocks.failure = Disconnected("the node is gone")
    world.sim.mine([world.sim.ping(1)])
    await world.follower.step()
    assert world.follower.status()["processed"] == 10
    assert not blocks.stored
    await world.catch_up()
    assert [b["number"] for b in world.rooms.of("r", "chain.block")] == [11]
    assert len(world.rooms.of("r", "chain.event")) == 1


async def test_listener_loads_anew_after_the_store_failed() -> None:
    world, blocks = await listening()
    blocks.failure = StoreError("disk full")
    world.sim.mine()
    await world.catch_up()
    assert [c.number for c in blocks.loads] == [10]
    assert [h.number for s in blocks.stored for h in s.applied] == [11]


async def test_tap_reads_logs_that_no_room_watches() -> None:
    world, blocks = await listening()
    await world.chains.unwatch(world.sim.chain_id, world.rooms.entries["r"][0].body["watch"]["id"])  # type: ignore[index]
    world.follower.taps.add(Tap("t", frozenset({TOPIC}), frozenset({CONTRACT}), lambda log: log.index == 0))
    world.sim.mine([world.sim.ping(1, 2)])
    await world.catch_up()
    assert [(log.number, log.index) for log in blocks.stored[-1].logs] == [(11, 0)]
    world.sim.reorg(1, [[], []])
    await world.catch_up()
    assert [(log.number, log.index) for log in blocks.stored[-1].undone_logs] == [(11, 0)]
    assert world.rooms.of("r", "chain.event") == []


async def test_rewind_tells_listeners_what_it_undoes() -> None:
    world, blocks = await listening()
    world.sim.mine_many(3)
    await world.catch_up()
    await world.chains.rewind(world.sim.chain_id, 11)
    assert [h.number for h in blocks.stored[-1].undone] == [13, 12]
    assert blocks.stored[-1].after.head == 11


class Trades(Route):
    """A route of another kind."""

    type = "market.trade"
    lane = Lane.PROMPT

    def body(self, log: Log, status: str) -> dict[str, Any]:
        return {"watch": self.id, "chain": self.chain, "price": str(int(log.data, 16)), "status": status}


async def test_subscription_of_another_kind_becomes_its_own_entries() -> None:
    world = await following()
    world.context.routes.register("market", Trades)
    record = {**world.rooms.watches["r"].records[next(iter(world.rooms.watches["r"].records))], "id": "m1"}
    world.rooms.watches["r"].records["m1"] = record
    await world.follower.backfill.start_watch(Sub("m1", "r", world.sim.chain_id, record, kind="market"), None)
    await world.store.mark_sub("m1", "active", world.clock.now())
    world.sim.mine([world.sim.ping(7)])
    await world.catch_up()
    world.sim.reorg(1, [[], []])
    await world.catch_up()
    assert [s.kind for s in await world.store.room_subs("r")] == ["watch", "market"]
    assert [t["price"] for t in world.rooms.of("r", "market.trade")] == ["7"]
    assert sorted(world.rooms.of("r", "chain.reverted")[0]["of"]) == [2, 3]


async def test_subscription_without_a_route_is_left_to_its_listener() -> None:
    world, blocks = await listening()
    await world.store.add_sub(Sub("g1", "r", world.sim.chain_id, {"gate": {}}, "active", kind="gate"))
    blocks.failure = StoreError("load again")
    world.sim.mine()
    await world.catch_up()
    assert world.follower.status()["watches"] == 1
    assert [s.kind for s in blocks.subs] == ["watch", "gate"]


def test_kind_of_route_is_registered_once() -> None:
    with pytest.raises(ValueError, match="registered already"):
        RouteKinds().register("watch", Route)
