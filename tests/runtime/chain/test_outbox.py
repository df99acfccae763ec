"""Crashes, rival processes and rooms that are slow, down or choke (the table of failures in docs/chain.md)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from parlour.core.room import ChainUpdate
from parlour.errors import Internal, Unavailable
from parlour.runtime.chain.outbox import draft
from parlour.runtime.chain.store import Step
from parlour.runtime.chain.store_memory import MemoryChainStore
from parlour.runtime.store import StoreError
from tests.runtime.chain.chain_kit import following, types


class FlakyStore(MemoryChainStore):
    """Fails commits on command: before they take effect, or after (the answer was lost)."""

    def __init__(self) -> None:
        super().__init__()
        self.before = 0
        self.after = 0

    async def commit(self, step: Step) -> None:
        if self.before:
            self.before -= 1
            raise StoreError("the disk is full")
        await super().commit(step)
        if self.after:
            self.after -= 1
            raise StoreError("the connection was lost after COMMIT")


@pytest.mark.parametrize("when", ["before", "after"])
async def test_f20_crash_around_the_commit_loses_and_doubles_nothing(when: str) -> None:
    world = await following(store=FlakyStore())
    for value in range(6):
        world.sim.mine([world.sim.ping(value)])
        setattr(world.store, when, 1)
        await world.catch_up()
        world.open()
        await world.catch_up()
    assert world.rooms.values("r") == list(range(6))
    assert types(world).count("chain.event") == 6


async def test_f20_crash_between_delivery_and_its_record_delivers_once() -> None:
    world = await following()
    world.sim.mine([world.sim.ping(1)])
    await world.follower.step()
    row = (await world.store.pending(1337, 10))[0]
    await world.rooms.deliver("r", ChainUpdate(drafts=[draft(row)]))
    world.open()
    await world.catch_up()
    assert types(world).count("chain.event") == 1


async def test_f24_room_that_is_down_holds_only_its_own_news() -> None:
    world = await following()
    await world.watch("other")
    deliver = world.rooms.deliver

    async def only_other(room: str, news: Any) -> None:
        if room == "r":
            raise Unavailable()
        await deliver(room, news)

    world.deliver = only_other
    world.sim.mine([world.sim.ping(1)])
    await world.follower.step()
    await world.chain.outbox.drain()
    assert world.rooms.values("other") == [1]
    assert world.rooms.values("r") == []
    world.deliver = deliver
    await world.deliver_all()
    assert world.rooms.values("r") == [1]


async def test_f24_poison_event_is_parked_after_five_tries_and_the_rest_goes_on() -> None:
    world = await following()
    deliver = world.rooms.deliver

    async def chokes(room: str, news: Any) -> None:
        if any(d.body.get("args", {}).get("value") == "13" for d in news.drafts):
            raise Internal("a bug in this room")
        await deliver(room, news)

    world.deliver = chokes
    world.sim.mine([world.sim.ping(12), world.sim.ping(13), world.sim.ping(14)])
    await world.catch_up()
    assert world.rooms.values("r") == [12, 14]
    assert (await world.chains.status())[0]["outbox"]["parked"] == 1
    assert [alarm for alarm in world.chains.alarms() if "1 events that no room took" in alarm]
    world.open()
    await world.chain.outbox.count_parked()
    assert [alarm for alarm in world.chains.alarms() if "no room took" in alarm], "known after a restart too"
    world.deliver = deliver
    assert await world.chains.replay(1337) == 1
    assert not [alarm for alarm in world.chains.alarms() if "no room took" in alarm]
    await world.deliver_all()
    assert world.rooms.values("r") == [12, 13, 14]


async def test_f24_slow_room_does_not_hold_the_follower() -> None:
    world = await following()

    async def never(room: str, news: Any) -> None:
        await asyncio.Event().wait()

    world.deliver = never
    world.chain.outbox.start()
    for value in range(3):
        world.sim.mine([world.sim.ping(value)])
        await world.follower.step()
    assert world.follower.status()["processed"] == 13
    await world.chain.outbox.stop()


async def test_f25_of_two_followers_only_the_one_with_the_lease_writes() -> None:
    world = await following()
    first = world.follower
    world.open(owner="two")
    second = world.follower
    await second.step()
    assert second.state == "standby"
    world.sim.mine([world.sim.ping(1)])
    await first.step()
    world.clock.spend(60)
    world.sim.mine([world.sim.ping(2)])
    await second.step()
    assert second.state == "following"
    world.sim.mine([world.sim.ping(3)])
    await first.step()
    assert first.state == "standby"
    await second.step()
    await world.deliver_all()
    assert world.rooms.values("r") == [1, 2, 3]


async def test_process_without_the_lease_says_where_its_holder_stands() -> None:
    world = await following()
    holder, there = world.follower, world.chains
    world.open(owner="two")
    await world.follower.step()
    assert world.follower.state == "standby"
    world.sim.mine([world.sim.ping(1)])
    await holder.step()
    assert await world.chains.standing(1337) == await there.standing(1337)
    assert (await world.chains.standing(1337))["number"] == holder.status()["processed"]


async def test_f25_watch_taken_without_the_lease_is_followed_by_its_holder() -> None:
    world = await following()
    first = world.follower
    world.open(owner="two")
    await world.follower.step()
    record = await world.watch("late")
    world.sim.mine([world.sim.ping(1)])
    await first.step()
    world.clock.spend(3)
    await first.step()
    world.sim.mine([world.sim.ping(2)])
    await first.step()
    world.clock.spend(20)
    await world.deliver_all()
    assert record["from"]["number"] == 10
    assert world.rooms.values("late") == [1, 2]
