"""Membership: heartbeats, wishes, and what a process that was replaced hears."""

from __future__ import annotations

from dataclasses import replace

import pytest

from parlour.core.audit.record import AuditRecord
from parlour.errors import NotFound
from parlour.runtime.membership.membership import Membership
from parlour.runtime.membership.nodes import BEAT_S, DEAD_AFTER_MS, Figures, NameTaken, Node, sid_prefix, surplus
from parlour.runtime.membership.table_memory import MemoryNodes
from parlour.testing.fakes import FakeClock, settle


def node(name: str, boot: str = "first") -> Node:
    return Node(name=name, boot=boot, version="1.0", prefix=sid_prefix(name))


AUDIT = AuditRecord("ann", "1", "node.drain", "two", "a new disk", "127.0.0.1", 0)


class Cluster:
    """Nodes of one table."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.audits: list[AuditRecord] = []
        self.table = MemoryNodes(self.clock, self._keep)
        self.rooms = {"one": 10, "two": 0}

    async def _keep(self, audit: AuditRecord) -> None:
        self.audits.append(audit)

    async def join(self, name: str, boot: str = "first") -> Membership:
        def figures() -> Figures:
            return Figures("up", self.rooms[name], 0, 0.0)

        joined = Membership(node(name, boot), self.table, figures, self.clock)
        await joined.join()
        joined.start()
        await settle()
        return joined


async def test_node_that_stops_beating_is_dead_after_ten_seconds() -> None:
    cluster = Cluster()
    one, two = await cluster.join("one"), await cluster.join("two")
    await cluster.clock.advance(BEAT_S)
    assert [each.name for each in one.living()] == ["one", "two"]
    two._beating.cancel()  # type: ignore[union-attr]  # as a process that was killed
    await cluster.clock.advance(DEAD_AFTER_MS / 1000 + BEAT_S)
    assert [each.name for each in one.living()] == ["one"]
    assert [each.to_json(one.now)["state"] for each in await one.refresh()] == ["up", "dead"]
    await one.leave()


async def test_node_that_left_is_listed_no_longer() -> None:
    cluster = Cluster()
    one, two = await cluster.join("one"), await cluster.join("two")
    await two.leave()
    assert [each.name for each in await one.refresh()] == ["one"]
    await one.leave()


async def test_drain_reaches_the_node_that_is_named() -> None:
    cluster, asked = Cluster(), list[str]()
    one, two = await cluster.join("one"), await cluster.join("two")
    one.on_drain, two.on_drain = lambda: asked.append("one"), lambda: asked.append("two")
    await one.drain("two", AUDIT)
    await cluster.clock.advance(BEAT_S)
    await one.drain("one", AUDIT)
    assert asked == ["two", "one"]
    with pytest.raises(NotFound):
        await one.drain("nobody", AUDIT)
    for each in (one, two):
        await each.leave()


async def test_rebalance_asks_for_what_is_beyond_an_equal_share() -> None:
    cluster, released = Cluster(), list[int]()
    one, two = await cluster.join("one"), await cluster.join("two")
    one.on_release = released.append
    assert await two.rebalance(AUDIT) == {"one": 5}
    await cluster.clock.advance(BEAT_S)
    assert released == [5]
    assert [each.answer for each in cluster.audits] == [{"asked": {"one": 5}}]
    for each in (one, two):
        await each.leave()


async def test_process_that_stood_still_hears_that_it_was_replaced() -> None:
    cluster, replaced = Cluster(), list[bool]()
    old = await cluster.join("one")
    old.on_replaced = lambda: replaced.append(True)
    with pytest.raises(NameTaken):
        await cluster.join("one", boot="second")
    cluster.clock.step(DEAD_AFTER_MS)
    new = await cluster.join("one", boot="second")
    await cluster.clock.advance(2 * BEAT_S)
    assert replaced == [True]
    await old.leave()
    assert [each.boot for each in await new.refresh()] == ["second"], "who was replaced takes nobody's name away"
    await new.leave()


@pytest.mark.parametrize(
    ("rooms", "asked"),
    [
        ({}, {}),
        ({"a": 3}, {}),
        ({"a": 9, "b": 0, "c": 0}, {"a": 6}),
        ({"a": 4, "b": 3}, {}),
        ({"a": 5, "b": 2}, {"a": 1}),
    ],
)
def test_surplus_when_rooms_lie_unevenly_is_what_is_beyond_a_share(
    rooms: dict[str, int], asked: dict[str, int]
) -> None:
    assert surplus([replace(node(name), rooms=count) for name, count in rooms.items()]) == asked


def test_surplus_leaves_dead_and_draining_nodes_out() -> None:
    nodes = [replace(node("a"), rooms=4), replace(node("b"), alive=False), replace(node("c"), state="draining")]
    assert surplus(nodes) == {}


def test_prefix_of_a_sid_is_a_short_name_or_a_digest() -> None:
    assert sid_prefix("n1") == "n1"
    assert sid_prefix("host:8080") == sid_prefix("host:8080") != sid_prefix("host:8081")
    for name in ("host:8080", "a.b", "", "knöten", "n" * 13):
        assert sid_prefix(name).isalnum()
        assert len(sid_prefix(name)) == 12
