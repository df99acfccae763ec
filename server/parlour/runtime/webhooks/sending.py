"""Sends entries and news to webhooks, each by one process at a time."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from parlour.core.audit.record import AuditRecord
from parlour.core.room import Entry, RoomId
from parlour.core.webhooks.hook import NEWS, Hook, body_of
from parlour.errors import Conflict, Invalid, NotFound, Unavailable
from parlour.runtime.backoff import Backoff
from parlour.runtime.delivery import Delivery, DeliveryRules
from parlour.runtime.lease import renewal_s
from parlour.runtime.rooms.interface import Bounds
from parlour.runtime.store import RoomRecord, StoreError
from parlour.runtime.webhooks.outside import Heard, Outside
from parlour.runtime.webhooks.places import Parked
from parlour.runtime.webhooks.receivers import Receivers
from parlour.runtime.webhooks.waiting import OPERATOR, WaitingEntries, WaitingEntry

log = structlog.get_logger()

LEASE_MS = 15_000
"""How long another process waits before it sends for one that died."""
PAUSES = Backoff(first_s=1.0, longest_s=3_600.0)
"""Between tries of an entry: a receiver that starts anew is asked within seconds, a dead one once an hour."""
DAY_S = 86_400.0
AT_ONCE = 16
"""Rooms that are sent at the same time to one receiver."""
HOLD_SECONDS = 1.0
"""Between two looks at whether a lease is to be taken or renewed; one of a webhook that is new is taken by the next."""
SHOWN = 50
"""Parked entries that one answer lists."""


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
        setting: whether it is of the settings, so that nobody changes it while the server runs.
        sending: whether this process sends for it.
        waiting: rooms that have entries to send.
        parked: entries that were given up, the newest first, 50 at most.
    """

    hook: Hook
    setting: bool = False
    sending: bool = False
    waiting: int = 0
    parked: Sequence[Parked] = ()


