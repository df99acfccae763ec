"""`parlour serve` with one defect, for the checker to catch: python broken_server.py <defect>."""

from __future__ import annotations

import asyncio
import random
import sys
from collections import deque
from typing import Any

from parlour.adapters.store_sql import SqlStore
from parlour.core.room import Entry
from parlour.runtime import host
from parlour.runtime.host import RoomHost
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
    real = RoomHost._tell_entry

    def tell(self: RoomHost, entry: Entry) -> None:
        if random.random() > 1e-3 * len(self.presence.connections):
            real(self, entry)
            return
        unlucky = random.choice(list(self.presence.connections))
        held = self.presence.connections.pop(unlucky)
        real(self, entry)
        self.presence.connections[unlucky] = held

    RoomHost._tell_entry = tell  # type: ignore[method-assign]


def swap_two() -> None:
    """Now and then an entry is told after the one that follows it."""
    real = RoomHost._tell_entry
    held: dict[str, Entry] = {}

    def tell(self: RoomHost, entry: Entry) -> None:
        if self.id not in held and random.random() < 0.01:
            held[self.id] = entry
            return
        real(self, entry)
        if self.id in held:
            real(self, held.pop(self.id))

    RoomHost._tell_entry = tell  # type: ignore[method-assign]


def replay_twice() -> None:
    """A resume repeats its first entry."""
    real = host.answer_gap

    def answer(*args: Any) -> Any:
        entries = real(*args)
        return [entries[0], *entries] if entries else entries

    host.answer_gap = answer  # type: ignore[assignment]


DEFECTS = {
    "ack-before-commit": ack_before_commit,
    "drop-one-in-a-thousand": drop_one_in_a_thousand,
    "swap-two": swap_two,
    "replay-twice": replay_twice,
}

if __name__ == "__main__":
    DEFECTS[sys.argv[1]]()
    asyncio.run(serve_forever(load()))
