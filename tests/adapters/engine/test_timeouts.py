"""Timeouts of many items with one timer."""

import asyncio
import gc
import weakref

from parlour.adapters.engine.timeouts import Wheel
from tests.simulation.virtual_time import VirtualLoop, in_virtual_time


class Item:
    """Something with a timeout."""


@in_virtual_time
async def test_items_expire_in_order_after_their_delay() -> None:
    seen: list[tuple[str, Item]] = []
    wheel = Wheel()
    slow = wheel.add_kind(0.1, lambda item: seen.append(("slow", item)))
    fast = wheel.add_kind(0.03, lambda item: seen.append(("fast", item)))
    one, two = Item(), Item()
    slow.add(one)
    fast.add(one)
    await asyncio.sleep(0.02)
    fast.add(two)
    assert seen == []
    await asyncio.sleep(0.02)
    assert seen == [("fast", one)]
    await asyncio.sleep(0.08)
    assert seen == [("fast", one), ("fast", two), ("slow", one)]


@in_virtual_time
async def test_item_added_again_starts_anew_and_removed_never_expires() -> None:
    seen: list[Item] = []
    timeouts = Wheel().add_kind(0.05, seen.append)
    again, removed = Item(), Item()
    timeouts.add(again)
    timeouts.add(removed)
    await asyncio.sleep(0.03)
    timeouts.add(again)
    timeouts.remove(removed)
    await asyncio.sleep(0.03)
    assert seen == []
    assert again in timeouts
    assert removed not in timeouts
    await asyncio.sleep(0.05)
    assert seen == [again]


async def test_removed_item_is_not_kept_alive() -> None:
    """Otherwise every client that disconnects would be kept in memory for a ping interval."""
    timeouts = Wheel().add_kind(60.0, lambda item: None)
    item = Item()
    watched = weakref.ref(item)
    timeouts.add(item)
    timeouts.remove(item)
    del item
    gc.collect()
    assert watched() is None


@in_virtual_time
async def test_patient_timeout_after_a_stall_waits_longer() -> None:
    seen: list[str] = []
    wheel = Wheel()
    patient = wheel.add_kind(0.05, lambda item: seen.append("patient"), patient=True)
    other = wheel.add_kind(0.05, lambda item: seen.append("other"))
    patient.add(Item())
    other.add(Item())
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    loop.now += 0.7  # the process stands still
    await asyncio.sleep(0.1)
    assert seen == ["other"]
    await asyncio.sleep(1.1)
    assert seen == ["other", "patient"]
