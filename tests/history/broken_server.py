"""`parlour serve` with one defect, for the checker to catch: python broken_server.py <defect>."""

from __future__ import annotations

import asyncio
import random
import sys
from collections import deque
from typing import Any

from parlour.adapters.store_sql import SqlStore
from parlour.core.room import Entry
from parlour.runtime import joining
from parlour.runtime.audience import Audience
from parlour.runtime.live import LiveRoom
from parlour.serving import serve_forever
from parlour.settings import load

LATE_S = 0.4


def ack_before_commit() -> None:
    """Appends answer at once and reach the disk a little later."""
    real = SqlStore.append
    queue: deque[tuple[float, Any]] = deque()
    tasks: list[asyncio.Task[None]] = []

    async def write() -> None:
        while True:
            while queue and queue[0][0] <= asyncio.get_running_loop().time():
                await queue.popleft()[1]()
            await asyncio.sleep(0.02)

    async def append(self: SqlStore, *args: Any, **kwargs: Any) -> None:
        if not tasks:
            tasks.append(asyncio.create_task(write()))
        queue.append((asyncio.get_running_loop().time() + LATE_S, lambda: real(self, *args, **kwargs)))

    SqlStore.append = append  # type: ignore[method-assign]


def drop_one_in_a_thousand() -> None:
    """One delivery in a thousand never leaves."""
    real = Audience.tell

    def tell(self: Audience, live: LiveRoom, entry: Entry) -> None:
        connections = self.presence.connections
        if random.random() > 1e-3 * len(connections):
            real(self, live, entry)
            return
        unlucky = random.choice(list(connections))
        held = connections.pop(unlucky)
        real(self, live, entry)
        connections[unlucky] = held

    Audience.tell = tell  # type: ignore[method-assign]


def swap_two() -> None:
    """Now and then an entry is told after the one that follows it."""
    real = Audience.tell
    held: dict[str, Entry] = {}

    def tell(self: Audience, live: LiveRoom, entry: Entry) -> None:
        if entry.room not in held and random.random() < 0.01:
            held[entry.room] = entry
            return
        real(self, live, entry)
        if entry.room in held:
            real(self, live, held.pop(entry.room))

    Audience.tell = tell  # type: ignore[method-assign]


def replay_twice() -> None:
    """A resume repeats its first entry."""
    real = joining.answer_gap

    def answer(*args: Any) -> Any:
        entries = real(*args)
        return [entries[0], *entries] if entries else entries

    joining.answer_gap = answer  # type: ignore[assignment]


DEFECTS = {
    "ack-before-commit": ack_before_commit,
    "drop-one-in-a-thousand": drop_one_in_a_thousand,
    "swap-two": swap_two,
    "replay-twice": replay_twice,
}

if __name__ == "__main__":
    DEFECTS[sys.argv[1]]()
    asyncio.run(serve_forever(load()))