class Webhooks:
    """Sends what rooms store to webhooks. Several processes may run one: one of them sends.

    Args:
        on_stored: what is called with a room and what it stored; `heard` is there only while there are webhooks.
    """

    def __init__(self, receivers: Receivers, outside: Outside, on_stored: list[Heard]) -> None:
        self._receivers, self._outside, self._on_stored = receivers, outside, on_stored
        self._results: Counter[str] = Counter()
        self._lines: dict[str, _Line] = {}
        self._taking = asyncio.Lock()
        self._renew_at = float("-inf")
        self._task: asyncio.Task[None] | None = None
        self._set([self._line_of(hook) for hook in receivers.fixed])

    def heard(self, room: RoomRecord, entries: Sequence[Entry]) -> None:
        """Note what a room stored; called after the commit."""
        for line in self._lines.values():
            line.note(room.id, entries)

    def results(self) -> dict[str, int]:
        """Count the tries since the start, by what came of them."""
        return {result: self._results[result] for result in ("delivered", "failed", "parked")}

    async def take(self) -> None:
        """Take what was made, changed or removed since the last time, here or elsewhere; raises StoreError."""
        async with self._taking:
            hooks = {hook.name: hook for hook in await self._receivers.all()}
            for name, line in list(self._lines.items()):
                if hooks.get(name) != line.hook:
                    del self._lines[name]
                    await line.stop()
                    self._renew_at = float("-inf")
            self._set([self._lines.get(name) or self._line_of(hook) for name, hook in hooks.items()])

    async def status(self) -> list[HookStatus]:
        """Say of each webhook how far it is; raises StoreError."""
        await self.take()
        return [
            HookStatus(
                line.hook,
                self._receivers.is_fixed(line.hook.name),
                line.queue is not None,
                0 if line.queue is None else line.queue.waiting(),
                await self._outside.places.parked(line.hook.name, SHOWN),
            )
            for line in list(self._lines.values())
        ]

    async def retry(self, hook: str, room: RoomId, seq: int, audit: AuditRecord) -> None:
        """Post a parked entry, or one of the news, once more, now; once it is received it is no longer parked.

        Raises:
            NotFound: there is no such webhook, or that entry is not parked, or not there any more.
            Unavailable: the receiver did not take it.
            StoreError: it may have been received, and is still parked.
        """
        line = await self._line(hook)
        places, key = self._outside.places, room.lower()
        if not await places.is_parked(hook, key, seq):
            raise NotFound("That entry is not parked.")
        entry = await self._first_after(line.hook, room, seq - 1)
        if entry is None or entry["seq"] != seq:
            raise NotFound("That entry is not there any more.")
        try:
            await line.post(entry.get("room", NEWS), entry)
        except Exception as error:
            raise Unavailable(f"The receiver did not take it: {error}"[:300]) from error
        if not await places.unpark(hook, key, seq, audit):
            raise NotFound("That entry is not parked.")

    async def replay(self, hook: str, room: RoomId, seq: int, audit: AuditRecord) -> None:
        """Send a room's entries, or the news, again, from one on.

        Raises:
            NotFound: there is no such webhook or room.
            Invalid: the webhook takes nothing of that room.
            Conflict: the entry is not sent yet.
        """
        line = await self._line(hook)
        if not _takes(line.hook, room):
            raise Invalid("That webhook takes nothing of that room.", details={"path": "room"})
        entry = await self._first_after(line.hook, room, seq - 1)
        if entry is None or not await self._outside.places.rewind(hook, room.lower(), seq, audit):
            raise Conflict("That entry waits to be sent already.", details={"path": "seq"})
        line.rewound(entry.get("room", NEWS))

    async def _first_after(self, hook: Hook, room: RoomId, seq: int) -> Mapping[str, Any] | None:
        """Return the next entry of a room, or the next of the news; None where there is none, or none for the hook."""
        if not _takes(hook, room):
            return None
        if room == NEWS:
            return next(iter(await self._outside.news.after(seq, 1)), None)
        page = await self._outside.rooms.history(room, OPERATOR, Bounds(after=seq, limit=1))
        return next(iter(page["entries"]), None)

    async def _line(self, hook: str) -> _Line:
        if hook not in self._lines:
            await self.take()
        if (line := self._lines.get(hook)) is None:
            raise NotFound("There is no such webhook.")
        return line

    def start(self) -> None:
        """Send until `stop`."""
        self._task = asyncio.create_task(self._run(), name="webhooks")

    async def stop(self) -> None:
        """Stop sending and give the leases back; what was not confirmed is sent again at the next start."""
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        for line in self._lines.values():
            await line.stop()
            with contextlib.suppress(StoreError):
                await self._outside.places.release(line.hook.name, self._outside.owner)

    def _line_of(self, hook: Hook) -> _Line:
        return _Line(hook, self._outside, self._results)

    def _set(self, lines: Sequence[_Line]) -> None:
        """Send for these from the next look on."""
        if any(line.hook.name not in self._lines for line in lines):
            self._renew_at = float("-inf")
        if bool(lines) is not (self.heard in self._on_stored):
            (self._on_stored.append if lines else self._on_stored.remove)(self.heard)
        self._lines = {line.hook.name: line for line in lines}

    async def _run(self) -> None:
        clock = self._outside.clock
        while True:
            if clock.monotonic() >= self._renew_at:
                self._renew_at = clock.monotonic() + renewal_s(LEASE_MS)
                for line in list(self._lines.values()):
                    await self._hold(line)
            await clock.sleep(HOLD_SECONDS)

    async def _hold(self, line: _Line) -> None:
        """Send for a webhook while this process has its lease."""
        places, owner, clock = self._outside.places, self._outside.owner, self._outside.clock
        try:
            held = await places.hold(line.hook.name, owner, LEASE_MS, clock.now())
        except StoreError as error:
            log.warning("webhook.lease_unknown", hook=line.hook.name, error=type(error).__name__)
            held = False
        if not held:
            await line.stop()
        elif self._lines.get(line.hook.name) is line:
            line.start()


def _takes(hook: Hook, room: RoomId) -> bool:
    return hook.takes_news if room == NEWS else hook.takes_room(room)


class _Line:
    """One webhook, its queue and its delivery while this process sends for it.

    Args:
        results: counts tries by what came of them.
    """

    def __init__(self, hook: Hook, outside: Outside, results: Counter[str]) -> None:
        self.hook = hook
        self.queue: WaitingEntries | None = None
        self._outside, self._results = outside, results
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
            self.queue = WaitingEntries(self.hook, self._outside, self._results)
            name, clock = f"webhook {self.hook.name}", self._outside.clock
            self._delivery = Delivery(name, self.queue, self._send, clock, RULES)
            self._delivery.start()

    async def stop(self) -> None:
        delivery, self._delivery, self.queue = self._delivery, None, None
        if delivery is not None:
            await delivery.stop()

    async def _send(self, _key: str, rows: Sequence[WaitingEntry]) -> None:
        for row in rows:
            await self.post(row.room, row.entry)

    async def post(self, room: RoomId, entry: Mapping[str, Any]) -> None:
        await self._outside.post(self.hook, body_of(self.hook, room, entry))
