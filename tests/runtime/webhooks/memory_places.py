"""Places of webhooks in memory, for tests of what uses them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from parlour.core.audit.record import AuditRecord
from parlour.core.room import RoomId
from parlour.runtime.lease import Lease
from parlour.runtime.store import StoreError
from parlour.runtime.webhooks.places import REWOUND, Parked, Place


class MemoryNews:
    """Implements `NewsLog`."""

    def __init__(self) -> None:
        self._rows: list[dict[str, Any]] = []

    def tell(self, type_: str) -> None:
        number = len(self._rows) + 1
        self._rows.append({"seq": number, "id": f"n{number}", "type": type_, "data": {}})

    async def after(self, n: int, limit: int) -> list[dict[str, Any]]:
        return self._rows[n : n + limit]


class MemoryPlaces:
    """Implements `Places` over logs in memory.

    Args:
        logs: by room id, the time of each entry; the seq of the first is 1.
        fails: asked before each call; True raises StoreError.

    Attributes:
        audits: the rows written with changes by operators.
    """

    def __init__(self, logs: Mapping[RoomId, Sequence[int]], fails: Callable[[], bool] = lambda: False) -> None:
        self._logs, self._fails = logs, fails
        self.audits: list[AuditRecord] = []
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
        times = next((each for name, each in self._logs.items() if name.lower() == room), ())
        before = sum(at < self._since[hook] for at in times)
        found = self._places.get((hook, room), Place(before))
        if found.tries == REWOUND:
            found = self._places[hook, room] = Place(found.upto)
        return found

    async def advance(self, hook: str, upto: Mapping[RoomId, int]) -> Collection[RoomId]:
        self._may_fail()
        rewound = [room for room in upto if self._rewound(hook, room)]
        self._places.update({(hook, room): Place(seq) for room, seq in upto.items() if room not in rewound})
        return rewound

    async def fail(self, hook: str, room: RoomId, tries: int) -> bool:
        if self._rewound(hook, room):
            return False
        self._places[hook, room] = Place((await self.place(hook, room)).upto, tries)
        return True

    async def park(self, hook: str, entry: Parked) -> bool:
        self._may_fail()
        if self._rewound(hook, entry.room):
            return False
        self._parked.append((hook, entry))
        self._places[hook, entry.room] = Place(entry.seq)
        return True

    async def is_parked(self, hook: str, room: RoomId, seq: int) -> bool:
        self._may_fail()
        return any((name, entry.room, entry.seq) == (hook, room, seq) for name, entry in self._parked)

    async def unpark(self, hook: str, room: RoomId, seq: int, audit: AuditRecord) -> bool:
        if not await self.is_parked(hook, room, seq):
            return False
        self._parked = [(n, each) for n, each in self._parked if (n, each.room, each.seq) != (hook, room, seq)]
        self.audits.append(audit)
        return True

    async def rewind(self, hook: str, room: RoomId, seq: int, audit: AuditRecord) -> bool:
        self._may_fail()
        if seq > self._places.get((hook, room), Place(0)).upto:
            return False
        self._parked = [(n, each) for n, each in self._parked if (n, each.room) != (hook, room) or each.seq < seq]
        self._places[hook, room] = Place(seq - 1, REWOUND)
        self.audits.append(audit)
        return True

    async def parked(self, hook: str, limit: int) -> Sequence[Parked]:
        self._may_fail()
        mine = [entry for name, entry in self._parked if name == hook]
        return sorted(mine, key=lambda each: (-each.at, each.room, -each.seq))[:limit]

    def _rewound(self, hook: str, room: RoomId) -> bool:
        return self._places.get((hook, room), Place(0)).tries == REWOUND

    def _may_fail(self) -> None:
        if self._fails():
            raise StoreError("the disk is full")
