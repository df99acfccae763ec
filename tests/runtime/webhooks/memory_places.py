"""Places of webhooks in memory, for tests of what uses them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from parlour.core.room import RoomId
from parlour.runtime.lease import Lease
from parlour.runtime.store import StoreError
from parlour.runtime.webhooks.places import Parked, Place


class MemoryPlaces:
    """Implements `Places` over logs in memory.

    Args:
        logs: by room id, the time of each entry; the seq of the first is 1.
        fails: asked before each call; True raises StoreError.
    """

    def __init__(self, logs: Mapping[RoomId, Sequence[int]], fails: Callable[[], bool] = lambda: False) -> None:
        self._logs, self._fails = logs, fails
        self._leases: dict[str, Lease] = {}
        self._since: dict[str, int] = {}
        self._places: dict[tuple[str, str], Place] = {}
        self._parked: list[tuple[str, Parked]] = []

    async def hold(self, hook: str, owner: str, ttl_ms: int, now: int) -> bool:
        self._may_fail()
        self._since.setdefault(hook, now)
        taken = self._leases.get(hook, Lease()).taken_by(owner, ttl_ms, now)
        if taken is not None:
            self._leases[hook] = taken
        return taken is not None

    async def release(self, hook: str, owner: str) -> None:
        self._may_fail()
        if (held := self._leases.get(hook)) is not None and held.holder == owner:
            self._leases[hook] = Lease(owner, 0, held.fence)

    async def behind(self, hook: str, after: RoomId, limit: int) -> Sequence[RoomId]:
        self._may_fail()
        found = []
        for room, times in sorted(self._logs.items(), key=lambda each: each[0].lower()):
            place = self._places.get((hook, room.lower()))
            beyond = times[-1] >= self._since[hook] if place is None else len(times) > place.upto
            if room.lower() > after and beyond:
                found.append(room)
        return found[:limit]

    async def place(self, hook: str, room: RoomId) -> Place:
        self._may_fail()
        times = next(each for name, each in self._logs.items() if name.lower() == room)
        before = sum(at < self._since[hook] for at in times)
        return self._places.get((hook, room), Place(before))

    async def advance(self, hook: str, upto: Mapping[RoomId, int]) -> None:
        self._may_fail()
        self._places.update({(hook, room): Place(seq) for room, seq in upto.items()})

    async def fail(self, hook: str, room: RoomId, tries: int) -> None:
        self._places[hook, room] = Place((await self.place(hook, room)).upto, tries)

    async def park(self, hook: str, entry: Parked) -> None:
        self._may_fail()
        self._parked.append((hook, entry))
        self._places[hook, entry.room] = Place(entry.seq)

    async def parked(self, hook: str, limit: int) -> Sequence[Parked]:
        self._may_fail()
        mine = [entry for name, entry in self._parked if name == hook]
        return sorted(mine, key=lambda each: (-each.at, each.room, -each.seq))[:limit]

    def _may_fail(self) -> None:
        if self._fails():
            raise StoreError("the disk is full")
