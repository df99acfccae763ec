"""What goes wrong in a simulated world of rooms, and a store that suffers it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from parlour.runtime.store import Append, Done, StoreError


@dataclass(frozen=True)
class Weather:
    """How bad it gets, as chances per opportunity; `commits` says which thread a turn is stored in."""

    seconds: float = 15.0
    clients: int = 6
    rooms: int = 3
    tables: int = 2
    fails_before: float = 0.02
    fails_after: float = 0.01
    disaster_every_s: float = 2.0
    drop_every_s: float = 4.0
    send_twice: float = 0.1
    commits: Literal["loop", "thread", "both"] = "both"


class Sky:
    """The one source of chance, and the switch that ends the bad weather."""

    def __init__(self, seed: int, weather: Weather) -> None:
        self.random = random.Random(seed)
        self.weather = weather
        self.bad = True
        self.never = asyncio.Event()

    def strikes(self, chance: float) -> bool:
        return self.bad and self.random.random() < chance

    def commits_in_loop(self) -> bool:
        commits = self.weather.commits
        return self.random.random() < 0.5 if commits == "both" else commits == "loop"

    def latency(self) -> float:
        return self.random.choice((0.0, 0.001, 0.02)) * self.random.random()


class FarStore:
    """The store as one process reaches it: late, sometimes failing, silent for ever once the process is dead."""

    def __init__(self, store: Any, sky: Sky) -> None:
        self._store, self._sky = store, sky
        self.dead = False
        self._appending: set[asyncio.Task[None]] = set()
        self._running = asyncio.Event()
        self._running.set()

    def pause(self) -> None:
        self._running.clear()

    def resume(self) -> None:
        self._running.set()

    def __getattr__(self, name: str) -> Any:
        async def call(*args: Any, **kwargs: Any) -> Any:
            await self._reach()
            if name == "append" and self._sky.strikes(self._sky.weather.fails_before):
                raise StoreError("simulated: nothing was stored")
            answer = await getattr(self._store, name)(*args, **kwargs)
            await self._reach()
            if name == "append" and self._sky.strikes(self._sky.weather.fails_after):
                raise StoreError("simulated: stored, but the answer was lost")
            return answer

        return call

    def append_all(self, batches: Sequence[Append], done: Done) -> None:
        """Commit at once, as in the loop's thread, or later, as in the writer's; see `Weather.commits`."""
        here = self._sky.commits_in_loop() and self._running.is_set() and not self.dead
        if here:
            done([self._stored(batch) for batch in batches])
        else:
            task = asyncio.get_running_loop().create_task(self._append_all(batches, done))
            self._appending.add(task)
            task.add_done_callback(self._appending.discard)

    async def _append_all(self, batches: Sequence[Append], done: Done) -> None:
        await self._reach()
        answers = [self._stored(batch) for batch in batches]
        await self._reach()
        done(answers)

    def _stored(self, batch: Append) -> StoreError | None:
        if self._sky.strikes(self._sky.weather.fails_before):
            return StoreError("simulated: nothing was stored")
        try:
            self._store.append_now(batch)
        except StoreError as error:
            return error
        if self._sky.strikes(self._sky.weather.fails_after):
            return StoreError("simulated: stored, but the answer was lost")
        return None

    async def _reach(self) -> None:
        await asyncio.sleep(self._sky.latency())
        await self._running.wait()
        if self.dead:
            await self._sky.never.wait()
