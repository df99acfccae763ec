"""Timeouts of many items with one timer."""

import asyncio
import gc
import weakref
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

from parlour.adapters.engine.timeouts import Wheel


class Item:
    """Something with a timeout."""


class HandLoop(asyncio.SelectorEventLoop):
    """An event loop whose time stands still until a test moves it."""

    _seconds = 0.0

    def time(self) -> float:
        return self._seconds

    def stall(self, seconds: float) -> None:
        """Let time pass without running anything, as it does while a process stands still."""
        self._seconds += seconds

    async def advance(self, milliseconds: int) -> None:
        """Let time pass millisecond by millisecond, and run what becomes due in each."""
        for _ in range(milliseconds):
            self._seconds += 0.001
            for _ in range(3):
                await asyncio.sleep(0)


def by_hand(test: Callable[[HandLoop], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Run a test on a loop whose time it moves itself."""

    @wraps(test)
    def run() -> None:
        with asyncio.Runner(loop_factory=HandLoop) as runner:
            loop = runner.get_loop()
            assert isinstance(loop, HandLoop)
            runner.run(test(loop))

    del run.__wrapped__  # pytest would read the parameter as a fixture
    return run


@by_hand
async def test_items_expire_in_order_after_their_delay(loop: HandLoop) -> None:
    seen: list[tuple[str, Item]] = []
    wheel = Wheel()
    slow = wheel.add_kind(0.1, lambda item: seen.append(("slow", item)))
    fast = wheel.add_kind(0.03, lambda item: seen.append(("fast", item)))
    one, two = Item(), Item()
    slow.add(one)
    fast.add(one)
    await loop.advance(20)
    fast.add(two)
    assert seen == []
    await loop.advance(20)
    assert seen == [("fast", one)]
    await loop.advance(80)
    assert seen == [("fast", one), ("fast", two), ("slow", one)]


@by_hand
async def test_item_added_again_starts_anew_and_removed_never_expires(loop: HandLoop) -> None:
    seen: list[Item] = []
    timeouts = Wheel().add_kind(0.05, seen.append)
    again, removed = Item(), Item()
    timeouts.add(again)
    timeouts.add(removed)
    await loop.advance(30)
    timeouts.add(again)
    timeouts.remove(removed)
    await loop.advance(30)
    assert seen == []
    assert again in timeouts
    assert removed not in timeouts
    await loop.advance(50)
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


@by_hand
async def test_patient_timeout_after_a_stall_waits_longer(loop: HandLoop) -> None:
    seen: list[str] = []
    wheel = Wheel()
    patient = wheel.add_kind(0.05, lambda item: seen.append("patient"), patient=True)
    other = wheel.add_kind(0.05, lambda item: seen.append("other"))
    patient.add(Item())
    other.add(Item())
    loop.stall(0.7)
    await loop.advance(100)
    assert seen == ["other"]
    await loop.advance(1_100)
    assert seen == ["other", "patient"]
