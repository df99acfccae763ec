"""Sends entries to webhooks, each by one process at a time."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog

from parlour.core.audit.record import AuditRecord
from parlour.core.room import Entry, RoomId
from parlour.core.webhooks.hook import Hook, body_of
from parlour.errors import Conflict, Invalid, NotFound, Unavailable
from parlour.runtime.backoff import Backoff
from parlour.runtime.clock import Clock
from parlour.runtime.delivery import Delivery, DeliveryRules
from parlour.runtime.lease import renewal_s
from parlour.runtime.rooms.interface import Bounds, RoomService
from parlour.runtime.store import RoomRecord, StoreError
from parlour.runtime.webhooks.places import Parked, Places
from parlour.runtime.webhooks.waiting import OPERATOR, WaitingEntries, WaitingEntry

log = structlog.get_logger()

LEASE_MS = 15_000
"""How long another process waits before it sends for one that died."""
PAUSES = Backoff(first_s=1.0, longest_s=3_600.0)
"""Between tries of an entry: a receiver that starts anew is asked within seconds, a dead one once an hour."""
DAY_S = 86_400.0
AT_ONCE = 16
"""Rooms that are sent at the same time to one receiver."""
SHOWN = 50
"""Parked entries that one answer lists."""

Post = Callable[[Hook, bytes], Awaitable[None]]
"""Posts a body and returns once the receiver answered 2xx; any exception means that it did not."""


def tries_of_a_day(pauses: Backoff = PAUSES) -> int:
    """Return after how many failures a day has passed."""
    tries, waited = 1, 0.0
    while waited < DAY_S:
        waited += pauses.pause_after(tries)
        tries += 1
    return tries


RULES = DeliveryRules(together=1, at_once=AT_ONCE, tries=tries_of_a_day(), backoff=PAUSES)


@dataclass(frozen=True, slots=True)
class HookStatus:
    """What operators see of a webhook.

    Attributes:
        sending: whether this process sends for it.
        waiting: rooms that have entries to send.
        parked: entries that were given up, the newest first, 50 at most.
    """

    hook: Hook
    sending: bool
    waiting: int
    parked: Sequence[Parked]


class Webhooks:
    """Sends what rooms store to the webhooks of the settings. Several processes may run one: one of them sends."""

    def __init__(
        self, hooks: Sequence[Hook], places: Places, rooms: RoomService, post: Post, clock: Clock, owner: str
    ) -> None:
        self._places, self._rooms, self._clock, self._owner = places, rooms, clock, owner
        self._lines = [_Line(hook, places, rooms, post, clock) for hook in hooks]
        self._task: asyncio.Task[None] | None = None

    def heard(self, room: RoomRecord, entries: Sequence[Entry]) -> None:
        """Note what a room stored; called after the commit."""
        for line in self._lines:
            line.note(room.id, entries)

    def results(self) -> dict[str, int]:
        """Count the tries since the start, by what came of them."""
        return {
            result: sum(line.results[result] for line in self._lines) for result in ("delivered", "failed", "parked")
        }

    async def status(self) -> list[HookStatus]:
        """Say of each webhook how far it is; raises StoreError."""
        return [
            HookStatus(
                line.hook,
                line.queue is not None,
                0 if line.queue is None else line.queue.waiting(),
                await self._places.parked(line.hook.name, SHOWN),
            )
            for line in self._lines
        ]

    async def retry(self, hook: str, room: RoomId, seq: int, audit: AuditRecord) -> None:
        """Post a parked entry once more, now; once it is received it is no longer parked.

        Raises:
            NotFound: there is no such webhook, or that entry is not parked, or not there any more.
            Unavailable: the receiver did not take it.
            StoreError: it may have been received, and is still parked.
        """
        line = self._line(hook)
        key = room.lower()
        if not await self._places.is_parked(hook, key, seq):
            raise NotFound("That entry is not parked.")
        page = await self._rooms.history(room, OPERATOR, Bounds(after=seq - 1, limit=1))
        entry = next((each for each in page["entries"] if each["seq"] == seq), None)
        if entry is None or not line.hook.takes_room(room):
            raise NotFound("That entry is not there any more.")
        try:
            await line.post(entry["room"], entry)
        except Exception as error:
            raise Unavailable(f"The receiver did not take it: {error}"[:300]) from error
        if not await self._places.unpark(hook, key, seq, audit):
            raise NotFound("That entry is not parked.")

    async def replay(self, hook: str, room: RoomId, seq: int, audit: AuditRecord) -> None:
        """Send a room's entries again, from one on.

        Raises:
            NotFound: there is no such webhook or room.
            Invalid: the webhook takes nothing of that room.
            Conflict: the entry is not sent yet.
        """
        line = self._line(hook)
        if not line.hook.takes_room(room):
            raise Invalid("That webhook takes nothing of that room.", details={"path": "room"})
        page = await self._rooms.history(room, OPERATOR, Bounds(after=seq - 1, limit=1))
        if not page["entries"] or not await self._places.rewind(hook, room.lower(), seq, audit):
            raise Conflict("That entry waits to be sent already.", details={"path": "seq"})
        line.rewound(page["entries"][0]["room"])

    def _line(self, hook: str) -> _Line:
        for line in self._lines:
            if line.hook.name == hook:
                return line
        raise NotFound("There is no such webhook.")

    def start(self) -> None:
        """Send until `stop`."""
        if self._lines:
            self._task = asyncio.create_task(self._run(), name="webhooks")

    async def stop(self) -> None:
        """Stop sending and give the leases back; what was not confirmed is sent again at the next start."""
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        for line in self._lines:
            await line.stop()
            with contextlib.suppress(StoreError):
                await self._places.release(line.hook.name, self._owner)

    async def _run(self) -> None:
        while True:
            for line in self._lines:
                try:
                    held = await self._places.hold(line.hook.name, self._owner, LEASE_MS, self._clock.now())
                except StoreError as error:
                    log.warning("webhook.lease_unknown", hook=line.hook.name, error=type(error).__name__)
                    held = False
                if held:
                    line.start()
                else:
                    await line.stop()
            await self._clock.sleep(renewal_s(LEASE_MS))


class _Line:
    """One webhook, its queue and its delivery while this process sends for it."""

    def __init__(self, hook: Hook, places: Places, rooms: RoomService, post: Post, clock: Clock) -> None:
        self.hook = hook
        self.results: Counter[str] = Counter()
        self.queue: WaitingEntries | None = None
        self._make = partial(WaitingEntries, hook, places, rooms, clock, self.results)
        self._post, self._clock = post, clock
        self._delivery: Delivery[WaitingEntry] | None = None

    def note(self, room: RoomId, entries: Sequence[Entry]) -> None:
        if self.queue is not None and self._delivery is not None and self.hook.takes_room(room):
            self.queue.note(room)
            if any(self.hook.takes_type(entry.type) for entry in entries):
                self._delivery.wake()

    def rewound(self, room: RoomId) -> None:
        if self.queue is not None and self._delivery is not None:
            self.queue.rewound(room)
            self._delivery.wake()

    def start(self) -> None:
        """Send; what was read before is read again, because another process may have sent it meanwhile."""
        if self._delivery is None:
            self.queue = self._make()
            self._delivery = Delivery(f"webhook {self.hook.name}", self.queue, self._send, self._clock, RULES)
            self._delivery.start()

    async def stop(self) -> None:
        delivery, self._delivery, self.queue = self._delivery, None, None
        if delivery is not None:
            await delivery.stop()

    async def _send(self, _key: str, rows: Sequence[WaitingEntry]) -> None:
        for row in rows:
            await self.post(row.room, row.entry)

    async def post(self, room: RoomId, entry: Mapping[str, Any]) -> None:
        await self._post(self.hook, body_of(room, entry))
